// Reads an AsyncAPI document on standard input with the official parser and prints what is wrong with it.
const { Parser } = require("@asyncapi/parser");
const text = require("fs").readFileSync(0, "utf8");
new Parser().parse(text).then(({ document, diagnostics }) => {
  const wrong = diagnostics.filter((one) => one.severity <= 1);
  const messages = document ? document.allMessages().all().map((one) => one.id()) : [];
  console.log(JSON.stringify({ wrong, messages }));
});
