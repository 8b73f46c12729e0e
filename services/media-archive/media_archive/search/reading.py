"""What PostgreSQL says about assets, as the index keeps it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from kit import db
from kit.db import Record
from kit.paths import WIDTH
from media_archive.assets.visibility import tokens_of
from media_archive.search.documents import IndexedAsset
from media_archive.search.passages import passages

_ASSETS = """
SELECT asset.id, asset.unit_path, asset.kind, asset.visibility, asset.hidden, asset.embargo_until, asset.lease_until,
    asset.topics, asset.language, asset.created_on, asset.added_at, asset.title, asset.description, asset.licence,
    asset_words(asset.id) AS words,
    ARRAY(SELECT unit.path FROM asset_grant JOIN unit ON unit.id = asset_grant.unit_id
          WHERE asset_grant.asset_id = asset.id AND coalesce(asset_grant.until > $2, TRUE)) AS granted,
    ARRAY(SELECT person_grant.account FROM person_grant
          WHERE person_grant.asset_id = asset.id AND person_grant.until > $2) AS people,
    (SELECT string_agg(DISTINCT term.vi, E'\\n') FROM term
     WHERE term.vocabulary = 'topic' AND term.code = ANY(asset.topics)) AS topic_names
FROM asset WHERE asset.id = ANY($1::uuid[]) AND asset.state = 'kept'"""

_TEXTS = """SELECT asset_id, source, text FROM asset_text
            WHERE asset_id = ANY($1::uuid[]) AND text <> '' ORDER BY asset_id, source"""

# Along the index of lists: what is left of the unit the last block ended in, then the units behind it.
_BLOCK = """
(SELECT id, unit_path, added_at FROM asset WHERE unit_path = $1 AND (added_at, id) < ($2, $3)
 ORDER BY added_at DESC, id DESC LIMIT $4)
UNION ALL
(SELECT id, unit_path, added_at FROM asset WHERE unit_path > $1 ORDER BY unit_path, added_at DESC, id DESC LIMIT $4)
ORDER BY unit_path, added_at DESC, id DESC LIMIT $4"""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Block:
    """Some assets that follow one another in the order they are indexed in, and where the last one stands."""

    ids: list[UUID]
    unit_path: str
    added_at: datetime
    last: UUID


async def block_after(block: Block | None) -> Block | None:
    """Return the next assets, unit by unit along the tree, the newest of a unit first; None after the last.

    What lies together in the index is found together: who searches a province reads one stretch of every list of
    words, where assets in any other order would be spread over the whole of it.
    """
    place = (
        (block.unit_path, block.added_at, block.last) if block else ("", datetime.min.replace(tzinfo=UTC), UUID(int=0))
    )
    found = await db.rows(_BLOCK, *place, _AT_ONCE)
    if not found:
        return None
    last = found[-1]
    return Block([row["id"] for row in found], last["unit_path"], last["added_at"], last["id"])


async def assets_to_index(ids: Sequence[UUID], day: date) -> list[IndexedAsset]:
    """Return those of the assets that are kept, with all that is searched, seen as of a day."""
    found = await db.rows(_ASSETS, list(ids), day)
    texts: dict[UUID, list[Record]] = defaultdict(list)
    for row in await db.rows(_TEXTS, [row["id"] for row in found]):
        texts[row["asset_id"]].append(row)
    return [_asset(row, texts[row["id"]], day) for row in found]


def _asset(row: Record, texts: list[Record], day: date) -> IndexedAsset:
    path: str = row["unit_path"]
    parts = [row["description"], row["topic_names"], row["words"], *(text["text"] for text in texts)]
    return IndexedAsset(
        id=str(row["id"]),
        title=row["title"],
        text="\n".join(part for part in parts if part),
        units=tuple(path[start : start + WIDTH] for start in range(0, len(path), WIDTH)),
        kind=row["kind"],
        topics=tuple(row["topics"]),
        language=row["language"],
        rights=row["licence"],
        created_on=row["created_on"],
        added_at=row["added_at"],
        sight=tokens_of(row, row["granted"], row["people"], day),
        passages=tuple(stretch for text in texts for stretch in passages(text["source"], text["text"])),
    )
