// Plans operations for the gateway: one JSON request per line on stdin, one JSON reply per line on stdout.
//   first line out: {"schema": "<the schema clients see>"}
//   in: {"id": 1, "query": "...", "operationName": "..."}   out: {"id": 1, "plan": {...}} or {"id": 1, "error": "..."}
// A bad operation is answered and forgotten; only a supergraph that cannot be read ends the process.
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { QueryPlanner } = require("@graphql-hive/router-query-planner");

const planner = new QueryPlanner(readFileSync(process.argv[2], "utf8"));
const noLabels = new Set();

function write(reply) {
  process.stdout.write(JSON.stringify(reply) + "\n");
}

function answer(line) {
  let id = null;
  try {
    const request = JSON.parse(line);
    id = request.id;
    const plan = planner.plan(request.query, request.operationName ?? undefined, noLabels, 0);
    write({ id, plan: plan.node ?? null });
  } catch (error) {
    write({ id, error: String(error?.message ?? error) });
  }
}

write({ schema: planner.consumerSchema });
const lines = createInterface({ input: process.stdin });
lines.on("line", answer);
lines.on("close", () => process.exit(0)); // The gateway is gone: so are we.
