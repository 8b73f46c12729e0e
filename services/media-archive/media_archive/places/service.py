"""The read model of org's places: learnt from events, asked by all that describes a material and shows it.

A code is given again to another place: on a material it means what it meant on the day on which that was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from kit import db
from kit.calendar import today
from kit.errors import UnknownCode
from kit.events import Event
from media_archive.assets.changes import record_changes_of_places

VOCABULARY = "place"
_KINDS = {2: "province", 3: "district", 5: "commune"}
_CALLED = {
    "province": ("Tỉnh, thành phố", "Provinces"),
    "district": ("Quận, huyện", "Districts"),
    "commune": ("Xã, phường, đặc khu", "Communes"),
}
_ALL_CALLED = ("Tỉnh, huyện, xã", "Provinces, districts and communes")


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place of a material as it is called, with the district and province it lies in.

    `day`: one on which its code meant it.
    """

    code: str
    vi: str
    en: str
    day: date


def kind_of(code: str) -> str | None:
    """Return which kind of place a code can be of, by its length; None for what is no code."""
    return _KINDS.get(len(code)) if code.isascii() and code.isdigit() else None


async def require_known(field: str, codes: Sequence[str]) -> None:
    """Raise UnknownCode for the first code that never was a place's: an old photo may show one that is no more.

    While org has told no place of a kind, codes of the kind are judged by their form: not everybody loads communes.
    """
    kinds = {code: kind_of(code) for code in codes}
    formed = [code for code, kind in kinds.items() if kind]
    known = await db.rows(
        """SELECT code FROM unnest($1::text[], $2::text[]) AS asked (code, kind)
           WHERE EXISTS (SELECT FROM place WHERE place.code = asked.code)
              OR NOT EXISTS (SELECT FROM place WHERE place.kind = asked.kind)""",
        formed,
        [kinds[code] for code in formed],
    )
    unknown = kinds.keys() - {row["code"] for row in known}
    for code, kind in kinds.items():
        if code in unknown:
            raise UnknownCode(field, VOCABULARY, code, today(), _CALLED[kind] if kind else _ALL_CALLED)


async def places_of(asset_ids: Sequence[UUID]) -> dict[UUID, list[KnownPlace]]:
    """Return the places that codes name at assets which were shown to the caller already, in the order of the codes.

    A code of which org has not told is left out.
    """
    found: dict[UUID, list[KnownPlace]] = {one: [] for one in asset_ids}
    for row in await db.rows(
        """SELECT asset_id, called.* FROM asset_about JOIN asset ON asset.id = asset_about.asset_id
           CROSS JOIN LATERAL places_called(place_codes, created_on) AS called
           WHERE asset_id = ANY($1::uuid[]) AND place_codes <> '{}'""",
        list(asset_ids),
    ):
        found[row["asset_id"]].append(KnownPlace(row["code"], row["vi"], row["en"], row["day"]))
    return found


_LEARN = """
INSERT INTO place (code, kind, since, until, name_vi, name_en, parent_code, province_code)
SELECT code, kind, coalesce(since, '-infinity'), until, name_vi, name_en, parent_code, province_code
FROM jsonb_to_recordset($1::jsonb) AS told (
    code text, kind text, since date, until date, name_vi text, name_en text, parent_code text, province_code text)
"""


async def apply_places(event: Event) -> None:
    """Codes mean other places than we knew, or none any more; materials there are found by the new names."""
    told = event.payload["places"]
    codes: list[str] = [place["code"] for place in told]
    before = await _meanings(codes)
    await db.execute("DELETE FROM place WHERE code = ANY($1::text[])", codes)
    versions = [{**one, "code": place["code"], "kind": place["kind"]} for place in told for one in place["versions"]]
    await db.execute(_LEARN, orjson.dumps(versions).decode())
    now = await _meanings(codes)
    await record_changes_of_places([code for code in codes if before.get(code) != now.get(code)])


async def _meanings(codes: Sequence[str]) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in await db.rows(
        """SELECT code, since, until, name_vi, name_en, parent_code, province_code FROM place
           WHERE code = ANY($1::text[]) ORDER BY since""",
        list(codes),
    ):
        found.setdefault(row["code"], []).append(tuple(row))
    return found


async def forget_places() -> None:
    """Forget what org told, before its stream is read again."""
    await db.execute("DELETE FROM place")
