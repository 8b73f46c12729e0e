"""Which path leads to which service, and what a request may carry through that door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Service = Literal["gateway", "org", "survey", "media-archive"]

Rule = Literal["credentials", "passport", "anonymous"]
"""`credentials`: the gateway judges them itself. `passport`: they are exchanged here, and the service sees no more than
the passport. `anonymous`: nothing goes through that could tell one person from another."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where the paths that begin with a word lead, and by which rule."""

    service: Service
    rule: Rule


DOORS: dict[str, Door] = {
    "graphql": Door("gateway", "credentials"),
    "auth": Door("gateway", "credentials"),
    "needs": Door("gateway", "credentials"),
    "org": Door("org", "passport"),
    "f": Door("survey", "anonymous"),
    "results": Door("survey", "passport"),
    "archive": Door("media-archive", "passport"),
    "files": Door("media-archive", "passport"),
    "oai": Door("media-archive", "passport"),
}


def door_of(segments: list[str]) -> Door | None:
    """Return the door of a path's segments; None for what is nowhere, or is meant for the inside only."""
    second = segments[1] if len(segments) > 1 else ""
    if second == "internal" or (segments[0] == "auth" and second == "check"):
        return None
    return DOORS.get(segments[0])
