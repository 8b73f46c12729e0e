// Composes subgraph schemas into one supergraph.
//   stdin: {"subgraphs": [{"name": "...", "url": "...", "sdl": "..."}]}
//   stdout: {"supergraph": "..."} or {"errors": [{"code": "...", "message": "..."}]}
import { readFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

function describe(error) {
  return { code: error.extensions?.code ?? "INVALID_GRAPHQL", message: error.message };
}

function compose({ subgraphs }) {
  const services = [];
  for (const { name, url, sdl } of subgraphs) {
    try {
      services.push({ name, url, typeDefs: parse(sdl) });
    } catch (error) {
      return { errors: [{ code: "INVALID_GRAPHQL", message: `[${name}] ${error.message}` }] };
    }
  }
  const result = composeServices(services);
  if (result.errors?.length) return { errors: result.errors.map(describe) };
  return { supergraph: result.supergraphSdl };
}

process.stdout.write(JSON.stringify(compose(JSON.parse(readFileSync(0, "utf8")))));
