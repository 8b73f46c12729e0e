// Sends a file by tus: node send.mjs <endpoint> <file> <passport> <unit> <bytes in a request>; says how often it went on.
import { readFileSync } from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, file, passport, unit, chunk] = process.argv.slice(2);
let retries = 0;

const upload = new Upload(readFileSync(file), {
  endpoint,
  chunkSize: Number(chunk) || Infinity,
  headers: { "Loa-Passport": passport },
  metadata: { unit, filename: "phim.bin", title: "Phim tài liệu" },
  retryDelays: Array(900).fill(100),
  onShouldRetry: () => {
    retries += 1;
    return true;
  },
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => console.log(JSON.stringify({ url: upload.url, retries })),
});
upload.start();
