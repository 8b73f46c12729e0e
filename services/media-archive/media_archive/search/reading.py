"""What PostgreSQL says about assets, as the index keeps it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
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
    (SELECT string_agg(DISTINCT term.vi, E'\\n') FROM term
     WHERE term.vocabulary = 'topic' AND term.code = ANY(asset.topics)) AS topic_names
FROM asset WHERE asset.id = ANY($1::uuid[]) AND asset.state = 'kept'"""

_TEXTS = """SELECT asset_id, source, text FROM asset_text
            WHERE asset_id = ANY($1::uuid[]) AND text <> '' ORDER BY asset_id, source"""


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
        sight=tokens_of(row, row["granted"], day),
        passages=tuple(stretch for text in texts for stretch in passages(text["source"], text["text"])),
    )
