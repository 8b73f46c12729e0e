"""Questions about what changed the tree, and changes that concern several units at once."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from kit.calendar import today
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from org.exchange.runs import import_state
from org.exchange.types import ImportRun
from org.headcounts.service.carry import CarriedHeadcountsCorrected
from org.reorganisations import service
from org.reorganisations.inputs import (
    DissolveUnitInput,
    MergeUnitsInput,
    PreviewReorganisationInput,
    SplitUnitInput,
    UndoReorganisationInput,
)
from org.reorganisations.types import Reorganisation, ReorganisationPreview
from org.units import service as units
from org.units.types import Unit


@strawberry.type(description="The units were merged.")
class MergeUnitsSuccess:
    unit: Unit = strawberry.field(description="The unit that took them in.")
    reorganisation: Reorganisation = strawberry.field(description="The change.")


@strawberry.type(description="The unit was split.")
class SplitUnitSuccess:
    unit: Unit = strawberry.field(description="The unit that was split; see its successors.")
    reorganisation: Reorganisation = strawberry.field(description="The change.")


@strawberry.type(description="The unit was dissolved.")
class DissolveUnitSuccess:
    unit: Unit = strawberry.field(description="The unit as it was last.")
    reorganisation: Reorganisation = strawberry.field(description="The change.")


@strawberry.type(description="The change was undone.")
class UndoReorganisationSuccess:
    reorganisation: Reorganisation = strawberry.field(description="The undoing, which is a change of its own.")


@strawberry.type(description="The change is large: it is being undone in the background, or not at all.")
class UndoReorganisationStarted:
    run: ImportRun = strawberry.field(
        description="Ask again (`importRun`) until it is `applied`, or `refused` with the reason as a remark."
    )


@strawberry.type(description="The change is large: what it would do is being found out in the background.")
class PreviewReorganisationStarted:
    run: ImportRun = strawberry.field(
        description="Ask again (`importRun`): once it is `ready`, its `preview` tells, and `applyImport` does it."
    )


@strawberry.type(description="The change was tried and taken back.")
class PreviewReorganisationSuccess:
    preview: ReorganisationPreview = strawberry.field(description="What it would do.")


_REFUSALS = (
    service.UnitHasChildren,
    service.CarriedHeadcountTooLarge,
    units.UnitNameTaken,
    units.UnitCodeTaken,
    units.UnitCycle,
    units.UnitLevelNotAllowed,
    units.UnitParentNotThere,
    units.UnitClosed,
    units.UnitDateBackwards,
    units.UnitDateTooFar,
)
_UNDO_REFUSALS = (
    service.ReorganisationInUse,
    service.ReorganisationUndone,
    CarriedHeadcountsCorrected,
)

MergeUnitsResult = result("MergeUnitsResult", MergeUnitsSuccess, *_REFUSALS)
SplitUnitResult = result("SplitUnitResult", SplitUnitSuccess, *_REFUSALS)
DissolveUnitResult = result("DissolveUnitResult", DissolveUnitSuccess, *_REFUSALS)
UndoReorganisationResult = result(
    "UndoReorganisationResult",
    UndoReorganisationSuccess,
    UndoReorganisationStarted,
    service.ReorganisationBeingUndone,
    *_UNDO_REFUSALS,
    units.UnitNameTaken,
    units.UnitCodeTaken,
    units.UnitCycle,
    units.UnitParentNotThere,
)
PreviewReorganisationResult = result(
    "PreviewReorganisationResult",
    PreviewReorganisationSuccess,
    PreviewReorganisationStarted,
    service.ReorganisationBeingUndone,
    *_REFUSALS,
    *_UNDO_REFUSALS,
)


@strawberry.type
class ReorganisationQuery:
    """Root fields of changes of the tree."""

    @strawberry.field(description="A change of the tree. NOT_FOUND when there is none.")
    async def reorganisation(
        self, id: Annotated[strawberry.ID, strawberry.argument(description="The change's id.")]
    ) -> Reorganisation | None:
        return Reorganisation.of(await service.find_reorganisation(parse_id(id, "reorganisation")))

    @strawberry.field(
        description="Changes of the tree, the newest day first, undone ones included. Null when an argument is refused."
    )
    async def reorganisations(
        self,
        first: First = 20,
        after: After = None,
        unit: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only changes that concerned this unit itself.")
        ] = None,
        kind: Annotated[str | None, strawberry.argument(description="Only this kind, such as `merge`.")] = None,
        since: Annotated[
            date | None, strawberry.argument(description="Only changes that hold from this day or a later one.")
        ] = None,
        until: Annotated[
            date | None, strawberry.argument(description="Only changes that hold from a day before this one.")
        ] = None,
    ) -> Connection[Reorganisation] | None:
        asked = window(first, after, str, int)
        wanted = service.ReorganisationFilter(parse_id(unit, "unit") if unit is not None else None, kind, since, until)
        rows = await service.reorganisations(wanted, asked.limit, asked.after)
        return asked.page(rows, Reorganisation.of, lambda row: (row["effective_on"].isoformat(), row["version"]))


@strawberry.type
class ReorganisationMutation:
    """Changes that concern several units at once."""

    @mutation(
        MergeUnitsResult,
        description="Merge units into one. They close and are known for ever by their successor, which gets the units "
        "below them, and their headcounts as of the day; their officers' terms and roles end. You must be an admin of "
        "the unit above each source, and of the successor.",
    )
    async def merge_units(
        self, info: Info, input: Annotated[MergeUnitsInput, strawberry.argument(description="What merges into what.")]
    ) -> MergeUnitsSuccess:
        successor, version = await input.carry_out(info.context.caller)
        made = await _made(info, version)
        return MergeUnitsSuccess(unit=await _on(successor, made.effective_on), reorganisation=made)

    @mutation(
        SplitUnitResult,
        description="Split a unit into parts with shares of its people. You must be an admin of the unit above it, and "
        "of each part.",
    )
    async def split_unit(
        self, info: Info, input: Annotated[SplitUnitInput, strawberry.argument(description="What is split into what.")]
    ) -> SplitUnitSuccess:
        source, version = await input.carry_out(info.context.caller)
        made = await _made(info, version)
        # One that closes is shown as it is last.
        day = made.effective_on if input.source_continues else made.effective_on - timedelta(days=1)
        return SplitUnitSuccess(unit=await _on(source, day), reorganisation=made)

    @mutation(
        DissolveUnitResult,
        description="Let a unit end without a successor; what it leaves is kept by the unit above it, of which you "
        "must be an admin.",
    )
    async def dissolve_unit(
        self, info: Info, input: Annotated[DissolveUnitInput, strawberry.argument(description="What ends.")]
    ) -> DissolveUnitSuccess:
        unit_id, version = await input.carry_out(info.context.caller)
        made = await _made(info, version)
        return DissolveUnitSuccess(unit=await _on(unit_id, made.effective_on - timedelta(days=1)), reorganisation=made)

    @mutation(
        UndoReorganisationResult,
        description="Undo a change of the tree while nothing later depends on it: afterwards everything is as if it "
        "had not been made. You must be an admin of the unit above each unit that it concerned. A change of thousands "
        "of units is undone in the background: the answer is then `UndoReorganisationStarted`.",
    )
    async def undo_reorganisation(
        self, info: Info, input: Annotated[UndoReorganisationInput, strawberry.argument(description="Which change.")]
    ) -> UndoReorganisationSuccess | UndoReorganisationStarted:
        done = await input.begin(info.context.caller)
        if isinstance(done, service.Outcome):
            return UndoReorganisationSuccess(reorganisation=await _made(info, done.change.version))
        return UndoReorganisationStarted(run=await _run(info, done))

    @mutation(
        PreviewReorganisationResult,
        description="Tell everything that a change would do, or why it would be refused, without making it. It needs "
        "the same rights as the change. Undoing a change of thousands of units is tried in the background: the answer "
        "is then `PreviewReorganisationStarted`.",
    )
    async def preview_reorganisation(
        self,
        info: Info,
        input: Annotated[PreviewReorganisationInput, strawberry.argument(description="The change to be tried.")],
    ) -> PreviewReorganisationSuccess | PreviewReorganisationStarted:
        caller = info.context.caller
        change = input.chosen(caller)
        if input.undo and await input.undo.is_large():
            return PreviewReorganisationStarted(run=await _run(info, await input.undo.check_later(caller)))
        effects = await service.previewed(caller, change)
        return PreviewReorganisationSuccess(preview=ReorganisationPreview.of(effects))


async def _on(unit_id: UUID, day: date) -> Unit:
    """Return a unit as of a day that lies ahead; as it is known today when the day has come."""
    as_of = day if day > today() else None
    return Unit.of(await units.find_unit(unit_id, as_of), as_of)


async def _run(info: Info, run_id: UUID) -> ImportRun:
    return ImportRun.of(await import_state(info.context.caller, run_id))


async def _made(info: Info, version: int) -> Reorganisation:
    row = await info.context.loaders.lineage.reorganisation_by_version.load(version)
    assert row is not None
    return Reorganisation.of(row)
