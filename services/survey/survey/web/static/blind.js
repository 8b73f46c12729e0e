// Blind signatures by RFC 9474 (RSABSSA with SHA-384), the member's half: what is signed is never shown.
// `salt`: 48 random bytes, or none in the PSSZERO variants. Numbers are BigInt, all else Uint8Array.
const loaBlind = (() => {
  const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
  const number = (bytes) => BigInt("0x" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  const bytesOf = (value, length) =>
    Uint8Array.from(value.toString(16).padStart(2 * length, "0").match(/../g), (pair) => parseInt(pair, 16));
  const bitsOf = (n) => n.toString(2).length;
  const lengthOf = (n) => (bitsOf(n) + 7) >> 3;
  const hash = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
  const power = (base, exponent, n) => {
    let result = 1n;
    for (base %= n; exponent; exponent >>= 1n, base = (base * base) % n) if (exponent & 1n) result = (result * base) % n;
    return result;
  };
  // Undefined where there is none.
  const inverse = (value, n) => {
    let [r, next, x, y] = [n, value % n, 0n, 1n];
    while (next) [r, next, x, y] = [next, r % next, y, x - (r / next) * y];
    return r === 1n ? ((x % n) + n) % n : undefined;
  };
  // EMSA-PSS (RFC 8017, 9.1.1) with MGF1, both over SHA-384.
  const encoded = async (message, bits, salt) => {
    const length = (bits + 7) >> 3;
    const seed = await hash(joined(new Uint8Array(8), await hash(message), salt));
    const masked = joined(new Uint8Array(length - salt.length - 50), [1], salt);
    for (let block = 0; block * 48 < masked.length; block++) {
      (await hash(joined(seed, [0, 0, 0, block]))).forEach((byte, place) => {
        if (block * 48 + place < masked.length) masked[block * 48 + place] ^= byte;
      });
    }
    masked[0] &= 255 >> (8 * length - bits);
    return joined(masked, seed, [188]);
  };
  // The blinded message, with what it takes to make a signature of the answer. `factor` is given by tests only.
  const blind = async (message, n, e, salt, factor) => {
    const plain = await encoded(message, bitsOf(n) - 1, salt);
    let undo;
    while (!(factor > 1n && factor < n && (undo = inverse(factor, n)) !== undefined)) {
      factor = number(crypto.getRandomValues(new Uint8Array(lengthOf(n))));
    }
    return { blinded: bytesOf((number(plain) * power(factor, e, n)) % n, lengthOf(n)), plain, undo: bytesOf(undo, lengthOf(n)) };
  };
  // The signature, or undefined when what came back is not one of this message.
  const finish = (answer, { plain, undo }, n, e) => {
    const signature = (number(answer) * number(undo)) % n;
    return power(signature, e, n) === number(plain) ? bytesOf(signature, lengthOf(n)) : undefined;
  };
  return { joined, number, blind, finish };
})();
