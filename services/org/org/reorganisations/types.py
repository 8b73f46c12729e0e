"""Changes of the tree as the graph shows them: on record, in preview, and as batches."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import strawberry

from kit import db
from kit.graphql import After, Connection, First, Info, Window, window
from org.reorganisations import service
from org.reorganisations.service.effects import (
    AlongEffect,
    CellEffect,
    CutEffect,
    EffectLists,
    EffectPage,
    HeadcountEffect,
    UnitEffect,
)

if TYPE_CHECKING:
    from org.units.types import Unit

LazyUnit = Annotated["Unit", strawberry.lazy("org.units.types")]
T = TypeVar("T")
# A successor has the cells of all whom it takes over; more than people look at is not sent.
MOST_CELLS = 1_000


async def unit_of(info: Info, unit_id: UUID) -> LazyUnit | None:
    """Return a unit by its id, None where the id is not (or not yet) one."""
    from org.units.types import unit_or_none  # units' types show successions, and these their units

    return await unit_or_none(info, unit_id)


@strawberry.type(description="A change of the tree: what it rests on, from when it holds, and whether it was undone.")
class Reorganisation:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    tree_version: int = strawberry.field(description="The version of the tree that it made.")
    kind: str = strawberry.field(
        description="`create`, `rename`, `change`, `move`, `merge`, `split`, `dissolve`, `batch`, `undo`, or `start` "
        "for all that was before changes were recorded."
    )
    effective_on: date = strawberry.field(description="The first day on which it holds.")
    decision_number: str | None = strawberry.field(description="Number of the decision; null when not recorded.")
    made_at: datetime = strawberry.field(description="When it was recorded.")
    is_undone: bool = strawberry.field(description="Whether it was undone, so that the tree is as if it had not been.")
    row: strawberry.Private[db.Record]

    @classmethod
    def of(cls, row: db.Record) -> "Reorganisation":
        """Return the change of a row."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            tree_version=row["version"],
            kind=row["kind"],
            effective_on=row["effective_on"],
            decision_number=row["decision_number"],
            made_at=row["made_at"],
            is_undone=row["undone_in"] is not None,
            row=row,
        )

    @strawberry.field(description="Where the decision's file is; null when not recorded, or when nobody is signed in.")
    def decision_file(self, info: Info) -> str | None:
        return self.row["decision_file"] if info.context.caller.subject is not None else None

    @strawberry.field(description="What else is to be remembered; null when there is nothing, or nobody is signed in.")
    def note(self, info: Info) -> str | None:
        return self.row["note"] if info.context.caller.subject is not None else None

    @strawberry.field(description="The change that undid this one; null while it stands.")
    async def undone_by(self, info: Info) -> "Reorganisation | None":
        return await _by_version(info, self.row["undone_in"])

    @strawberry.field(description="The change that this one undid; null when it is none of the kind `undo`.")
    async def undoes(self, info: Info) -> "Reorganisation | None":
        return await _by_version(info, self.row["undoes"])

    @strawberry.field(
        description="The units that it created, closed or changed, or that succeeded others, in the order in which "
        "they were first recorded. Units whose creation was undone are left out."
    )
    async def units(self, info: Info, first: First = 20, after: After = None) -> "Connection[ReorganisedUnit]":
        asked = window(first, after, int)
        rows = await info.context.loaders.lineage.units_by_version.load((self.row["version"], asked, None))
        return asked.page(rows, ReorganisedUnit.of, lambda row: (row["number"],))


async def _by_version(info: Info, version: int | None) -> Reorganisation | None:
    row = await info.context.loaders.lineage.reorganisation_by_version.load(version) if version else None
    return Reorganisation.of(row) if row else None


