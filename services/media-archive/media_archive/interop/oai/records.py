"""Reading what harvesters are told: records in the order of changes, and the sets they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from kit import db
from kit.db import Record
from kit.identity import ANONYMOUS
from kit.paths import parents
from media_archive.assets.visibility import visible_to
from media_archive.interop.oai.asking import Place, set_of
from media_archive.places.service import KnownPlace, places_of

_COLUMNS = """oai_record.asset_id, oai_record.number, oai_record.datestamp, oai_record.unit_path,
    oai_record.is_deleted OR asset.id IS NULL AS is_deleted"""
_DESCRIBED = """, asset.title, asset.description, asset.language, asset.topics, asset.source, asset.created_on,
    asset.is_made_up, asset_kind.code AS kind, asset_kind.vi AS kind_vi, asset_kind.en AS kind_en,
    stored_file.media_type, asset.licence, licence.vi AS licence_vi, licence.en AS licence_en,
    licence.url AS licence_url, asset.rights_holder, asset_about.creator, asset_about.places"""
_MATERIAL = """(asset JOIN stored_file USING (sha256) JOIN asset_kind ON asset_kind.code = asset.kind
    JOIN licence ON licence.code = asset.licence LEFT JOIN asset_about ON asset_about.asset_id = asset.id)"""
_BEGINNING, _END = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Names:
    """What a page of records refers to: units by path, topics by code; by material: public collections, sources and
    places on record.
    """

    units: dict[str, Record]
    topics: dict[str, Record]
    collections: dict[UUID, list[UUID]]
    sources: dict[UUID, list[UUID]]
    places: dict[UUID, list[KnownPlace]]

    def sets(self, row: Record) -> list[str]:
        """Return the sets of a record: its unit, those above, and public collections."""
        path: str = row["unit_path"]
        above = [self.units[one]["id"] for one in (*parents(path), path) if one in self.units]
        collected = self.collections.get(row["asset_id"], [])
        return [f"unit:{one}" for one in above] + [f"collection:{one}" for one in collected]


async def records(place: Place, limit: int, *, described: bool) -> list[Record]:
    """Return up to `limit` records after a place, in the order of changes.

    What stopped being public and is not stamped yet is told as deleted: nothing is shown a second too long.
    """
    arguments: list[object] = [
        _moment(place.since, _BEGINNING),
        _moment(place.until, _END),
        datetime.fromtimestamp(place.datestamp, UTC),
        place.number,
        limit,
    ]
    condition = await _in_set(place.set, arguments)
    public, scopes = visible_to(ANONYMOUS, len(arguments) + 1)
    return await db.rows(
        f"""SELECT {_COLUMNS}{_DESCRIBED if described else ""} FROM (
                SELECT * FROM oai_record WHERE datestamp >= $1 AND datestamp <= $2
                    AND (datestamp, number) > ($3, $4::bigint) AND {condition}
                ORDER BY datestamp, number LIMIT $5) AS oai_record
            LEFT JOIN {_MATERIAL}
                ON asset.id = oai_record.asset_id AND NOT oai_record.is_deleted AND {public}
            ORDER BY oai_record.datestamp, oai_record.number""",
        *arguments,
        *scopes,
    )


async def record(asset_id: UUID) -> Record | None:
    """Return one record, described; None when it never was public."""
    public, scopes = visible_to(ANONYMOUS, 2)
    return await db.row(
        f"""SELECT {_COLUMNS}{_DESCRIBED} FROM oai_record
            LEFT JOIN {_MATERIAL}
                ON asset.id = oai_record.asset_id AND NOT oai_record.is_deleted AND {public}
            WHERE oai_record.asset_id = $1""",
        asset_id,
        *scopes,
    )


async def earliest() -> datetime | None:
    """Return the first stamp there is."""
    return await db.value("SELECT min(datestamp) FROM oai_record")


async def names(found: Sequence[Record]) -> Names:
    """Return what records refer to."""
    paths = {above for row in found for above in (*parents(row["unit_path"]), row["unit_path"])}
    topics = {topic for row in found if "topics" in row for topic in row["topics"] or ()}
    units = await db.rows("SELECT path, id, name_vi, name_en FROM unit WHERE path = ANY($1::text[])", sorted(paths))
    terms = await db.rows(
        """SELECT DISTINCT ON (code) code, vi, en FROM term WHERE vocabulary = 'topic' AND code = ANY($1::text[])
           ORDER BY code, valid_from DESC""",
        sorted(topics),
    )
    collected = await db.rows(
        """SELECT collection_item.asset_id, collection.id FROM collection_item
           JOIN collection ON collection.id = collection_item.collection_id AND collection.visibility = 'public'
           WHERE collection_item.asset_id = ANY($1::uuid[]) ORDER BY 2""",
        [row["asset_id"] for row in found],
    )
    public, scopes = visible_to(ANONYMOUS, 2)
    adapted = await db.rows(
        f"""SELECT derivation.asset_id, asset.id FROM derivation JOIN asset ON asset.id = derivation.source_id
            WHERE derivation.asset_id = ANY($1::uuid[]) AND {public} ORDER BY derivation.id""",
        [row["asset_id"] for row in found if not row["is_deleted"]],
        *scopes,
    )
    places = await places_of([row["asset_id"] for row in found if not row["is_deleted"]])
    by_path, by_code = {row["path"]: row for row in units}, {row["code"]: row for row in terms}
    return Names(by_path, by_code, _by_asset(collected), _by_asset(adapted), places)


def _by_asset(found: Sequence[Record]) -> dict[UUID, list[UUID]]:
    by_asset: dict[UUID, list[UUID]] = {}
    for row in found:
        by_asset.setdefault(row["asset_id"], []).append(row["id"])
    return by_asset


async def sets(place: Place, limit: int) -> list[Record]:
    """Return up to `limit` sets after a place: units below which there are records, then public collections."""
    return await db.rows(
        """SELECT * FROM (
               SELECT 'unit:' || id AS spec, 'u' || path AS path, name_vi, name_en FROM unit
               WHERE EXISTS (SELECT FROM oai_record
                             WHERE unit_path >= unit.path AND unit_path < unit.path || '~')
               UNION ALL
               SELECT 'collection:' || id, 'c' || id, title, title FROM collection WHERE visibility = 'public'
           ) AS one WHERE path COLLATE "C" > $1 ORDER BY path COLLATE "C" LIMIT $2""",
        place.path,
        limit,
    )


async def _in_set(name: str | None, arguments: list[object]) -> str:
    """Return SQL for the records of a set, with what it needs put to the arguments; no such set has no records."""
    if name is None:
        return "TRUE"
    kind, identifier = set_of(name)
    if kind == "collection":
        arguments.append(UUID(identifier))
        return f"""asset_id IN (SELECT asset_id FROM collection_item JOIN collection ON collection.id = collection_id
                   WHERE collection.id = ${len(arguments)} AND collection.visibility = 'public')"""
    path = await db.value("SELECT path FROM unit WHERE id = $1", UUID(identifier))
    if path is None:
        return "FALSE"
    arguments.append(path)
    return f"(unit_path >= ${len(arguments)} AND unit_path < ${len(arguments)} || '~')"


def _moment(seconds: int | None, otherwise: datetime) -> datetime:
    return otherwise if seconds is None else datetime.fromtimestamp(seconds, UTC)
