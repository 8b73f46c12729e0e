// Fetches this member's credential: blinds a message, has it signed, checks the answer, and keeps what comes of it for
// the form, as {collector, credential} in the store `credentials`. Until then what was sent lies there under a name that
// is no collector's, so that after a lost reply the same message is sent again: another one would be refused.
(() => {
  const place = document.getElementById("credential");
  const { code, group, message, ...asked } = place.dataset;
  const waiting = `pending ${code}`;
  const say = (state, words) => {
    for (const each of place.querySelectorAll("[data-state]")) each.hidden = each.dataset.state !== state;
    const shown = place.querySelector(`[data-state=${state}]`);
    if (words) shown.querySelector(".said").textContent = words;
    if (state !== "ready") shown.focus();
  };
  const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const textOf = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const random = (length) => crypto.getRandomValues(new Uint8Array(length));
  const numbers = ({ modulus, exponent }) => [loaBlind.number(bytesOf(modulus)), BigInt(exponent)];

  // Asked as nobody: with a key of his own, a member could be told from the others later.
  const isEverybodysKey = async ({ key, modulus, exponent }) => {
    const nobody = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
    const seen = await (await fetch(`/f/${code}/key?group=${group}`, nobody)).json();
    return seen.id === key && seen.modulus === modulus && String(seen.exponent) === exponent;
  };
  const begin = async () => {
    const prefix = random(32);
    const prepared = loaBlind.joined(prefix, new TextEncoder().encode(message));
    const pending = { ...asked, prefix, ...(await loaBlind.blind(prepared, ...numbers(asked), random(48))) };
    await loaStore.put("credentials", { collector: waiting, pending });
    return pending;
  };
  const sign = async ({ key, blinded }) => {
    const reply = await fetch(location.pathname, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ key, blinded: textOf(blinded) }),
    });
    return reply.json();
  };
  const fetchOne = async () => {
    say("working");
    const kept = await loaStore.get("credentials", waiting);
    let pending = (kept && kept.pending) || (await begin());
    if (!(await isEverybodysKey(pending))) {
      if (pending.key === asked.key || !(await isEverybodysKey(asked))) return say("forged");
      pending = await begin();
    }
    let answer = await sign(pending);
    if (answer.code === "CREDENTIAL_KEY_CHANGED" && pending.key !== asked.key) {
      pending = await begin();
      answer = await sign(pending);
    }
    if (answer.signature === undefined) return say("refused", answer.message);
    const signature = loaBlind.finish(bytesOf(answer.signature), pending, ...numbers(pending));
    if (signature === undefined) return say("forged");
    const credential = textOf(loaBlind.joined(bytesOf(pending.key), pending.prefix, signature));
    await loaStore.run("credentials", "readwrite", (store) => {
      store.delete(waiting);
      return store.put({ collector: code, credential });
    });
    say("kept");
  };
  const start = async () => {
    const kept = await loaStore.get("credentials", code);
    say(kept ? "kept" : "ready");
  };
  if (typeof BigInt === "undefined" || !window.indexedDB || !window.crypto || !crypto.subtle) return say("old");
  for (const button of place.querySelectorAll("button")) {
    button.addEventListener("click", () => fetchOne().catch(() => say("failed")));
  }
  start().catch(() => say("old"));
})();