@strawberry.type(description="A unit that a change of the tree concerned.")
class ReorganisedUnit:
    what: str = strawberry.field(description="`created`, `closed` or `changed`.")
    row: strawberry.Private[db.Record]

    @classmethod
    def of(cls, row: db.Record) -> "ReorganisedUnit":
        """Return what a row says."""
        return cls(what=row["what"], row=row)

    @strawberry.field(description="The unit as it is today, or as it was last.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.row["unit_id"])


@strawberry.type(description="How much of a unit went to another.")
class UnitSuccession:
    share: float = strawberry.field(
        description="The part of the predecessor's people, from 0 (land or tasks without people) to 1 (everybody)."
    )
    is_assumed: bool = strawberry.field(description="Whether the share is an assumption, as the decision named none.")
    effective_on: date = strawberry.field(description="The day from which the successor is the successor.")
    row: strawberry.Private[db.Record]

    @classmethod
    def of(cls, row: db.Record) -> "UnitSuccession":
        """Return the succession of a row."""
        return cls(share=float(row["share"]), is_assumed=row["is_assumed"], effective_on=row["effective_on"], row=row)

    @strawberry.field(description="The other unit: the predecessor or the successor that was asked for.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.row["other_id"])

    @strawberry.field(description="The change of the tree that made it.")
    async def reorganisation(self, info: Info) -> Reorganisation | None:
        return await _by_version(info, self.row["version"])


@strawberry.type(description="Where a part of a unit is today, however many reorganisations lie between.")
class UnitDestination:
    share: float = strawberry.field(description="The part of the unit's people, the shares on the way multiplied.")
    is_assumed: bool = strawberry.field(description="Whether a share on the way is an assumption.")
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, found: service.Destination) -> "UnitDestination":
        """Return a destination."""
        return cls(share=found.share, is_assumed=found.is_assumed, unit_id=found.unit_id)

    @strawberry.field(description="The unit, which exists today.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.unit_id)


@strawberry.type(description="What a change would do to one unit, on the day of the change.")
class PreviewedUnit:
    what: list[str] = strawberry.field(
        description="`created` or `closed`, or one or more of `renamed`, `moved` and `changed`."
    )
    code_before: str | None = strawberry.field(description="Its code without the change; null when it is created.")
    code_after: str | None = strawberry.field(description="Its code with the change; null when it closes.")
    name_before: str | None = strawberry.field(description="Its Vietnamese name without the change.")
    name_after: str | None = strawberry.field(description="Its Vietnamese name with the change.")
    place_before: list[str] = strawberry.field(
        description="Names of the units above without the change, the top first."
    )
    place_after: list[str] = strawberry.field(description="Names of the units above with the change, the top first.")
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, effect: UnitEffect) -> "PreviewedUnit":
        """Return an effect."""
        return cls(
            what=effect.what,
            code_before=effect.code_before,
            code_after=effect.code_after,
            name_before=effect.name_before,
            name_after=effect.name_after,
            place_before=effect.place_before,
            place_after=effect.place_after,
            unit_id=effect.unit_id,
        )

    @strawberry.field(
        description="The unit as it is now, with what other services know of it, such as its survey waves and its "
        "archive items; null for one that the change would create."
    )
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.unit_id)


