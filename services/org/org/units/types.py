"""Units as the graph shows them. Other services add fields to this type by its id."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kit import db
from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, parse_id, window
from org.headcounts.service import may_see
from org.headcounts.types import UnitHeadcount
from org.people.types import UnitDepartment, UnitOfficer
from org.vocabularies.service import is_code


@strawberry.federation.type(
    keys=["id"],
    description="A unit of the union, from the confederation to a team on the shop floor. "
    "Its id stays the same through renamings and moves.",
)
class Unit:
    id: strawberry.ID = strawberry.field(description="Opaque id that never changes.")
    code: str = strawberry.field(description="Short code for people and spreadsheets, such as `EVN`; unique.")
    name_vi: str = strawberry.field(description="Name in Vietnamese.")
    name_en: str | None = strawberry.field(description="Name in English; null when the unit has none.")
    short_name: str | None = strawberry.field(description="Short name; null when the unit has none.")
    level: str = strawberry.field(description="Code of the vocabulary `level`.")
    kind: str = strawberry.field(description="Code of the vocabulary `unit_kind`.")
    region: str | None = strawberry.field(
        description="Code of the vocabulary `region`; null when the unit spans regions."
    )
    created_on: date = strawberry.field(description="The day it came into being.")
    closed_on: date | None = strawberry.field(
        description="The first day on which it no longer exists; null while it does."
    )
    row: strawberry.Private[db.Record]

    @classmethod
    def of(cls, row: db.Record) -> "Unit":
        """Return the unit of a row."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            code=row["code"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            short_name=row["short_name"],
            level=row["level"],
            kind=row["kind"],
            region=row["region"],
            created_on=row["created_on"],
            closed_on=row["closed_on"],
            row=row,
        )

    @classmethod
    async def resolve_reference(cls, id: strawberry.ID, info: Info) -> "Unit | None":
        """Return the unit that another service refers to, None for an id that org does not know."""
        return await unit_or_none(info, parse_id(id, "unit"))

    @strawberry.field(
        description="Name in the language of the request; the Vietnamese one where there is no English one."
    )
    def name(self, info: Info) -> str:
        return (self.name_en or self.name_vi) if info.context.language == "en" else self.name_vi

    @strawberry.field(description="The unit directly above; null at the top.")
    async def parent(self, info: Info) -> "Unit | None":
        parent_id = self.row["parent_id"]
        return await unit_or_none(info, parent_id) if parent_id else None

    @strawberry.field(description="All units above, the top first. At most 15, as the tree is never deeper.")
    async def ancestors(self, info: Info) -> list["Unit"]:
        return [Unit.of(row) for row in await info.context.loaders.unit_by_number.load_many(self.row["ancestors"])]

    @strawberry.field(description="The units directly below, in Vietnamese order of their names.")
    async def children(self, info: Info, first: First = 20, after: After = None) -> Connection["Unit"]:
        asked = window(first, after, str, int)
        rows = await info.context.loaders.children_by_unit.load((self.row["id"], asked, None))
        return asked.page(rows, Unit.of, by_name)

    @strawberry.field(description="How many units are below this one at any depth, itself not counted.")
    async def subtree_count(self, info: Info) -> int:
        return await info.context.loaders.subtree_count_by_path.load(self.row["path"])

    @strawberry.field(description="The units below this one at any depth, each before those below it.")
    async def descendants(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        level: Annotated[
            str | None, strawberry.argument(description="Only units of this level, a code of the vocabulary `level`.")
        ] = None,
    ) -> Connection["Unit"]:
        asked = window(first, after, str)
        if level is not None and not is_code(level):
            raise InvalidInput("level", "không phải là mã cấp.", "is not a code of a level.")
        rows = await info.context.loaders.descendants_by_path.load((self.row["path"], asked, level))
        return asked.page(rows, Unit.of, lambda row: (row["path"],))

    @strawberry.field(description="Whether the caller may see headcounts of this unit: analysts and admins of it may.")
    def headcount_visible(self, info: Info) -> bool:
        return may_see(info.context.caller, self.row["path"])

    @strawberry.field(
        description="People of this unit and all units below it. "
        "Null when nothing is published yet, or when `headcountVisible` is false."
    )
    async def headcount(self, info: Info) -> UnitHeadcount | None:
        if not may_see(info.context.caller, self.row["path"]):
            return None
        sums = await info.context.loaders.headcount_by_path.load(self.row["path"])
        return UnitHeadcount.of(*sums) if sums else None

    @strawberry.field(description="Departments that the unit has today; empty for callers without a role covering it.")
    async def departments(self, info: Info, first: First = 20, after: After = None) -> Connection[UnitDepartment]:
        asked = window(first, after, str, str)
        rows = await info.context.loaders.departments_by_unit.load((self.row["id"], asked, info.context.caller))
        return asked.page(rows, UnitDepartment.of, lambda row: (row["sort_key"], str(row["id"])))

    @strawberry.field(
        description="Posts held in the unit today, the chair first; empty for callers without a role covering it."
    )
    async def officers(self, info: Info, first: First = 20, after: After = None) -> Connection[UnitOfficer]:
        asked = window(first, after, int, str, str)
        rows = await info.context.loaders.officers_by_unit.load((self.row["id"], asked, info.context.caller))
        return asked.page(rows, UnitOfficer.of, lambda row: (row["rank"], row["sort_key"], row["id"]))


async def unit_or_none(info: Info, unit_id: UUID) -> Unit | None:
    """Return a unit through the request's loader."""
    row = await info.context.loaders.unit_by_id.load(unit_id)
    return Unit.of(row) if row else None


def by_name(row: db.Record) -> tuple[str, int]:
    """Return where a unit stands in Vietnamese order of names."""
    return row["sort_key"], row["number"]
