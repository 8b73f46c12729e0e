"""Telling the owners of saved searches of what came in: each material once, while they may see it.

What it costs. Searches are not asked again of the whole archive: the log of changes says which materials came in or
changed since the last run, at most 500 at once are put into an index in memory, and every search is asked of these
few. So 10,000 saved searches take less than a second of one core (`python run.py bench saved-searches`), however large
the archive is, and only in a run for which something came in. Materials older than 30 days are no news: a topic's new
name, which touches every material on it, costs nothing. A search whose notice is full waits until somebody looks.

A run may die at any moment: notices, events and how far the log was read are written in one transaction.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.events import publish_all
from kit.jobs import job
from media_archive.assets.visibility import sight_of
from media_archive.collections.new_materials import NewMaterials
from media_archive.collections.questions import SavedQuestion, understood
from media_archive.collections.standing import KNOWN_STANDING, owner, units_of
from media_archive.search.log import changes_after
from media_archive.search.reading import assets_to_index
from media_archive.units.service import paths_of

log = logging.getLogger("media_archive.collections")

MOST_TOLD = 100
"""Materials that one notice tells of; what is more is counted when its owner looks."""
_CHANGES_AT_ONCE = 500
_SEARCHES_AT_ONCE = 1_000
_BATCHES_A_RUN = 40
_NEW_DAYS = 30
_KEPT_DAYS = 90

# Those of which somebody can be told something: what came in after all have looked is looked at when one has not.
_NEW = """
SELECT id, added_at FROM asset
WHERE state = 'kept' AND (id = ANY($1::uuid[]) OR (embargo_until > $2 AND embargo_until <= $3))
  AND added_at > now() - make_interval(days => $4) AND added_at > (SELECT min(seen_at) FROM saved_search)
"""

_SEARCHES = f"""
SELECT id, subject, question, seen_at, {KNOWN_STANDING} AS standing FROM saved_search
WHERE id > $1 AND seen_at < $2
  AND NOT EXISTS (SELECT FROM search_notice AS open WHERE open.search_id = saved_search.id AND open.seen_at IS NULL
                  AND cardinality(open.asset_ids) >= {MOST_TOLD})
ORDER BY id LIMIT {_SEARCHES_AT_ONCE}
"""

# The searches are locked: whoever looks at this moment, or forgets one, did so before or does after.
_TELL = f"""
WITH search AS (
    SELECT id, seen_at FROM saved_search WHERE id = ANY($1::uuid[]) ORDER BY id FOR SHARE),
fresh AS (
    SELECT found.search_id, array_agg(asset.id ORDER BY asset.added_at, asset.id) AS asset_ids
    FROM unnest($1::uuid[], $2::uuid[]) AS found (search_id, asset_id)
         JOIN search ON search.id = found.search_id
         JOIN asset ON asset.id = found.asset_id AND asset.added_at > search.seen_at
    WHERE NOT EXISTS (SELECT FROM search_notice AS known
                      WHERE known.search_id = found.search_id AND found.asset_id = ANY(known.asset_ids))
    GROUP BY found.search_id)
INSERT INTO search_notice AS notice (id, search_id, asset_ids)
SELECT gen_random_uuid(), search_id, asset_ids[1:{MOST_TOLD}] FROM fresh ORDER BY search_id
ON CONFLICT (search_id) WHERE seen_at IS NULL
DO UPDATE SET asset_ids = (notice.asset_ids || excluded.asset_ids)[1:{MOST_TOLD}]
RETURNING id, search_id, xmax = 0 AS is_new
"""


@job("media_archive.tell_of_new_materials", timeout=600, tries=1)
async def tell_of_new_materials() -> None:
    """Make notices for saved searches that find something new, and forget notices after 90 days."""
    for _ in range(_BATCHES_A_RUN):
        if not await _tell_of_batch():
            break
    await db.execute("DELETE FROM search_notice WHERE made_at < now() - make_interval(days => $1)", _KEPT_DAYS)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Changes up to a place in the log that were not looked at yet, and days of which none was."""

    after: int
    upto: int
    since: date
    day: date
    asset_ids: list[UUID]


async def _tell_of_batch() -> bool:
    """Look at the next changes; False when there are none."""
    batch = await _next_batch()
    if batch is None:
        return False
    new = await db.rows(_NEW, batch.asset_ids, batch.since, batch.day, _NEW_DAYS)
    found = await _found(new) if new else []
    async with db.transaction():
        moved = await db.value(
            "UPDATE search_watch SET position = $2, day = $4 WHERE (position, day) = ($1, $3) RETURNING true",
            batch.after,
            batch.upto,
            batch.since,
            batch.day,
        )
        # Another worker looked at the same ones, and told of them.
        if moved and found:
            told = await db.rows(_TELL, [search_id for search_id, _ in found], [asset_id for _, asset_id in found])
            await publish_all(
                "search.found",
                [{"id": str(row["id"]), "saved_search_id": str(row["search_id"])} for row in told if row["is_new"]],
            )
    return True


async def _next_batch() -> _Batch | None:
    watch = await db.row("SELECT position, day FROM search_watch")
    assert watch is not None  # the migration made it
    after, day = watch["position"], max(watch["day"], today())
    said = await changes_after(after, _CHANGES_AT_ONCE)
    if said.pruned > after:
        log.warning("changes up to %s are forgotten: saved searches tell nothing of them", said.pruned)
        said = await changes_after(said.pruned, _CHANGES_AT_ONCE)
    upto = said.numbers[-1] if said.numbers else max(after, said.pruned)
    if (upto, day) == (after, watch["day"]):
        return None
    return _Batch(after, upto, watch["day"], day, list(set(said.asset_ids)))


async def _found(new: Sequence[Record]) -> list[tuple[UUID, UUID]]:
    """Return which search finds which of the new materials, with its owner's eyes."""
    added = {str(row["id"]): row["added_at"] for row in new}
    assets = await assets_to_index(list({row["id"] for row in new}), today())
    index = await asyncio.to_thread(NewMaterials, assets)
    found: list[tuple[UUID, UUID]] = []
    after = UUID(int=0)
    while searches := await db.rows(_SEARCHES, after, max(added.values())):
        asked = [(row, orjson.loads(row["standing"]), understood(row["question"])) for row in searches]
        paths = await paths_of(list(_units(asked)))
        found += await asyncio.to_thread(_answers, index, asked, paths, added)
        after = searches[-1]["id"]
    return found


_Asked = Sequence[tuple[Record, Any, SavedQuestion | None]]
"""Searches with their owners' standing and what they ask."""


def _units(asked: _Asked) -> set[UUID]:
    looked_at = {question.unit_id for _, _, question in asked if question and question.unit_id}
    return looked_at | {unit_id for _, standing, _ in asked for unit_id in units_of(standing)}


def _answers(
    index: NewMaterials, asked: _Asked, paths: dict[UUID, str], added: dict[str, datetime]
) -> list[tuple[UUID, UUID]]:
    return [(row["id"], UUID(one)) for row, one in _matches(index, asked, paths) if added[one] > row["seen_at"]]


def _matches(index: NewMaterials, asked: _Asked, paths: dict[UUID, str]) -> Iterator[tuple[Record, str]]:
    for row, standing, question in asked:
        if question is None or (question.unit_id is not None and question.unit_id not in paths):
            continue
        path = paths[question.unit_id] if question.unit_id else None
        sight = sight_of(owner(row["subject"], standing, paths))
        for one in index.found(question.asked(sight, path), MOST_TOLD):
            yield row, one
