// Runs the form's own logic.js over what comes on standard input: {"module": path, "expressions": […], "readings": […]}.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const { module, expressions, readings } = JSON.parse(readFileSync(0, "utf8"));
const logic = runInNewContext(readFileSync(module, "utf8") + "; loaLogic");
const shown = (result) => (result !== null && typeof result === "object" ? { fraction: `${result.n}/${result.d}` } : result);
process.stdout.write(
  JSON.stringify({
    expressions: expressions.map(({ expression, values, today }) => shown(logic.evaluate(expression, values, today))),
    readings: readings.map(({ kind, texts, bounds, today }) => {
      const { earliest, latest } = bounds;
      return logic.read(kind, texts, today ? logic.bounded(kind, [earliest, latest], today) : bounds) ?? null;
    }),
  }),
);
