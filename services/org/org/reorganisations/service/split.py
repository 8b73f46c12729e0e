"""Splitting a unit into parts that exist or begin, each with its share of the people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput
from kit.identity import Caller
from org.reorganisations.service.carrying_out import Outcome, carry_out, reorganising, require_admin_above
from org.reorganisations.service.merge import keep_beside_source, taken_into
from org.reorganisations.service.plan import Beginning, Plan, Transfer, shared_out
from org.units.service.change import Decision

MOST_PARTS = 100


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes of a part of a unit: where it goes, its share (None: not known), and the units that go with it.

    One part may take all units below the source that none names.
    """

    into: UUID | Beginning
    share: Decimal | None = None
    children: Sequence[UUID] = ()
    takes_other_children: bool = False


async def split_unit(
    caller: Caller,
    source_id: UUID,
    parts: Sequence[Part],
    on: date | None = None,
    decision: Decision | None = None,
    *,
    source_continues: bool = False,
) -> Outcome:
    """Split a unit from a day on (None: today); it closes, unless it goes on with what the parts leave.

    The caller is an admin above the source and of each part (of the unit above one that begins). Shares are exact to
    eight decimals and sum to 1; parts without one get equal parts of the rest, which is then an assumption.
    """
    caller.require_someone()
    async with reorganising():
        plan = Plan("split", on or today())
        await require_admin_above(caller, [source_id])
        if not (1 if source_continues else 2) <= len(parts) <= MOST_PARTS:
            raise InvalidInput("parts", f"phải có từ 2 đến {MOST_PARTS} phần.", f"must be between 2 and {MOST_PARTS}.")
        shares = shared_out([part.share for part in parts], keeps_rest=source_continues)
        successors = [await taken_into(caller, plan, part.into) for part in parts]
        if len({source_id, *successors}) <= len(parts):
            raise InvalidInput("parts", "có đơn vị lặp lại.", "name a unit twice, or the source itself.")
        plan.transfers = [
            Transfer(source_id, successor, units, is_assumed)
            for successor, (units, is_assumed) in zip(successors, shares, strict=True)
        ]
        await _place_children(plan, source_id, parts, successors)
        rest = [successor for successor, part in zip(successors, parts, strict=True) if part.takes_other_children]
        if source_continues:
            plan.changes.setdefault(source_id, {})
        else:
            plan.closes[source_id] = rest[0] if rest else None
            for successor in successors:
                await keep_beside_source(plan, successor)
        return await carry_out(caller, plan, decision)


async def _place_children(plan: Plan, source_id: UUID, parts: Sequence[Part], successors: Sequence[UUID]) -> None:
    named = [child for part in parts for child in part.children]
    own = await db.rows("SELECT id FROM units_on($2) WHERE parent_id = $1 AND id = ANY($3)", source_id, plan.on, named)
    if len(own) < len(named):
        raise InvalidInput(
            "children",
            "có đơn vị lặp lại hoặc không trực thuộc đơn vị được chia.",
            "names a unit twice, or one that is not directly below the source that day.",
        )
    if sum(part.takes_other_children for part in parts) > 1:
        raise InvalidInput("takesOtherChildren", "chỉ một phần nhận các đơn vị còn lại.", "is for one part only.")
    for part, successor in zip(parts, successors, strict=True):
        for child in part.children:
            plan.changes.setdefault(child, {})["parent_id"] = successor
