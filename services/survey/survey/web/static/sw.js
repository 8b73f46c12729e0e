// The forms' service worker: keeps the pages of forms that were opened, and sends what waits when the phone has a network
// again, also while no page is open. It asks the network first, so that a kept page is shown only in its place.
(() => {
  const CACHE = "loa-forms";
  const PATIENCE = 3000;
  const isKept = (path) => /^\/f\/(?!receipt|questionnaire|sw\.js)[^/]+$/.test(path);
  const files = (html) => html.match(/\/f\/static\/[\w.]+\?v=\w+/g) || [];
  const fresh = (url) => new Request(url, { cache: "no-cache" });

  // A page is kept together with the script that it names; scripts that no kept page names any more are dropped.
  const keep = async (url, reply) => {
    const cache = await caches.open(CACHE);
    const html = await reply.clone().text();
    for (const file of files(html)) if (!(await cache.match(file))) await cache.add(file);
    await cache.put(url, reply);
    const kept = await cache.keys();
    const named = new Set();
    for (const { url } of kept) {
      if (url.includes("/f/static/")) continue;
      const page = await cache.match(url, { ignoreVary: true });
      for (const file of files(page ? await page.text() : "")) named.add(new URL(file, url).href);
    }
    for (const { url } of kept) if (url.includes("/f/static/") && !named.has(url)) await cache.delete(url);
  };
  const forget = async (url) => (await caches.open(CACHE)).delete(url, { ignoreSearch: true, ignoreVary: true });

  const visit = async (event) => {
    const { request } = event;
    const url = request.url.split("#")[0];
    const cache = await caches.open(CACHE);
    const find = (where, options) => cache.match(where, Object.assign({ ignoreVary: true }, options));
    const kept = isKept(new URL(url).pathname) && ((await find(url)) || (await find(url, { ignoreSearch: true })));
    const asked = fetch(request).then((reply) => {
      if (reply.ok && !reply.redirected && isKept(new URL(url).pathname)) event.waitUntil(keep(url, reply.clone()).catch(() => 0));
      if (reply.status === 404 || reply.status === 410) event.waitUntil(forget(url));
      return kept && reply.status >= 500 ? kept : reply;
    });
    if (!kept) return asked.catch(async () => (await find("/f/offline")) || Response.error());
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
    return Promise.race([asked, late]).catch(() => kept);
  };

  self.addEventListener("install", (event) => {
    // The queue and the pages stay as they are, so a new one can begin at once.
    self.skipWaiting();
    event.waitUntil(fetch(fresh("/f/offline")).then((reply) => keep("/f/offline", reply)));
  });
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET") return;
    if (request.mode === "navigate") event.respondWith(visit(event));
    else if (new URL(request.url).pathname.startsWith("/f/static/")) {
      event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept || fetch(request)));
    }
  });
  self.addEventListener("sync", (event) => {
    if (event.tag !== "loa-queue") return;
    event.waitUntil(
      // Not before the moment that the server asked for; the browser tries again by itself.
      loaQueue.flush().then((left) => {
        if (left) throw new Error("forms are waiting");
      }),
    );
  });
})();
