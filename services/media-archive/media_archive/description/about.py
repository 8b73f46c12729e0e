"""Who made a material, who and what is to be seen in it, and for whom it is meant: checked, kept and read.

Names of people are personal data: they are kept here and in the search index, in no log and in no audit entry; taken
out here, they are gone with the index's next look. What is purged takes them with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import InvalidInput, UnknownCode
from media_archive.assets.description import cleaned
from media_archive.places.service import require_known

MOST_PEOPLE, MOST_PLACES, MOST_CODES = 50, 20, 20
LONGEST_NAME = 200
LONGEST_CREATOR = 300

_OURS = {"events": "union_event", "audiences": "audience"}
_ORGS = {"age_bands": "age_band", "genders": "gender", "regions": "region"}


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a material; in a change, None leaves a thing as it is."""

    creator: str | None = None
    people: tuple[str, ...] | None = None
    places: tuple[str, ...] | None = None
    place_codes: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    audiences: tuple[str, ...] | None = None
    age_bands: tuple[str, ...] | None = None
    genders: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None

    def said(self) -> dict[str, str | tuple[str, ...]]:
        """Return what is not left as it is, by its column."""
        every = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in every.items() if value is not None}


COLUMNS = tuple(one.name for one in fields(About))
NOTHING: dict[str, object] = {"creator": "", **{name: [] for name in COLUMNS[1:]}}


async def about_of(asset_ids: Sequence[UUID]) -> dict[UUID, dict[str, object]]:
    """Return what is said of assets that were shown to the caller already; every column, empty where nothing is."""
    found = await db.rows(
        f"SELECT asset_id, {', '.join(COLUMNS)} FROM asset_about WHERE asset_id = ANY($1::uuid[])", list(asset_ids)
    )
    known = {row["asset_id"]: {name: row[name] for name in COLUMNS} for row in found}
    return {one: known.get(one, dict(NOTHING)) for one in asset_ids}


async def terms(vocabulary: str) -> list[Record]:
    """Return today's terms of one of the archive's own vocabularies, in order: code, vi, en."""
    return await db.rows(
        """SELECT code, vi, en FROM archive_term
           WHERE vocabulary = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) ORDER BY position""",
        vocabulary,
        today(),
    )


async def orgs_terms(vocabulary: str) -> list[Record]:
    """Return today's terms of one of org's vocabularies, in org's order: code, vi, en."""
    return await db.rows(
        """SELECT code, vi, en FROM term
           WHERE vocabulary = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)
           ORDER BY position, code""",
        vocabulary,
        today(),
    )


async def checked(about: About) -> dict[str, object]:
    """Return what is said, cleaned, by column; InvalidInput or UnknownCode for what can't be said."""
    said: dict[str, object] = {}
    for name, value in about.said().items():
        if isinstance(value, str):
            said[name] = _name(name, value, LONGEST_CREATOR)
        elif name in ("people", "places"):
            said[name] = _names(name, value, MOST_PEOPLE if name == "people" else MOST_PLACES)
        else:
            said[name] = await _codes(name, value)
    return said


def _names(field: str, names: Sequence[str], most: int) -> list[str]:
    if len(names) > most:
        raise InvalidInput(field, f"nhiều nhất {most} tên", f"at most {most} names")
    return list(dict.fromkeys(clean for name in names if (clean := _name(field, name, LONGEST_NAME))))


def _name(field: str, name: str, most: int) -> str:
    clean = " ".join(cleaned(name).split())
    if len(clean) > most:
        raise InvalidInput(field, f"nhiều nhất {most} ký tự", f"at most {most} characters")
    return clean


async def _codes(field: str, codes: Sequence[str]) -> list[str]:
    if len(codes) > MOST_CODES:
        raise InvalidInput(field, f"nhiều nhất {MOST_CODES} mã", f"at most {MOST_CODES} codes")
    unique = list(dict.fromkeys(codes))
    if field == "place_codes":
        await require_known(field, unique)
        return unique
    vocabulary = _OURS.get(field) or _ORGS[field]
    known = await (terms(vocabulary) if field in _OURS else orgs_terms(vocabulary)) if unique else []
    unknown = [code for code in unique if code not in {row["code"] for row in known}]
    if unknown:
        raise UnknownCode(field, vocabulary, unknown[0], today())
    return unique


async def keep(asset_id: UUID, said: Mapping[str, object]) -> None:
    """Write what `checked` returned, or some of it, inside the transaction that tells of it."""
    columns, places = ", ".join(said), ", ".join(f"${place}" for place in range(2, len(said) + 2))
    await db.execute(
        f"""INSERT INTO asset_about (asset_id, {columns}) VALUES ($1, {places})
            ON CONFLICT (asset_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in said)}""",
        asset_id,
        *said.values(),
    )
