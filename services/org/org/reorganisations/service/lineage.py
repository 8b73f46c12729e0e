"""Who came before and after whom, walked both ways, and the changes of the tree on record. The tree is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, NotFound, none_of
from org.reorganisations.service.allocate import UNITS

MOST_STEPS = 20_000
"""How many successions are followed at once from the units that are asked about."""

_MADE = """id, version, kind, effective_on, decision_number, decision_file, note, made_at, undone_in, undoes"""
CHANGES: dict[str, tuple[str, str]] = {
    "start": ("Lập cây tổ chức", "The tree as it was first recorded"),
    "create": ("Lập đơn vị", "A unit was created"),
    "rename": ("Đổi tên", "Rename"),
    "change": ("Sửa thông tin", "Change of details"),
    "move": ("Chuyển đơn vị", "Move"),
    "merge": ("Sáp nhập", "Merger"),
    "split": ("Chia, tách", "Split"),
    "dissolve": ("Giải thể", "Dissolution"),
    "batch": ("Sắp xếp theo tệp", "Reorganisation from a file"),
    "undo": ("Hoàn tác", "Undoing"),
}
"""The kinds of changes on record, and what people call them in Vietnamese and English."""


async def neighbours_of(
    units: Sequence[UUID], limit: int, after: tuple[str, str, str] | None, *, ahead: bool
) -> list[db.Record]:
    """Return up to `limit` successions of each unit: to its successors (`ahead`) or from its predecessors.

    The earliest first, then the largest share, after (day, share, other unit). `unit_id` is the unit asked about.
    """
    own, other = ("predecessor_id", "successor_id") if ahead else ("successor_id", "predecessor_id")
    day, share, unit_id = _position(after) if after else (None, None, None)
    return await db.rows(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked (unit_id) CROSS JOIN LATERAL (
              SELECT {own} AS unit_id, {other} AS other_id, share, is_assumed, effective_on, version FROM succession
              WHERE {own} = asked.unit_id
                AND ($3::date IS NULL OR (effective_on, -share, {other}) > ($3, -$4::numeric, $5::uuid))
              ORDER BY effective_on, share DESC, {other} LIMIT $2) AS found""",
        list(units),
        limit,
        day,
        share,
        unit_id,
    )


def _position(after: tuple[str, str, str]) -> tuple[date, Decimal, UUID]:
    try:
        return date.fromisoformat(after[0]), Decimal(after[1]), UUID(after[2])
    except (ValueError, InvalidOperation) as error:
        raise _foreign() from error


