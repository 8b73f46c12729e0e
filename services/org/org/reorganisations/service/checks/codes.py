"""Codes that a plan writes: vocabularies and the statistics office's lists have them on its day."""

from uuid import UUID

from kit import db
from kit.errors import InvalidInput, UnknownCode
from org.places.service import is_listed, unknown_place
from org.reorganisations.service.checks.violations import MOST, Violation
from org.reorganisations.service.plan import Plan
from org.vocabularies.service import codes_on, vocabulary_names


async def unknown_terms(plan: Plan) -> list[Violation]:
    """Return units of a level, kind or region that its vocabulary does not have that day."""
    columns = {"level": "level", "kind": "unit_kind", "region": "region"}
    written = [(beginning.id, beginning.columns()) for beginning in plan.begins] + list(plan.changes.items())
    known = {column: await codes_on(vocabulary, plan.on) for column, vocabulary in columns.items()}
    called = await vocabulary_names()
    return [
        Violation(
            unit_id, UnknownCode(column, vocabulary, str(values[column]), plan.on, called.get(vocabulary)), column
        )
        for unit_id, values in written
        for column, vocabulary in columns.items()
        if values.get(column) is not None and values[column] not in known[column]
    ][:MOST]


async def unknown_places(plan: Plan) -> list[Violation]:
    """Return units at places that the statistics office does not list that day; communes where it lists any.

    Of a unit that goes on, what is not changed counts as well: a commune stays only where the province does.
    """
    places = [(one.id, one.facts.province, one.facts.commune, False) for one in plan.begins]
    places += await _changed_places(plan)
    rows = await db.rows(
        """SELECT kind, code, name_vi, province_code FROM place WHERE valid @> $1::date
           AND (kind = 'province' OR kind = 'commune' AND code = ANY($2))""",
        plan.on,
        list({commune for _, _, commune, _ in places if commune}),
    )
    listed = {(row["kind"], row["code"]): row for row in rows}
    has_communes = await is_listed("commune", plan.on)
    found = list[Violation]()
    for unit_id, province, commune, is_kept in places:
        known = listed.get(("commune", commune or ""))
        if province and ("province", province) not in listed:
            found.append(Violation(unit_id, unknown_place("province", "province", province, plan.on), "province"))
        elif commune and known is None and has_communes:
            found.append(Violation(unit_id, unknown_place("commune", "commune", commune, plan.on), "commune"))
        elif province and known and known["province_code"] != province:
            is_in = listed.get(("province", known["province_code"]), known)
            found.append(Violation(unit_id, _elsewhere(known, is_in, listed["province", province], is_kept), "commune"))
    return found[:MOST]


async def _changed_places(plan: Plan) -> list[tuple[UUID, str | None, str | None, bool]]:
    """Return (unit, province, commune, whether the commune stays) of units that change one of the two."""
    changed = {unit_id: new for unit_id, new in plan.changes.items() if new.keys() & {"province", "commune"}}
    rows = await db.rows("SELECT id, province, commune FROM units_on($1) WHERE id = ANY($2)", plan.on, list(changed))
    places = list[tuple[UUID, str | None, str | None, bool]]()
    for row in rows:
        new = changed[row["id"]]
        province, commune = (new.get(name, row[name]) for name in ("province", "commune"))
        if (province, commune) != (row["province"], row["commune"]):
            places.append((row["id"], _text(province), _text(commune), "commune" not in new))
    return places


def _text(value: object) -> str | None:
    return str(value) if value is not None else None


def _elsewhere(commune: db.Record, is_in: db.Record, asked: db.Record, is_kept: bool) -> InvalidInput:
    it, home, other = (f"“{place['name_vi']}” ({place['code']})" for place in (commune, is_in, asked))
    hint_vi, hint_en = ("; hãy đổi cả xã", "; change the commune as well") if is_kept else ("", "")
    return InvalidInput(
        "commune",
        f"{it} thuộc {home}, không thuộc {other}{hint_vi}.",
        f"{it} is in {home}, not in {other}{hint_en}.",
    )
