// Forms that are filled and not yet acknowledged. One is taken away only when the server says that it is stored, or by
// the person. An item: {key, code, query, body, title, words, slip, sealed, state: "waiting" | "refused", tries, next, told}.
// What was `told` of one that waits is that its link is full.
const loaQueue = (() => {
  const PATIENCE = 45000;
  const SLOWEST = 15 * 60000;
  const listeners = [];
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("loa-queue");
  const announce = (key, reply) => {
    for (const each of listeners) each(key, reply);
    if (channel) channel.postMessage({ key, reply });
  };
  if (channel) channel.onmessage = ({ data }) => listeners.forEach((each) => each(data.key, data.reply));

  // What the server says of an item; {status: 0} without a network, and when somebody else answers in its place, as the
  // sign-in page of a wireless network does.
  const post = async (item) => {
    const stop = typeof AbortController === "undefined" ? null : new AbortController();
    const timer = stop && setTimeout(() => stop.abort(), PATIENCE);
    try {
      const reply = await fetch("/f/" + item.code + item.query, {
        method: "POST",
        body: item.body,
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        credentials: "omit",
        cache: "no-store",
        signal: stop ? stop.signal : undefined,
      });
      const said = await reply.json().catch(() => ({}));
      const after = Number(reply.headers.get("retry-after")) || 0;
      return { status: typeof said.code === "string" || reply.status === 429 ? reply.status : 0, after, said };
    } catch (error) {
      return { status: 0, after: 0, said: {} };
    } finally {
      clearTimeout(timer);
    }
  };
  const isStored = ({ status, said }) => (status === 201 && said.code === "STORED") || (status === 200 && said.code === "ALREADY_SUBMITTED");
  // A link that has taken as many forms as it may takes more only when somebody allows it.
  const isFull = ({ said }) => said.code === "OPEN_LINK_FULL";
  const isRefused = ({ status }) => status >= 400 && status < 500 && status !== 408 && status !== 429;
  // Twice as long after each failure, as long as the server asks, and never at one moment with all other phones.
  const pause = (tries, after) => Math.min(SLOWEST, Math.max(after * 1000, 2000 * 2 ** Math.min(tries, 12) * (0.5 + Math.random() / 2)));

  const change = (key, changed) =>
    loaStore.run("queue", "readwrite", (queue) => {
      queue.get(key).onsuccess = ({ target }) => {
        if (target.result) queue.put(Object.assign(target.result, changed));
      };
    });
  const settle = async (item, reply) => {
    if (isStored(reply)) {
      await loaStore.run(["queue", "done", "credentials"], "readwrite", (queue, done, credentials) => {
        queue.delete(item.key);
        // On a shared phone nothing is left of a form, not even that there was one.
        if (item.sealed) return;
        done.put({ receipt: reply.said.receipt }, item.code);
        credentials.delete(item.code);
      });
    } else if (isRefused(reply)) {
      await change(item.key, { state: "refused", told: { status: reply.status, code: reply.said.code, message: reply.said.message, issues: reply.said.issues } });
    } else {
      const tries = (item.tries || 0) + 1;
      await change(item.key, { tries, next: Date.now() + pause(tries, reply.after), ...(isFull(reply) && { told: reply.said }) });
    }
    announce(item.key, reply);
  };

  const waiting = async () => (await loaStore.all("queue")).filter((item) => item.state !== "refused");
  // The moment before which nothing is to be sent; one that lies far ahead was set by a clock that has been put back.
  const until = (items) => Math.max(0, ...items.map((item) => item.next || 0).filter((next) => next < Date.now() + 2 * SLOWEST));
  const sendAll = async (isAsked, first) => {
    const tried = new Set();
    for (;;) {
      const items = await waiting();
      const untried = items.filter((each) => !tried.has(each.key));
      const item = untried.find((each) => each.key === first) || untried[0];
      if (!item || (!isAsked && until(items) > Date.now())) return items.length;
      tried.add(item.key);
      const reply = await post(item);
      await settle(item, reply);
      // The others would fare no better now, unless it is only this one's address that takes no more.
      if (isFull(reply)) items.forEach((each) => each.code === item.code && tried.add(each.key));
      else if (!isStored(reply) && !isRefused(reply)) return items.length;
    }
  };
  let timer;
  let running = Promise.resolve();
  // Sends what waits, one after the other and one tab at a time, `first` before the others; without locks tabs may send the same form twice, which
  // its key makes harmless. Tells how many are left; what is left is tried again later.
  const flush = (isAsked, first) => {
    const work = () => sendAll(isAsked, first);
    const locks = typeof navigator === "undefined" ? null : navigator.locks;
    running = running.catch(() => 0).then(() => (locks ? locks.request("loa-queue", work) : work()));
    return running.then(async (left) => {
      clearTimeout(timer);
      if (left) timer = setTimeout(() => flush(), Math.max(1000, until(await waiting()) - Date.now()));
      return left;
    });
  };
  return { flush, change, onChange: (listener) => listeners.push(listener), isStored };
})();
