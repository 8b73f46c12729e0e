// Runs the page's own blind.js over what comes on standard input: {"module": path, "work": [{"name": …, …}]}, in hex.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const { module, work } = JSON.parse(readFileSync(0, "utf8"));
const blind = runInNewContext(readFileSync(module, "utf8") + "; loaBlind", { crypto, Uint8Array, BigInt });
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (value) => (value ? [...value].map((byte) => byte.toString(16).padStart(2, "0")).join("") : null);
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

const done = {
  // A message blinded with the given salt and factor, or with random ones.
  blind: async ({ message, n, e, salt, factor }) => {
    const made = await blind.blind(
      bytes(message),
      BigInt(n),
      BigInt(e),
      salt === undefined ? random(48) : bytes(salt),
      factor && BigInt(factor),
    );
    return { blinded: hex(made.blinded), plain: hex(made.plain), undo: hex(made.undo) };
  },
  finish: async ({ answer, plain, undo, n, e }) =>
    hex(blind.finish(bytes(answer), { plain: bytes(plain), undo: bytes(undo) }, BigInt(n), BigInt(e))),
};
process.stdout.write(JSON.stringify(await Promise.all(work.map((one) => done[one.name](one)))));
