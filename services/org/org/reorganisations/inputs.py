"""What clients say of a change of the tree, and the change that it asks for."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

import strawberry

from kit.errors import InvalidInput
from kit.graphql import parse_id
from kit.identity import Caller
from org.reorganisations import service
from org.units import service as units
from org.units.fields import ChangeUnitInput, CreateUnitInput, DecisionInput, MoveUnitInput, RenameUnitInput

Change = Callable[[], Awaitable[object]]

_ON = "The first day on which it holds, at most five years ahead; today when left out."


@strawberry.input(description="A unit that begins with a reorganisation, on its day.")
class BeginningUnitInput:
    parent_id: strawberry.ID = strawberry.field(description="The unit directly above; you must be an admin of it.")
    name_vi: str = strawberry.field(description="Name in Vietnamese, at most 250 characters; unique under the parent.")
    name_en: str | None = strawberry.field(default=None, description="Name in English, at most 250 characters.")
    short_name: str | None = strawberry.field(default=None, description="Short name, at most 60 characters.")
    code: str = strawberry.field(description="Unique code; that of a unit that closes on the day is free.")
    level: str = strawberry.field(description="Code of the vocabulary `level`.")
    kind: str = strawberry.field(description="Code of the vocabulary `unit_kind`.")
    region: str | None = strawberry.field(default=None, description="Code of the vocabulary `region`.")
    province: str | None = strawberry.field(default=None, description="The province's code that day, two digits.")
    commune: str | None = strawberry.field(default=None, description="The commune's code that day, five digits.")

    def begins(self) -> service.Beginning:
        """Return the unit, cleaned."""
        return service.Beginning(
            parse_id(self.parent_id, "unit"),
            units.UnitNames.checked(self.name_vi, self.name_en, self.short_name),
            self.code.strip().upper(),
            self.level,
            self.kind,
            self.region,
            units.UnitFacts.checked(province=self.province, commune=self.commune),
        )


@strawberry.input(description="Units that merge into one: name an existing one or one that begins.")
class MergeUnitsInput:
    sources: list[strawberry.ID] = strawberry.field(
        description="The units that close, 1 to 1,000; you must be an admin of the unit above each of them."
    )
    into: strawberry.ID | None = strawberry.field(
        default=None, description="The unit that takes them in; you must be an admin of it."
    )
    into_new: BeginningUnitInput | None = strawberry.field(
        default=None, description="The unit that begins with them, instead of `into`."
    )
    children_to: strawberry.ID | None = strawberry.field(
        default=None, description="Where units directly below the sources go; to the successor when left out."
    )
    carry_grants: bool = strawberry.field(
        default=False, description="Whether who holds a role on a source gets the same role on the successor."
    )
    on: date | None = strawberry.field(default=None, description=_ON)
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")

    async def carry_out(self, caller: Caller) -> tuple[UUID, int]:
        """Merge; return the successor and the version of the tree that this makes."""
        into = _into(self.into, self.into_new)
        outcome = await service.merge_units(
            caller,
            [parse_id(source, "unit") for source in self.sources],
            into,
            self.on,
            _decision(self.decision),
            children_to=_unit(self.children_to),
            gives_grants=self.carry_grants,
        )
        return into.id if isinstance(into, service.Beginning) else into, outcome.change.version


@strawberry.input(description="A part of a unit that is split: goes to an existing unit or to one that begins.")
class SplitPartInput:
    into: strawberry.ID | None = strawberry.field(
        default=None, description="The unit that takes the part in; you must be an admin of it."
    )
    into_new: BeginningUnitInput | None = strawberry.field(
        default=None, description="The unit that begins with the part, instead of `into`."
    )
    share: str | None = strawberry.field(
        default=None,
        description="Its share of the people as a decimal number from 0 to 1, such as `0.25`; parts without one get "
        "equal parts of the rest, which is then labelled an assumption.",
    )
    children: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Units directly below the source that go with this part."
    )
    takes_other_children: bool = strawberry.field(
        default=False, description="Whether it takes the units below the source that no part names."
    )

    def part(self) -> service.Part:
        """Return the part."""
        return service.Part(
            _into(self.into, self.into_new),
            _share(self.share),
            [parse_id(child, "unit") for child in self.children],
            self.takes_other_children,
        )


@strawberry.input(description="A unit that is split into parts.")
class SplitUnitInput:
    source: strawberry.ID = strawberry.field(
        description="The unit; you must be an admin of the unit directly above it."
    )
    parts: list[SplitPartInput] = strawberry.field(description="What becomes of it, at most 100 parts.")
    source_continues: bool = strawberry.field(
        default=False, description="Whether it goes on with what the parts leave; else it closes."
    )
    on: date | None = strawberry.field(default=None, description=_ON)
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")

    async def carry_out(self, caller: Caller) -> tuple[UUID, int]:
        """Split; return the source and the version of the tree that this makes."""
        source = parse_id(self.source, "unit")
        outcome = await service.split_unit(
            caller,
            source,
            [part.part() for part in self.parts],
            self.on,
            _decision(self.decision),
            source_continues=self.source_continues,
        )
        return source, outcome.change.version


@strawberry.input(description="A unit that ends without a successor.")
class DissolveUnitInput:
    id: strawberry.ID = strawberry.field(description="The unit; you must be an admin of the unit directly above it.")
    children_to: strawberry.ID | None = strawberry.field(
        default=None, description="Where units directly below it go; without it there must be none."
    )
    on: date | None = strawberry.field(
        default=None, description="The first day without it, at most five years ahead; today when left out."
    )
    decision: DecisionInput | None = strawberry.field(default=None, description="What the change rests on.")

    async def carry_out(self, caller: Caller) -> tuple[UUID, int]:
        """Dissolve; return the unit and the version of the tree that this makes."""
        unit_id = parse_id(self.id, "unit")
        outcome = await service.dissolve_unit(
            caller, unit_id, self.on, _decision(self.decision), children_to=_unit(self.children_to)
        )
        return unit_id, outcome.change.version


@strawberry.input(description="A change of the tree that is to be undone.")
class UndoReorganisationInput:
    id: strawberry.ID = strawberry.field(
        description="The change; you must be an admin of the unit above each unit that it concerned."
    )
    decision: DecisionInput | None = strawberry.field(default=None, description="What the undoing rests on.")

    async def carry_out(self, caller: Caller) -> object:
        """Undo it at once, however much hangs on it."""
        return await service.undo_reorganisation(caller, self.change(), _decision(self.decision))

    async def begin(self, caller: Caller) -> service.Outcome | UUID:
        """Undo it; return what came of it, or the id of the run when that takes longer."""
        return await service.undo_now_or_later(caller, self.change(), _decision(self.decision))

    async def check_later(self, caller: Caller) -> UUID:
        """Have it checked in the background; return the id of the run."""
        return await service.submit_undo(caller, self.change(), _decision(self.decision), applies=False)

    async def is_large(self) -> bool:
        """Whether it takes longer than anybody waits."""
        return await service.is_large(self.change())

    def change(self) -> UUID:
        """Return the id of the change."""
        return parse_id(self.id, "reorganisation")


@strawberry.input(description="The change to be previewed: exactly one of the fields.")
class PreviewReorganisationInput:
    merge: MergeUnitsInput | None = strawberry.field(default=None, description="As in `mergeUnits`.")
    split: SplitUnitInput | None = strawberry.field(default=None, description="As in `splitUnit`.")
    dissolve: DissolveUnitInput | None = strawberry.field(default=None, description="As in `dissolveUnit`.")
    undo: UndoReorganisationInput | None = strawberry.field(default=None, description="As in `undoReorganisation`.")
    create: CreateUnitInput | None = strawberry.field(default=None, description="As in `createUnit`.")
    rename: RenameUnitInput | None = strawberry.field(default=None, description="As in `renameUnit`.")
    change: ChangeUnitInput | None = strawberry.field(default=None, description="As in `changeUnit`.")
    move: MoveUnitInput | None = strawberry.field(default=None, description="As in `moveUnit`.")

    def chosen(self, caller: Caller) -> Change:
        """Return the one change that is asked for."""
        asked = [given for name in self.__annotations__ if (given := getattr(self, name)) is not None]
        if len(asked) != 1:
            raise InvalidInput("input", "phải nêu đúng một thay đổi.", "must name exactly one change.")
        (only,) = asked
        if isinstance(only, CreateUnitInput | RenameUnitInput | ChangeUnitInput | MoveUnitInput):
            return lambda: _of_one_unit(caller, only)
        return lambda: only.carry_out(caller)


async def _of_one_unit(
    caller: Caller, input: CreateUnitInput | RenameUnitInput | ChangeUnitInput | MoveUnitInput
) -> object:
    decision = _decision(input.decision)
    if isinstance(input, CreateUnitInput):
        return await units.create_unit(caller, input.new_unit(), decision)
    unit_id = parse_id(input.id, "unit")
    if isinstance(input, RenameUnitInput):
        return await units.rename_unit(caller, unit_id, input.names(), input.on, decision)
    if isinstance(input, ChangeUnitInput):
        return await units.change_unit(caller, unit_id, input.changes(), input.on, decision)
    return await units.move_unit(caller, unit_id, parse_id(input.parent_id, "unit"), input.on, decision)


def _into(existing: strawberry.ID | None, new: BeginningUnitInput | None) -> UUID | service.Beginning:
    if (existing is None) == (new is None):
        raise InvalidInput("into", "nêu into hoặc intoNew.", "name one of into and intoNew.")
    return new.begins() if new else parse_id(existing or "", "unit")


def _unit(text: strawberry.ID | None) -> UUID | None:
    return parse_id(text, "unit") if text is not None else None


def _share(text: str | None) -> Decimal | None:
    try:
        share = Decimal(text) if text is not None else None
    except InvalidOperation as error:
        raise InvalidInput("share", "không phải là số.", "is not a number.") from error
    if share is not None and not share.is_finite():
        raise InvalidInput("share", "không phải là số.", "is not a number.")
    return share


def _decision(given: DecisionInput | None) -> units.Decision | None:
    return given.checked() if given else None