@strawberry.type(description="A unit that stands below one that moves or is created, and goes along as it is.")
class PreviewedAlong:
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its Vietnamese name.")
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, effect: AlongEffect) -> "PreviewedAlong":
        """Return an effect."""
        return cls(code=effect.code, name=effect.name, unit_id=effect.unit_id)

    @strawberry.field(description="The unit as it is now.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.unit_id)


@strawberry.type(description="How many people a unit itself would have on the day of the change.")
class PreviewedHeadcount:
    code: str = strawberry.field(description="The unit's code, with the change where it has one then.")
    name: str = strawberry.field(description="The unit's Vietnamese name.")
    members_before: int | None = strawberry.field(description="Members without the change; null when not known.")
    members_after: int | None = strawberry.field(description="Members with the change; null when not known.")
    workers_before: int | None = strawberry.field(description="Workers without the change; null when not known.")
    workers_after: int | None = strawberry.field(description="Workers with the change; null when not known.")
    is_assumed: bool = strawberry.field(description="Whether the numbers with the change rest on assumed shares.")
    cells: "list[PreviewedCell]" = strawberry.field(
        description="By age band, gender, education and field of work; all that are known with or without the change, "
        "at most 1,000."
    )
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, effect: HeadcountEffect) -> "PreviewedHeadcount":
        """Return an effect."""
        return cls(
            code=effect.code,
            name=effect.name,
            members_before=effect.total("members_before"),
            members_after=effect.total("members_after"),
            workers_before=effect.total("workers_before"),
            workers_after=effect.total("workers_after"),
            is_assumed=effect.is_assumed,
            cells=[PreviewedCell.of(cell) for cell in effect.cells[:MOST_CELLS]],
            unit_id=effect.unit_id,
        )

    @strawberry.field(description="The unit as it is now; null for one that the change would create.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.unit_id)


@strawberry.type(description="How many people of one kind a unit would have.")
class PreviewedCell:
    age_band: str = strawberry.field(description="Code of the vocabulary `age_band`.")
    gender: str = strawberry.field(description="Code of the vocabulary `gender`.")
    education: str | None = strawberry.field(description="Code of the vocabulary `education`; null when not stated.")
    field: str | None = strawberry.field(description="Code of the vocabulary `field`; null when not stated.")
    members_before: int | None = strawberry.field(description="Members without the change; null when not known.")
    members_after: int | None = strawberry.field(description="Members with the change; null when not known.")
    workers_before: int | None = strawberry.field(description="Workers without the change; null when not known.")
    workers_after: int | None = strawberry.field(description="Workers with the change; null when not known.")

    @classmethod
    def of(cls, cell: CellEffect) -> "PreviewedCell":
        """Return a cell."""
        return cls(**asdict(cell))


@strawberry.type(description="A post or a role that a change would end, take away, give or bring back.")
class PreviewedCut:
    what: str = strawberry.field(
        description="`ended` on the day of the change, `removed` as it would have begun later, `given`, or `restored`."
    )
    code: str = strawberry.field(
        description="The post, a code of the vocabulary `post`; or the role; or what a class is called."
    )
    named: str | None = strawberry.field(
        description="The officer's name, or the account that holds the role; null for callers who may not know it, and "
        "for classes."
    )
    unit_code: str = strawberry.field(description="The code of the unit that it is of.")
    unit_name: str = strawberry.field(description="The Vietnamese name of the unit that it is of.")
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, effect: CutEffect, named: str | None) -> "PreviewedCut":
        """Return an effect, and whose post or role it is."""
        return cls(
            what=effect.what,
            code=effect.of,
            named=named,
            unit_code=effect.code,
            unit_name=effect.name,
            unit_id=effect.unit_id,
        )

    @strawberry.field(description="The unit as it is now; null for one that the change would create.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.unit_id)


@strawberry.type(description="Other things that end with units or come back with them, such as channels.")
class PreviewedOthers:
    kind: str = strawberry.field(
        description="`collaborator`, `post`, `department_version`, `channel_version` or `unit_group_member`."
    )
    count: int = strawberry.field(description="How many.")


@strawberry.type(
    description="Everything that a change of the tree would do. To read a list to its end, ask for the same preview "
    "again with its `endCursor`; a list that has changed meanwhile is refused with `INVALID_INPUT`, never shown with "
    "gaps."
)
class ReorganisationPreview:
    effective_on: date | None = strawberry.field(description="The day of the change; null when nothing would change.")
    unit_count: int = strawberry.field(description="How many units are created, closed, renamed, moved or changed.")
    along_count: int = strawberry.field(description="How many more units go along below one that moves or is created.")
    headcount_count: int = strawberry.field(
        description="Of how many units the headcount on the day would be another, listed or not."
    )
    officer_count: int = strawberry.field(description="How many appointments end or come back.")
    grant_count: int = strawberry.field(description="How many roles end, are given or come back.")
    training_class_count: int = strawberry.field(
        description="How many planned classes are called off, cut short or come back."
    )
    others: list[PreviewedOthers] = strawberry.field(description="What else ends or comes back, counted by kind.")
    effects: strawberry.Private[EffectLists | None]

    @classmethod
    def of(cls, effects: EffectLists | None) -> "ReorganisationPreview":
        """Return the effects; None for a change that changes nothing."""
        totals = effects.totals if effects else {}
        others = effects.others if effects else {}
        return cls(
            effective_on=effects.on if effects else None,
            unit_count=totals.get("units", 0),
            along_count=totals.get("along", 0),
            headcount_count=totals.get("headcounts", 0),
            officer_count=totals.get("officers", 0),
            grant_count=totals.get("grants", 0),
            training_class_count=totals.get("classes", 0),
            others=[PreviewedOthers(kind=kind, count=count) for kind, count in others.items()],
            effects=effects,
        )

    @strawberry.field(description="These units, those that close first.")
    async def units(self, info: Info, first: First = 100, after: After = None) -> Connection[PreviewedUnit]:
        return await self._page(info, "units", first, after, PreviewedUnit.of)

    @strawberry.field(description="The units that go along.")
    async def along(self, info: Info, first: First = 100, after: After = None) -> Connection[PreviewedAlong]:
        return await self._page(info, "along", first, after, PreviewedAlong.of)

    @strawberry.field(description="The headcounts that would be others, where the caller may see them.")
    async def headcounts(self, info: Info, first: First = 100, after: After = None) -> Connection[PreviewedHeadcount]:
        return await self._page(info, "headcounts", first, after, PreviewedHeadcount.of)

    @strawberry.field(description="The appointments that end or come back.")
    async def officers(self, info: Info, first: First = 100, after: After = None) -> Connection[PreviewedCut]:
        return await self._cuts(info, "officers", first, after)

    @strawberry.field(description="The roles that end, are given or come back.")
    async def grants(self, info: Info, first: First = 100, after: After = None) -> Connection[PreviewedCut]:
        return await self._cuts(info, "grants", first, after)

    @strawberry.field(description="The planned classes that are called off, cut short or come back.")
    async def training_classes(self, info: Info, first: First = 100, after: After = None) -> Connection[PreviewedCut]:
        return await self._cuts(info, "classes", first, after)

    async def _page(
        self, info: Info, name: str, first: int, after: str | None, node: Callable[[Any], T]
    ) -> Connection[T]:
        found, asked = await self._read(info, name, first, after)
        return _paged(found, asked, found.effects, node)

    async def _cuts(self, info: Info, name: str, first: int, after: str | None) -> Connection[PreviewedCut]:
        found, asked = await self._read(info, name, first, after)
        names = await service.names_of(info.context.caller, name, found.effects)
        named = list(zip(found.effects, names, strict=True))
        return _paged(found, asked, named, lambda one: PreviewedCut.of(*one))

    async def _read(self, info: Info, name: str, first: int, after: str | None) -> tuple[EffectPage, Window]:
        asked = window(first, after, int, str)
        if self.effects is None:
            return EffectPage([], [], ""), asked
        return await self.effects.page(info.context.caller, name, asked.limit, asked.after), asked


def _paged(found: EffectPage, asked: Window, rows: Sequence[Any], node: Callable[[Any], T]) -> Connection[T]:
    numbered = list(zip(found.positions, rows, strict=True))
    return asked.page(numbered, lambda one: node(one[1]), lambda one: (one[0], found.mark))
