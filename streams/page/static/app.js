// Keeps the page fresh: when the server says something changed, fetch the page again and put in place what differs.
"use strict";

const pulse = document.querySelector(".pulse");
const REST = 2000; // milliseconds between two refreshes
let waiting = false;

function show(on) {
  pulse.hidden = false;
  pulse.classList.toggle("on", on);
  pulse.textContent = on ? pulse.dataset.on : pulse.dataset.off;
}

async function refresh() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!reply.ok) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${region.dataset.live}"]`);
    const busy = region.contains(document.activeElement);
    if (!next || busy) continue;
    if (region.querySelector("details[open]")) next.querySelector("details")?.setAttribute("open", "");
    if (next.innerHTML !== region.innerHTML) region.replaceWith(document.adoptNode(next));
  }
}

function soon() {
  if (waiting || document.hidden) return;
  waiting = true;
  setTimeout(() => refresh().catch(() => show(false)).finally(() => { waiting = false; }), REST);
}

if (document.querySelector("[data-live]")) {
  const source = new EventSource("/live");
  source.addEventListener("open", () => show(true));
  source.addEventListener("error", () => show(false));
  source.addEventListener("changed", soon);
  document.addEventListener("visibilitychange", soon);
  addEventListener("pagehide", () => source.close());
}
