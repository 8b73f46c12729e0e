"""Versions of many units as a plan will leave them: worked out in memory, written in three statements."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from kit import db
from kit.paths import label
from org.reorganisations.service.plan import Plan
from org.units.service.versions import DATED, Version, amended

_COLUMNS = ", ".join(DATED)
_ARRAYS = ", ".join(
    f"${position}::{'uuid' if column == 'parent_id' else 'text'}[]" for position, column in enumerate(DATED, start=6)
)
_TAKEN = ", ".join(f"new.{column}" for column in DATED)


class Drafts:
    """The versions, from the day of a plan on, of all units that it touches."""

    def __init__(self, on: date, found: Iterable[db.Record]) -> None:
        self.on = on
        self.before = dict[UUID, list[Version]]()
        for row in found:
            self.before.setdefault(row["unit_id"], []).append(dict(row))
        self.after = {unit_id: list(versions) for unit_id, versions in self.before.items()}

    @classmethod
    async def read(cls, plan: Plan) -> "Drafts":
        """Read the versions of the units of a plan, and of those directly below one that closes."""
        found = await db.rows(
            f"""SELECT unit_id, number, since, until, {_COLUMNS} FROM unit_version
                WHERE until > $2 AND unit_id IN (
                  SELECT unnest($1::uuid[])
                  UNION SELECT unit_id FROM unit_version WHERE parent_id = ANY($3) AND until > $2)
                ORDER BY unit_id, since""",
            [*plan.changes, *plan.closes],
            plan.on,
            list(plan.closes),
        )
        return cls(plan.on, found)

    def change(self, unit_id: UUID, columns: dict[str, object]) -> None:
        """Change columns from the day on, as far as they were to stay what they were."""
        versions = self.after[unit_id]
        if not columns:
            return
        # A unit that begins later changes on its first day.
        new = amended(versions, max(self.on, versions[0]["since"]), columns)
        self.after[unit_id] = _spliced(versions, new)

    def reroute(self, closes: dict[UUID, UUID | None]) -> dict[UUID, UUID]:
        """Put the units below those that close under where these say; return each such unit with its former parent."""
        rerouted = dict[UUID, UUID]()
        for unit_id, versions in self.after.items():
            if unit_id in closes:
                continue
            new = list[Version]()
            for version in versions:
                target = closes.get(version["parent_id"]) if version["parent_id"] in closes else None
                # One that has been changed ends on the day: what came before it stays.
                if target is None or version["until"] <= self.on:
                    new.append(version)
                    continue
                rerouted[unit_id] = version["parent_id"]
                if version["since"] < self.on:
                    new.append(version | {"until": self.on})
                new.append(version | {"since": max(version["since"], self.on), "parent_id": target})
            self.after[unit_id] = new
        return rerouted

    def close(self, unit_id: UUID) -> None:
        """Let a unit end before the day."""
        self.after[unit_id] = [
            version | {"until": self.on} for version in self.after[unit_id] if version["since"] < self.on
        ]

    async def write(self, made_in: int) -> list[UUID]:
        """Write what is other than it was; return the units concerned."""
        gone, shorter, other, new = list[Version](), list[Version](), list[Version](), list[Version]()
        for unit_id, before in self.before.items():
            was = {version["since"]: version for version in before}
            now = {version["since"]: version for version in self.after[unit_id]}
            gone += [version for since, version in was.items() if since not in now]
            for since, version in now.items():
                if since not in was:
                    new.append(version)
                elif version != was[since]:
                    (shorter if version == was[since] | {"until": version["until"]} else other).append(version)
        await _delete(gone)
        await _end(shorter, made_in)
        await _update(other, made_in)
        await add_versions(new, made_in)
        return list({version["unit_id"] for version in (*gone, *shorter, *other, *new)})


def _spliced(versions: list[Version], new: list[Version]) -> list[Version]:
    first = new[0]
    if versions[0]["since"] == first["since"]:
        return new
    return [versions[0] | {"until": first["since"]}, *new]


async def begin_units(plan: Plan, made_in: int) -> None:
    """Write the units that begin, each with its first version."""
    if not plan.begins:
        return
    found = await db.rows("SELECT nextval('unit_number')::int AS number FROM generate_series(1, $1)", len(plan.begins))
    numbers: list[int] = [row["number"] for row in found]
    await db.execute(
        """INSERT INTO unit (id, number, label, created_on)
           SELECT id, number, label, $4 FROM unnest($1::uuid[], $2::int[], $3::text[]) AS new (id, number, label)""",
        [beginning.id for beginning in plan.begins],
        numbers,
        [label(number) for number in numbers],
        plan.on,
    )
    versions: list[Version] = [
        {"unit_id": beginning.id, "number": number, "since": plan.on, "until": date.max, **beginning.columns()}
        for beginning, number in zip(plan.begins, numbers, strict=True)
    ]
    await add_versions(versions, made_in)


async def add_versions(versions: Sequence[Version], made_in: int) -> None:
    """Write new versions."""
    if versions:
        await db.execute(
            f"""INSERT INTO unit_version (made_in, unit_id, number, since, until, {_COLUMNS})
                SELECT $1::bigint, new.*
                FROM unnest($2::uuid[], $3::int[], $4::date[], $5::date[], {_ARRAYS}) AS new""",
            made_in,
            *_as_arrays(versions, ("unit_id", "number", "since", "until", *DATED)),
        )


async def _delete(versions: Sequence[Version]) -> None:
    if versions:
        await db.execute(
            """DELETE FROM unit_version AS old USING unnest($1::uuid[], $2::date[]) AS gone (unit_id, since)
               WHERE old.unit_id = gone.unit_id AND old.since = gone.since""",
            *_as_arrays(versions, ("unit_id", "since")),
        )


async def _end(versions: Sequence[Version], made_in: int) -> None:
    if versions:
        await db.execute(
            """UPDATE unit_version AS old SET until = new.until, made_in = $1
               FROM unnest($2::uuid[], $3::date[], $4::date[]) AS new (unit_id, since, until)
               WHERE old.unit_id = new.unit_id AND old.since = new.since""",
            made_in,
            *_as_arrays(versions, ("unit_id", "since", "until")),
        )


async def _update(versions: Sequence[Version], made_in: int) -> None:
    if versions:
        await db.execute(
            f"""UPDATE unit_version AS old SET made_in = $1, until = new.until, ({_COLUMNS}) = ROW ({_TAKEN})
                FROM unnest($2::uuid[], $3::int[], $4::date[], $5::date[], {_ARRAYS})
                  AS new (unit_id, number, since, until, {_COLUMNS})
                WHERE old.unit_id = new.unit_id AND old.since = new.since""",
            made_in,
            *_as_arrays(versions, ("unit_id", "number", "since", "until", *DATED)),
        )


def _as_arrays(versions: Sequence[Version], columns: Sequence[str]) -> list[list[Any]]:
    return [[version.get(column) for version in versions] for column in columns]
