"""The life of a unit told by day: how it began, what it was called, where it stood, who came before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from kit import db
from org.units.service.versions import NAMES

Happened = Literal["created", "renamed", "moved", "changed", "came_from", "went_to", "closed"]
_SHOWN_FACTS = ("code", "level", "kind", "province", "commune", "region")
MOST_NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a unit on a day. `former` and `current` are names of the unit, or of units it came under."""

    day: date
    what: Happened
    former: str | None = None
    current: str | None = None
    code: str | None = None
    """The code of the other unit, where the event has one."""
    share: float | None = None
    is_assumed: bool = False
    decision: str | None = None


async def history_of(unit_id: UUID) -> list[Event]:
    """Return the events of a unit, the earliest first; what lies ahead is among them."""
    versions = await db.rows(
        """SELECT v.*, made.decision_number, ended.decision_number AS ending_decision,
                  above.name_vi AS parent_name, above.code AS parent_code
           FROM unit_version AS v JOIN reorganisation AS ended ON ended.version = v.made_in
           -- A version is written again when it ends: what let it begin is the first change that wrote it.
           JOIN reorganisation AS made ON made.version = least(v.made_in, (
             SELECT min(was.made_in) FROM unit_version_was AS was
             JOIN reorganisation AS wrote ON wrote.version = was.made_in
             WHERE was.unit_id = v.unit_id AND was.since = v.since AND wrote.undone_in IS NULL))
           LEFT JOIN unit_version AS above
             ON above.unit_id = v.parent_id AND above.since <= v.since AND above.until > v.since
           WHERE v.unit_id = $1 ORDER BY v.since""",
        unit_id,
    )
    events = [*_told_by(versions), *await _neighbours(unit_id)]
    order: list[Happened] = ["created", "came_from", "renamed", "moved", "changed", "went_to", "closed"]
    return sorted(events, key=lambda event: (event.day, order.index(event.what)))


def _told_by(versions: list[db.Record]) -> Iterator[Event]:
    for number, version in enumerate(versions):
        told = {"day": version["since"], "decision": version["decision_number"]}
        if number == 0:
            yield Event(what="created", current=version["name_vi"], **told)
            continue
        before = versions[number - 1]
        if any(before[column] != version[column] for column in NAMES):
            yield Event(what="renamed", former=before["name_vi"], current=version["name_vi"], **told)
        if before["parent_id"] != version["parent_id"]:
            yield Event(
                what="moved",
                former=before["parent_name"],
                current=version["parent_name"],
                code=version["parent_code"],
                **told,
            )
        if any(before[column] != version[column] for column in _SHOWN_FACTS):
            yield Event(what="changed", **told)
    if versions and versions[-1]["until"] != date.max:
        yield Event(day=versions[-1]["until"], what="closed", decision=versions[-1]["ending_decision"])


async def _neighbours(unit_id: UUID) -> list[Event]:
    rows = await db.rows(
        """SELECT succession.effective_on, succession.share, succession.is_assumed, other.name_vi, other.code,
                  predecessor_id = $1 AS is_ahead, made.decision_number
           FROM succession JOIN reorganisation AS made USING (version)
           CROSS JOIN LATERAL (
             SELECT name_vi, code FROM unit_version
             WHERE unit_id = CASE WHEN predecessor_id = $1 THEN successor_id ELSE predecessor_id END
             ORDER BY since <= succession.effective_on DESC, abs(since - succession.effective_on) LIMIT 1) AS other
           WHERE predecessor_id = $1 OR successor_id = $1
           ORDER BY succession.effective_on, share DESC, other.code LIMIT $2""",
        unit_id,
        MOST_NEIGHBOURS,
    )
    return [
        Event(
            day=row["effective_on"],
            what="went_to" if row["is_ahead"] else "came_from",
            current=row["name_vi"],
            code=row["code"],
            share=float(row["share"]),
            is_assumed=row["is_assumed"],
            decision=row["decision_number"],
        )
        for row in rows
    ]


async def days_of_change(most: int) -> list[date]:
    """Return the newest days on which the tree became another one by more than a new unit, the earliest first."""
    rows = await db.rows(
        """SELECT DISTINCT effective_on FROM reorganisation
           WHERE undone_in IS NULL AND kind NOT IN ('create', 'undo') ORDER BY effective_on DESC LIMIT $1""",
        most,
    )
    return sorted(row["effective_on"] for row in rows)
