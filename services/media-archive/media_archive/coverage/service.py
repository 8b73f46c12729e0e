"""What is told of coverage, by unit with all below it and by year, and what units tell of what is not archived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit import db
from kit.audit import record
from kit.calendar import today
from kit.db import Record
from kit.errors import InvalidInput
from kit.identity import Caller
from kit.paths import WIDTH
from media_archive.assets.description import checked_kind
from media_archive.units.service import KnownUnit, find_unit

FIRST_YEAR = 1929
MOST_CHILDREN = 100
_MOST = 10_000_000
RECORDS = ("document", "scanned_document")
"""Kinds that are papers of the office and no products of communication."""
TARGETS = {"digitised": 100, "shared": 100, "digital_products": 50}
"""Percent by 2028: what the confederation's programme of 29 December 2023 asks of materials and products."""
TARGET_YEAR = 2028


@dataclass(frozen=True, slots=True)
class Coverage:
    """Numbers of one subtree and year. Materials: in the archive, and those that units tell of besides.

    Digitised: in the archive, or told to be in digital form elsewhere. Described, shared and reused are of the
    `items` in the archive (see `counting`). Products are all kinds but papers of the office; digital ones those of
    them that are digitised.
    """

    year: int
    items: int = 0
    described: int = 0
    shared: int = 0
    reused: int = 0
    told_digital: int = 0
    told_other: int = 0
    product_items: int = 0
    products_told_digital: int = 0
    products_told_other: int = 0
    counted_at: datetime | None = None

    @property
    def materials(self) -> int:
        """All materials that are known of."""
        return self.digitised + self.told_other

    @property
    def digitised(self) -> int:
        """Those in digital form."""
        return self.items + self.told_digital

    @property
    def products(self) -> int:
        """All products of communication that are known of."""
        return self.digital_products + self.products_told_other

    @property
    def digital_products(self) -> int:
        """Those in digital form."""
        return self.product_items + self.products_told_digital

    def share(self, name: str) -> float | None:
        """Return a share in percent of `digitised`, `described`, `shared`, `reused`, `digital_products`; None of none.

        Shared is told of all materials, as the target is: what is not digitised is shared with nobody.
        """
        whole = {"digitised": self.materials, "shared": self.materials, "digital_products": self.products}
        base = whole.get(name, self.items)
        return 100 * int(getattr(self, name)) / base if base else None


SHARES = ("digitised", "described", "shared", "reused", "digital_products")


def may_read(caller: Caller, path: str) -> bool:
    """Whether a caller is told how far a unit is: who works on its materials, and who reads its figures."""
    return caller.may("contributor", path) or caller.may("analyst", path)


async def coverage_of(paths: Sequence[str], years: Sequence[int]) -> dict[tuple[str, int], Coverage]:
    """Return the coverage at or below each path in each year, for callers who may read it; in one statement."""
    found = await db.rows(
        """SELECT scope.path, asked.year, state.counted_at, held.*, told.*
           FROM unnest($1::text[]) AS scope (path) CROSS JOIN unnest($2::int[]) AS asked (year)
           LEFT JOIN coverage_state AS state ON TRUE
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(items), 0)::int AS items, coalesce(sum(described), 0)::int AS described,
                   coalesce(sum(shared), 0)::int AS shared, coalesce(sum(reused), 0)::int AS reused,
                   coalesce(sum(items) FILTER (WHERE coverage_count.kind <> ALL($3::text[])), 0)::int AS product_items
               FROM coverage_count JOIN unit ON unit.id = coverage_count.unit_id
               WHERE unit.path >= scope.path AND unit.path < scope.path || '~' AND coverage_count.year = asked.year
           ) AS held
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(number) FILTER (WHERE is_digital), 0)::int AS told_digital,
                   coalesce(sum(number) FILTER (WHERE NOT is_digital), 0)::int AS told_other,
                   coalesce(sum(number) FILTER (WHERE is_digital AND is_product), 0)::int AS products_told_digital,
                   coalesce(sum(number) FILTER (WHERE NOT is_digital AND is_product), 0)::int AS products_told_other
               FROM (SELECT material_count.number, is_digital, material_count.kind <> ALL($3::text[]) AS is_product
                     FROM material_count JOIN unit ON unit.id = material_count.unit_id
                     WHERE unit.path >= scope.path AND unit.path < scope.path || '~'
                       AND material_count.year = asked.year) AS counted
           ) AS told""",
        list(paths),
        list(years),
        list(RECORDS),
    )
    return {
        (row["path"], row["year"]): Coverage(**{name: value for name, value in row.items() if name != "path"})
        for row in found
    }


async def children_of(path: str, limit: int = MOST_CHILDREN) -> list[KnownUnit]:
    """Return the units right below one that have not closed, at most 100."""
    found = await db.rows(
        """SELECT id, path, name_vi, name_en FROM unit
           WHERE path > $1 AND path < $1 || '~' AND length(path) = length($1) + $2 AND closed_on IS NULL
           ORDER BY path LIMIT $3""",
        path,
        WIDTH,
        limit,
    )
    return [KnownUnit(**row) for row in found]


async def parent_of(path: str) -> KnownUnit | None:
    """Return the unit right above one; None of a top."""
    row = await db.row("SELECT id, path, name_vi, name_en FROM unit WHERE path = $1", path[:-WIDTH])
    return KnownUnit(**row) if row else None


async def set_material_count(
    caller: Caller, unit_id: UUID, year: int, kind: str, number: int, *, is_digital: bool
) -> Record:
    """Tell how many materials of a kind and year a unit has that are not in the archive; return what is told now.

    Contributors of the unit may.
    """
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("contributor", unit.path)
    kind = await checked_kind(kind)
    checked_year(year)
    if not 0 <= number <= _MOST:
        raise InvalidInput("number", f"từ 0 đến {_MOST}", f"from 0 to {_MOST}")
    async with db.transaction():
        before = await db.value(
            """SELECT number FROM material_count
               WHERE unit_id = $1 AND year = $2 AND kind = $3 AND is_digital = $4 FOR UPDATE""",
            unit.id,
            year,
            kind,
            is_digital,
        )
        told = await db.row(
            """INSERT INTO material_count (unit_id, year, kind, is_digital, number) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT ON CONSTRAINT material_count_pkey DO UPDATE SET number = excluded.number, told_at = now()
               RETURNING unit_id, year, kind, is_digital, number, told_at""",
            unit.id,
            year,
            kind,
            is_digital,
            number,
        )
        what = {"year": year, "kind": kind, "is_digital": is_digital}
        await record(
            caller,
            "material_count.told",
            unit.id,
            "unit",
            str(unit.id),
            None if before is None else {**what, "number": before},
            {**what, "number": number},
        )
    assert told is not None
    return told


async def material_counts_of(unit_ids: Sequence[UUID], years: Sequence[int]) -> list[Record]:
    """Return what each unit itself told of each year, for callers who may read it."""
    return await db.rows(
        """SELECT unit_id, year, kind, is_digital, number, told_at FROM material_count
           WHERE unit_id = ANY($1::uuid[]) AND year = ANY($2::int[]) ORDER BY unit_id, year, kind, is_digital""",
        list(unit_ids),
        list(years),
    )


def checked_year(year: int) -> int:
    """Return a year from the union's founding to this one; InvalidInput for others."""
    if not FIRST_YEAR <= year <= today().year:
        raise InvalidInput("year", f"từ {FIRST_YEAR} đến nay", f"from {FIRST_YEAR} to this year")
    return year