def _foreign() -> InvalidInput:
    return InvalidInput("after", "không phải con trỏ của danh sách này.", "is not a cursor of this list.")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a part of a unit is today; `is_assumed` when a share on the way there is an assumption."""

    unit_id: UUID
    share: float
    is_assumed: bool


async def destinations_of(units: Sequence[UUID]) -> dict[UUID, list[Destination]]:
    """Return for each unit where its parts are today, the largest first: shares along each way are multiplied.

    A unit that exists is where it was, but for the parts that left it. What was dissolved without a successor is
    nowhere, so the shares may sum to less than 1.
    """
    rows = await db.rows(
        """WITH RECURSIVE reached AS (
             SELECT unnest($1::uuid[]) AS unit_id
             UNION SELECT successor_id FROM reached JOIN succession ON predecessor_id = reached.unit_id
             WHERE effective_on <= $2)
           SELECT predecessor_id, successor_id, share, is_assumed, effective_on, version
           FROM succession JOIN reached ON predecessor_id = reached.unit_id
           WHERE effective_on <= $2 ORDER BY effective_on, version LIMIT $3""",
        list(units),
        today(),
        MOST_STEPS,
    )
    closed = await db.rows("SELECT id FROM unit WHERE id = ANY($1) AND closed_on <= $2", _all_of(units, rows), today())
    walk = _Walk(rows, {row["id"] for row in closed})
    return {unit_id: walk.destinations(unit_id) for unit_id in units}


def _all_of(units: Sequence[UUID], rows: Sequence[db.Record]) -> list[UUID]:
    return list({*units, *(row["successor_id"] for row in rows)})


class _Walk:
    """Follows successions in their order: who joined a unit does not leave it with those who left before."""

    def __init__(self, rows: Sequence[db.Record], closed: set[UUID]) -> None:
        self.closed = closed
        self.steps = dict[UUID, dict[tuple[date, int], list[db.Record]]]()
        for row in rows:
            changes = self.steps.setdefault(row["predecessor_id"], {})
            changes.setdefault((row["effective_on"], row["version"]), []).append(row)

    def destinations(self, root: UUID) -> list[Destination]:
        """Return where the parts of a unit are."""
        sums = dict[UUID, tuple[Decimal, bool]]()
        waiting = [(root, Decimal(1), False, (date.min, 0))]
        while waiting:
            unit_id, share, assumed, joined = waiting.pop()
            rest = Decimal(1)
            for moment, parts in self.steps.get(unit_id, {}).items():
                if moment <= joined:
                    continue
                for part in parts:
                    going = share * rest * part["share"]
                    waiting.append((part["successor_id"], going, assumed or part["is_assumed"], moment))
                assumed = assumed or any(part["is_assumed"] for part in parts)
                rest *= 1 - sum(part["share"] for part in parts)
            if unit_id not in self.closed:
                before, was_assumed = sums.get(unit_id, (Decimal(0), False))
                sums[unit_id] = before + share * rest, was_assumed or assumed
        found = [
            Destination(unit_id, float(share.quantize(Decimal(1) / UNITS)), assumed)
            for unit_id, (share, assumed) in sums.items()
        ]
        return sorted(found, key=lambda one: (-one.share, str(one.unit_id)))


@dataclass(frozen=True, slots=True)
class ReorganisationFilter:
    """Which changes are asked for."""

    unit_id: UUID | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None


async def find_reorganisation(reorganisation_id: UUID) -> db.Record:
    """Return a change of the tree; NotFound when there is none."""
    found = await db.row(f"SELECT {_MADE} FROM reorganisation WHERE id = $1", reorganisation_id)
    if found is None:
        raise NotFound("reorganisation", reorganisation_id)
    return found


async def reorganisations_by_version(versions: Sequence[int]) -> list[db.Record]:
    """Return the changes that made the versions."""
    return await db.rows(f"SELECT {_MADE} FROM reorganisation WHERE version = ANY($1)", list(versions))


async def reorganisations(wanted: ReorganisationFilter, limit: int, after: tuple[str, int] | None) -> list[db.Record]:
    """Return up to `limit` changes, the newest first, after (day, version)."""
    if wanted.kind is not None and wanted.kind not in CHANGES:
        raise none_of("kind", CHANGES)
    try:
        day, version = (date.fromisoformat(after[0]), after[1]) if after else (None, None)
    except ValueError as error:
        raise _foreign() from error
    return await db.rows(
        f"""SELECT {_MADE} FROM reorganisation
            WHERE ($1::uuid IS NULL OR version IN (
                SELECT made_in FROM unit_version WHERE unit_id = $1
                UNION SELECT made_in FROM unit_version_was WHERE unit_id = $1
                UNION SELECT replaced_in FROM unit_version_was WHERE unit_id = $1
                UNION SELECT version FROM succession WHERE predecessor_id = $1 OR successor_id = $1))
              AND ($2::text IS NULL OR kind = $2)
              AND ($3::date IS NULL OR effective_on >= $3) AND ($4::date IS NULL OR effective_on < $4)
              AND ($5::date IS NULL OR (effective_on, version) < ($5, $6::bigint))
            ORDER BY effective_on DESC, version DESC LIMIT $7""",
        wanted.unit_id,
        wanted.kind,
        wanted.since,
        wanted.until,
        day,
        version,
        limit,
    )


async def units_of(versions: Sequence[int], limit: int, after: tuple[int] | None) -> list[db.Record]:
    """Return up to `limit` units that each change concerned, by their numbers, after a number.

    `what` is `created`, `closed` or `changed`; units whose creation was undone are left out.
    """
    return await db.rows(
        """SELECT asked.version, found.* FROM unnest($1::bigint[]) AS asked (version) CROSS JOIN LATERAL (
             SELECT unit.id AS unit_id, unit.number,
                    CASE WHEN unit.created_on = made.effective_on AND (first.made_in = asked.version OR EXISTS (
                           SELECT FROM unit_version_was AS was WHERE was.unit_id = unit.id
                             AND was.since = unit.created_on AND was.made_in = asked.version)) THEN 'created'
                         WHEN unit.closed_on = made.effective_on AND EXISTS (
                           SELECT FROM unit_version_was AS was WHERE was.unit_id = unit.id
                             AND was.until > unit.closed_on AND was.replaced_in = asked.version) THEN 'closed'
                         ELSE 'changed' END AS what
             FROM reorganisation AS made
             CROSS JOIN LATERAL (
               SELECT unit_id FROM unit_version WHERE made_in = asked.version
               UNION SELECT unit_id FROM unit_version_was WHERE made_in = asked.version OR replaced_in = asked.version
               UNION SELECT successor_id FROM succession WHERE version = asked.version) AS touched
             JOIN unit ON unit.id = touched.unit_id
             CROSS JOIN LATERAL (
               SELECT made_in FROM unit_version WHERE unit_id = unit.id ORDER BY since LIMIT 1) AS first
             WHERE made.version = asked.version AND ($3::int IS NULL OR unit.number > $3)
             ORDER BY unit.number LIMIT $2) AS found""",
        list(versions),
        limit,
        after[0] if after else None,
    )
