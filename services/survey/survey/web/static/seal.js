// Seals a form so that only the server can read it: HPKE's base mode (RFC 9180) with P-256, HKDF-SHA256 and AES-128-GCM.
const loaSeal = (() => {
  const bytes = (text) => new TextEncoder().encode(text);
  const join = (...parts) => {
    const all = parts.map((part) => (typeof part === "string" ? bytes(part) : new Uint8Array(part)));
    const joined = new Uint8Array(all.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of all) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
  const KEM = "KEM\0\x10";
  const HPKE = "HPKE\0\x10\0\x01\0\x01";
  const CURVE = { name: "ECDH", namedCurve: "P-256" };
  const hmac = async (key, data) => {
    const kind = { name: "HMAC", hash: "SHA-256" };
    // An empty key is as good as one of zeros, and not every browser takes it.
    const imported = await crypto.subtle.importKey("raw", key.byteLength ? key : new Uint8Array(32), kind, false, ["sign"]);
    return crypto.subtle.sign(kind, imported, data);
  };
  const extract = (suite, salt, label, material) => hmac(salt, join("HPKE-v1", suite, label, material));
  // One block of HKDF's expansion is as much as is needed here.
  const expand = async (suite, secret, label, info, length) =>
    (await hmac(secret, join([0, length], "HPKE-v1", suite, label, info, [1]))).slice(0, length);
  const read = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const write = (data) => {
    let text = "";
    for (const one of data) text += String.fromCharCode(one);
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  // The text as base64url of what RFC 9180 calls enc, and the ciphertext.
  const seal = async (publicKey, info, text) => {
    const theirs = read(publicKey);
    const mine = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
    const point = await crypto.subtle.exportKey("raw", mine.publicKey);
    const peer = await crypto.subtle.importKey("raw", theirs, CURVE, false, []);
    const common = await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, mine.privateKey, 256);
    const shared = await expand(KEM, await extract(KEM, [], "eae_prk", common), "shared_secret", join(point, theirs), 32);
    const context = join([0], await extract(HPKE, [], "psk_id_hash", []), await extract(HPKE, [], "info_hash", bytes(info)));
    const secret = await extract(HPKE, shared, "secret", []);
    const key = await crypto.subtle.importKey("raw", await expand(HPKE, secret, "key", context, 16), "AES-GCM", false, ["encrypt"]);
    const iv = await expand(HPKE, secret, "base_nonce", context, 12);
    return write(join(point, await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes(text))));
  };
  return { seal, isPossible: () => typeof TextEncoder !== "undefined" && typeof crypto !== "undefined" && !!crypto.subtle };
})();
