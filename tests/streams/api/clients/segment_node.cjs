// The session of session.py, sent by Segment's client for Node. Arguments: address, write key, user.
const { Analytics } = require("@segment/analytics-node");

const [host, writeKey, user = "7001"] = process.argv.slice(2);
const client = new Analytics({ writeKey, host, flushAt: 20 });
const known = { userId: user, anonymousId: `a-${user}` };
client.identify({ ...known, traits: { email: `klant${user}@example.nl` } });
client.page({ ...known, name: "Verhuizen", properties: { url: "https://www.example.nl/verhuizen" } });
client.track({ ...known, event: "Quote Started", properties: { product: "car" } });
client.group({ ...known, groupId: "jonge-ouders" });
client.alias({ userId: user, previousId: `a-older-${user}` });
client.track({ ...known, event: "Never Heard Of" });
client.closeAndFlush().then(() => process.exit(0));
