"""What a check found that would change, kept beside its run until that is applied: it can be read to its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from kit import db
from kit.identity import Caller, scope_predicate
from org.reorganisations.service.effects import (
    LISTS,
    CutEffect,
    Effect,
    EffectPage,
    Effects,
    require_same,
    told,
    untold,
)

_AT_ONCE = 5_000
# A run is checked once; what was found then does not change any more.
_MARK = "kept"


async def keep_effects(run_id: UUID, effects: Effects) -> None:
    """Write down what a check found, in the transaction that says that it was checked."""
    for name, found in effects.lists.items():
        for start in range(0, len(found), _AT_ONCE):
            await _write(run_id, name, start, found[start : start + _AT_ONCE])
    summary = {"on": effects.on, "totals": effects.totals, "others": effects.others}
    await db.execute("UPDATE import_run SET effects = $2::jsonb WHERE id = $1", run_id, orjson.dumps(summary).decode())


async def _write(run_id: UUID, name: str, start: int, effects: Sequence[Effect]) -> None:
    cuts = [effect if isinstance(effect, CutEffect) else None for effect in effects]
    await db.execute(
        """INSERT INTO import_effect (run_id, list, position, unit_id, path, thing_id, person_id, told)
           SELECT $1, $2, $3 + found.position, found.unit_id, found.path, found.thing_id, found.person_id, found.told
           FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::jsonb[])
             WITH ORDINALITY AS found (unit_id, path, thing_id, person_id, told, position)""",
        run_id,
        name,
        start,
        [effect.unit_id for effect in effects],
        [effect.path for effect in effects],
        [cut.thing_id if cut else None for cut in cuts],
        [cut.person_id if cut else None for cut in cuts],
        [told(effect).decode() for effect in effects],
    )


@dataclass(frozen=True, slots=True)
class KeptEffects:
    """What the check of a run found; who may see the run is asked before."""

    run_id: UUID
    on: date
    totals: dict[str, int]
    others: dict[str, int]

    @classmethod
    def of(cls, run: db.Record) -> "KeptEffects | None":
        """Return what is kept beside a run; None when nothing is."""
        if run["effects"] is None:
            return None
        summary = orjson.loads(run["effects"])
        return cls(run["id"], date.fromisoformat(summary["on"]), summary["totals"], summary["others"])

    async def page(self, caller: Caller, name: str, limit: int, after: tuple[int, str] | None) -> EffectPage:
        """Return up to `limit` of a list after (position, mark); of headcounts those that the caller may see now."""
        require_same(_MARK, after)
        seen, scopes = scope_predicate(caller, "analyst", "path", 5) if name == "headcounts" else ("TRUE", [])
        rows = await db.rows(
            f"""SELECT position, unit_id, path::text, thing_id, person_id, told FROM import_effect
                WHERE run_id = $1 AND list = $2 AND position > $3 AND {seen} ORDER BY position LIMIT $4""",
            self.run_id,
            name,
            after[0] if after else 0,
            limit,
            *scopes,
        )
        return EffectPage([row["position"] for row in rows], [_effect(name, row) for row in rows], _MARK)


def _effect(name: str, row: db.Record) -> Effect:
    ids = {"thing_id": row["thing_id"], "person_id": row["person_id"]} if LISTS[name] is CutEffect else {}
    return untold(LISTS[name], row["unit_id"], row["path"], row["told"], **ids)
