// Sends one file again and again: node send.mjs <endpoint> <file> <times> <passport> <unit>; prints milliseconds as JSON.
import { readFileSync } from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, file, times, passport, unit] = process.argv.slice(2);
const content = readFileSync(file);

function send() {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    new Upload(content, {
      endpoint,
      headers: { "Loa-Passport": passport },
      metadata: { unit, filename: "phim.mp4" },
      retryDelays: null,
      onError: reject,
      onSuccess: () => resolve(performance.now() - began),
    }).start();
  });
}

await send();
const took = [];
for (let round = 0; round < Number(times); round += 1) {
  took.push(await send());
}
console.log(JSON.stringify(took));
