"""Composition: the subgraphs' schema files become the one supergraph that operations are planned against."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.planner.node import PLANNER, ensure_modules, node_program
from gateway.settings import SUPERGRAPH

COMPOSE_SECONDS = 60
SERVICES = Path(__file__).resolve().parents[2] / "services"
SCHEMAS = {
    "org": SERVICES / "org" / "schema.graphql",
    "survey": SERVICES / "survey" / "schema.graphql",
    "media_archive": SERVICES / "media-archive" / "schema.graphql",
}
"""Where each subgraph's schema lies in this repository."""


@dataclass(frozen=True)
class CompositionProblem:
    """One reason why the schemas do not make one graph."""

    code: str
    message: str


class CompositionFailed(Exception):
    """The schemas do not make one graph; `problems` tells each reason with composition's own code."""

    def __init__(self, problems: list[CompositionProblem]) -> None:
        super().__init__("\n".join(f"{problem.code}: {problem.message}" for problem in problems))
        self.problems = problems

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


def compose(schemas: Mapping[str, Path | str]) -> str:
    """Returns the supergraph SDL of `{subgraph name: path of its schema file}`; raises `CompositionFailed`.

    The supergraph names neutral addresses (`http://<name>/graphql`): where a service really is belongs to the settings.
    """
    ensure_modules()
    subgraphs = [
        {"name": name, "url": f"http://{name.replace('_', '-')}/graphql", "sdl": Path(path).read_text(encoding="utf-8")}
        for name, path in schemas.items()
    ]
    reply = _run(json.dumps({"subgraphs": subgraphs}))
    if "errors" in reply:
        raise CompositionFailed([CompositionProblem(**problem) for problem in reply["errors"]])
    return reply["supergraph"].rstrip() + "\n"


def _run(request: str) -> dict[str, Any]:
    command = [str(node_program()), str(PLANNER / "compose.mjs")]
    done = subprocess.run(command, input=request, capture_output=True, text=True, timeout=COMPOSE_SECONDS, check=False)
    if done.returncode:
        raise CompositionFailed([CompositionProblem("COMPOSITION_CRASHED", done.stderr[-2000:])])
    return json.loads(done.stdout)


def main() -> None:
    """`python -m gateway.composition` writes `supergraph.graphql` from the schemas in this repository."""
    try:
        SUPERGRAPH.write_text(compose(SCHEMAS), encoding="utf-8")
    except CompositionFailed as failed:
        raise SystemExit(str(failed)) from None


if __name__ == "__main__":
    main()
