// Sends what waits when the line is back, also with no page open, and says so in plain words when there is no line.
// It keeps no page and nothing personal: one empty page, and the style sheets that page needs.
"use strict";

importScripts("/assets/outbox.js");

const KEPT = "alongside-kept-1";
const NO_LINE = "/no-line";

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

// Only opening a page, and only to say that there is no line. What is posted never passes through here: a worker
// that sends it again could make what another site sent look as if it were ours.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && request.url.startsWith(self.location.origin + "/assets/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  } else if (request.method === "GET" && request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(NO_LINE).then((kept) => kept || Response.error())));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") {
    event.waitUntil(
      self.outbox.flush().then(async (done) => {
        for (const page of await self.clients.matchAll()) page.postMessage("outbox");
        // Rejected, the browser tries again later.
        if (!done) throw new Error("still waiting");
      })
    );
  }
});

async function keep() {
  const cache = await caches.open(KEPT);
  const page = await fetch(NO_LINE, { credentials: "omit" });
  const assets = [...(await page.clone().text()).matchAll(/\/assets\/[\w.-]+/g)].map((found) => found[0]);
  await cache.addAll([...new Set(assets)]);
  await cache.put(NO_LINE, page);
}
