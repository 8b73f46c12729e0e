// What a phone keeps for Loa: the database `loa`, one schema for the form, its service worker and the member's page.
// `drafts`: answers being given, by collector; `queue`: filled forms that the server has not acknowledged, by their key;
// `credentials`: {collector, credential}, which the member's page fetched; `done`: forms that were acknowledged.
const loaStore = (() => {
  const STORES = { drafts: {}, queue: { keyPath: "key" }, credentials: { keyPath: "collector" }, done: {} };
  const VERSION = 2;
  let opening;
  const ask = (version) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open("loa", version);
      // From whichever version: a store that is missing is made, and none is ever emptied or taken away.
      request.onupgradeneeded = () => {
        for (const name in STORES) {
          if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, STORES[name]);
        }
      };
      request.onerror = request.onblocked = () => reject(request.error);
      request.onsuccess = () => {
        // A newer page of ours wants to add a store: let it, and open again when next needed.
        request.result.onversionchange = () => {
          opening = undefined;
          request.result.close();
        };
        request.result.onclose = () => (opening = undefined);
        resolve(request.result);
      };
    });
  const open = () => {
    // A newer version is there already when this page is an older one that was kept: its stores are still as we know them.
    opening =
      opening ||
      ask(VERSION).catch((error) => {
        if (error && error.name === "VersionError") return ask();
        throw error;
      });
    opening.catch(() => (opening = undefined));
    return opening;
  };
  // Do some work on stores in one transaction; the result of the request that it returns, once all is done, and what
  // concerns filled forms is on the disk.
  const run = async (names, mode, work) => {
    const durability = names === "drafts" ? "relaxed" : "strict";
    const transaction = (await open()).transaction(names, mode, { durability });
    const request = work(...[].concat(names).map((name) => transaction.objectStore(name)));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request && request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  };
  return {
    run,
    get: (name, key) => run(name, "readonly", (store) => store.get(key)),
    all: (name) => run(name, "readonly", (store) => store.getAll()),
    put: (name, value, key) => run(name, "readwrite", (store) => store.put(value, key)),
    remove: (name, key) => run(name, "readwrite", (store) => store.delete(key)),
  };
})();
