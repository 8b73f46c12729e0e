"""What goes into a bag: a collection, all of a unit, or what a search finds, as far as whoever asks is given it.

Contributors of a material's unit are given originals, all others the copies made for them; damaged files and materials
without such a copy are left out and counted. Somebody has to be signed in, and the trail tells of it.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from uuid import UUID, uuid4

from kit import db
from kit.audit import record
from kit.db import Record
from kit.errors import DomainError
from kit.identity import Caller
from media_archive.assets.visibility import visible_to
from media_archive.collections.service import collection
from media_archive.collections.visibility import collections_visible_to
from media_archive.files.naming import given_name
from media_archive.keeping.bags import Bag, BaggedFile
from media_archive.renditions.plans import PUBLIC
from media_archive.search.asking import Facet
from media_archive.search.service import all_that_answer
from media_archive.units.service import find_unit
from media_archive.uploads.media_types import BY_NAME, TEXT

MOST_FILES = 10_000
"""A bag holds no more materials."""

_FILE = """asset.*, unit.name_vi AS unit_name, original.size, original.media_type, original.damage,
    rendition.sha256 AS copy_sha256, copy.size AS copy_size, copy.media_type AS copy_type, copy.damage AS copy_damage"""
# $1 is the name of the copies for everybody.
_FROM = """asset JOIN stored_file AS original ON original.sha256 = asset.sha256
    LEFT JOIN unit ON unit.id = asset.unit_id
    LEFT JOIN rendition ON rendition.asset_id = asset.id AND rendition.name = $1
    LEFT JOIN stored_file AS copy ON copy.sha256 = rendition.sha256"""


class BagTooLarge(DomainError):
    """A bag holds no more files than so many; parts can be exported one by one."""

    code = "BAG_TOO_LARGE"
    vi = "Có quá nhiều tài liệu để xuất một lần (tối đa {most}). Hãy xuất từng phần."
    en = "There are too many materials to export at once (at most {most}). Export them part by part."
    extra = {"most": int}


async def bag_of_collection(caller: Caller, collection_id: UUID) -> Bag:
    """Return what the caller is given of a collection and of those inside it; BagTooLarge beyond 10,000."""
    caller.require_someone()
    row = await collection(caller, collection_id)
    found = await _in_collection(caller, collection_id)
    found.sort(key=lambda file: (file["place"], file["position"]))
    name = await db.value("SELECT name_vi FROM unit WHERE id = $1", row["unit_id"])
    bag = _bag(caller, row["title"], str(collection_id), name or "", found)
    await _tell(caller, "collection.exported", row["unit_id"], "collection", bag)
    return bag


async def bag_of_unit(caller: Caller, unit_id: UUID) -> Bag:
    """Return all that a unit and those below it have, unit by unit; needs a contributor. BagTooLarge beyond 10,000."""
    caller.require_someone()
    unit = await find_unit(unit_id)
    caller.require("contributor", unit.path)
    visible, arguments = visible_to(caller, 4)
    found = await db.rows(
        f"""SELECT {_FILE}, unit.name_vi AS part_of FROM {_FROM}
            WHERE asset.unit_path >= $3 AND asset.unit_path < $3 || '~' AND {visible}
            ORDER BY asset.unit_path, asset.added_at, asset.id LIMIT $2""",
        PUBLIC,
        MOST_FILES + 1,
        unit.path,
        *arguments,
    )
    bag = _bag(caller, unit.name_vi, str(unit_id), unit.name_vi, found)
    await _tell(caller, "unit.exported", unit_id, "unit", bag)
    return bag


async def bag_of_search(
    caller: Caller, query: str, *, within: UUID | None = None, filters: Mapping[Facet, Sequence[str]] | None = None
) -> Bag:
    """Return all that a search finds for the caller, what was added last first; BagTooLarge beyond 10,000.

    Other refusals as of `search_assets`.
    """
    caller.require_someone()
    unit = await find_unit(within) if within else None
    ids = await all_that_answer(
        caller, query, within_path=unit.path if unit else None, filters=filters or {}, most=MOST_FILES
    )
    visible, arguments = visible_to(caller, 3)
    found = await db.rows(
        f"""SELECT {_FILE}, unit.name_vi AS part_of
            FROM unnest($2::uuid[]) WITH ORDINALITY AS answer (asset_id, place)
            JOIN ({_FROM}) ON asset.id = answer.asset_id
            WHERE {visible} ORDER BY answer.place""",
        PUBLIC,
        ids,
        *arguments,
    )
    title = " ".join(
        filter(None, ["Kết quả tìm kiếm:", query.strip() or "tất cả", f"({unit.name_vi})" if unit else ""])
    )
    bag = _bag(caller, title, str(uuid4()), unit.name_vi if unit else "", found)
    await _tell(caller, "search.exported", within, "search", bag)
    return bag


async def is_still_given(caller: Caller, bag: Bag) -> bool:
    """Whether the caller may still see all that a bag holds."""
    visible, arguments = visible_to(caller, 2)
    ids = [one.row["id"] for one in bag.files]
    seen = await db.value(f"SELECT count(*) FROM asset WHERE id = ANY($1::uuid[]) AND {visible}", ids, *arguments)
    return seen == len(ids)


async def _tell(caller: Caller, action: str, unit_id: UUID | None, kind: str, bag: Bag) -> None:
    """What was searched for may be a name, so the trail is told how much left, and not which words found it."""
    async with db.transaction():
        await record(caller, action, unit_id, kind, bag.external_id, None, {"files": len(bag.files)})


def _bag(caller: Caller, title: str, external_id: str, unit: str, found: Sequence[Record]) -> Bag:
    if len(found) > MOST_FILES:
        raise BagTooLarge(most=MOST_FILES)
    given = [one for one in (_given(caller, number, row) for number, row in enumerate(found, 1)) if one is not None]
    return Bag(title, external_id, unit, given, len(found) - len(given))


async def _in_collection(caller: Caller, collection_id: UUID) -> list[Record]:
    inside, places = collections_visible_to(caller, 4)
    visible, arguments = visible_to(caller, 4 + len(places))
    return await db.rows(
        f"""WITH RECURSIVE chosen AS (
                SELECT id, 0 AS level, ARRAY[sort_key] AS place, title FROM collection WHERE id = $3
                UNION ALL
                SELECT collection.id, level + 1, chosen.place || collection.sort_key, collection.title
                FROM chosen JOIN collection ON collection.parent_id = chosen.id WHERE {inside})
            SELECT DISTINCT ON (asset.id) {_FILE}, chosen.title AS part_of, chosen.place, collection_item.position
            FROM chosen JOIN collection_item ON collection_item.collection_id = chosen.id
            JOIN ({_FROM}) ON asset.id = collection_item.asset_id
            WHERE {visible} ORDER BY asset.id, chosen.level LIMIT $2""",
        PUBLIC,
        MOST_FILES + 1,
        collection_id,
        *places,
        *arguments,
    )


def _given(caller: Caller, number: int, row: Record) -> BaggedFile | None:
    """Return what the caller is given of a material; None when it is damaged, or an original alone."""
    name = given_name(row["file_name"].replace("%", "_"), row["media_type"])
    # A plain text has no place for what its words do not say: it is its own public copy.
    if row["media_type"] == TEXT.name or caller.may("contributor", row["unit_path"]):
        file = BaggedFile(f"{number:05}/{name}", row["sha256"], row["size"], row["media_type"], row)
        return file if row["damage"] is None else None
    if row["copy_sha256"] is None or row["copy_damage"] is not None:
        return None
    name = str(PurePath(name).with_suffix(f".{BY_NAME[row['copy_type']].ending}"))
    return BaggedFile(f"{number:05}/{name}", row["copy_sha256"], row["copy_size"], row["copy_type"], row)
