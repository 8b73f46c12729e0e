"""The running product, and how a test talks to it."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson


@dataclass(frozen=True)
class House:
    """A running `up` with the demo in it."""

    url: str
    data: Path
    seconds_to_ready: float

    def ask(self, document: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """Send an operation through the front door; return the whole answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        reply = httpx.post(
            f"{self.url}/graphql", json={"query": document, "variables": variables}, headers=headers, timeout=30
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def data_of(self, document: str, token: str | None = None, **variables: Any) -> Any:
        """Send an operation that must succeed; return its data."""
        answer = self.ask(document, token, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def loa(self, *words: str, timeout: float = 600) -> str:
        """Run a command of the product on this house; return what it printed."""
        done = subprocess.run(
            command(*words), env=environment(self.data), capture_output=True, text=True, timeout=timeout, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def address(self, part: str) -> str:
        """Where a part of the house listens, behind the front door."""
        return self._card()["addresses"][part]

    def passport(self, who: str) -> dict[str, str]:
        """The header that says, inside the house, that a development person asks."""
        check = httpx.get(
            f"{self.address('gateway')}/auth/check", headers={"authorization": f"Bearer {self.token(who)}"}, timeout=10
        )
        return {"loa-passport": check.headers["loa-passport"]}

    def _card(self) -> dict[str, Any]:
        return orjson.loads((self.data / "up.json").read_bytes())

    def token(self, who: str) -> str:
        """An access token of a development person, such as `editor@EVN`."""
        return self.loa("token", "--as", who).strip()


def command(*words: str) -> list[str]:
    """The words that run a command of the product in this environment."""
    return [str(Path(sys.executable).with_name("loa")), *words]


def environment(data: Path) -> dict[str, str]:
    """This shell's environment without its own settings of Loa, on another data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    return kept | {"LOA_DATA": str(data), "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
