"""The read model of org's channels: learnt from events, asked by all that tells where a material was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from kit import db
from kit.calendar import today
from kit.events import Event
from kit.identity import Caller, scope_predicate

# What a kind is called today; one of which org told no name is called by its code.
_KIND = """LEFT JOIN term ON term.vocabulary = 'channel_kind' AND term.code = channel.kind
    AND term.valid_from <= $1 AND (term.valid_to IS NULL OR term.valid_to > $1)"""
_COLUMNS = """channel.id, channel.unit_id, channel.name, coalesce(term.vi, channel.kind) AS kind_vi,
    coalesce(term.en, channel.kind) AS kind_en"""


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A channel as it is, or was last, called."""

    id: UUID
    unit_id: UUID
    name: str
    kind_vi: str
    kind_en: str


async def channels_to_choose(caller: Caller, unit_ids: Sequence[UUID], most: int = 200) -> list[KnownChannel]:
    """Return what these units have today and the caller may see: unit by unit along the tree, then by kind and name.

    Everybody may see public channels, others who holds a role on the unit.
    """
    in_scope, scopes = scope_predicate(caller, "worker", "unit.path", 4)
    found = await db.rows(
        f"""SELECT {_COLUMNS} FROM channel JOIN unit ON unit.id = channel.unit_id AND unit.closed_on IS NULL {_KIND}
            WHERE channel.unit_id = ANY($2::uuid[]) AND channel.since <= $1
              AND (channel.until IS NULL OR channel.until > $1) AND (channel.is_public OR {in_scope})
            ORDER BY unit.path, term.position, channel.kind, vi_fold(channel.name), channel.id LIMIT $3""",
        today(),
        list(unit_ids),
        most,
        *scopes,
    )
    return [KnownChannel(**row) for row in found]


async def channels_called(caller: Caller, ids: Sequence[str]) -> dict[str, KnownChannel]:
    """Return, by id, the channels that org told us of and that the caller may see, closed ones as they were last."""
    in_scope, scopes = scope_predicate(caller, "worker", "unit.path", 3)
    found = await db.rows(
        f"""SELECT DISTINCT ON (channel.id) {_COLUMNS}
            FROM channel LEFT JOIN unit ON unit.id = channel.unit_id {_KIND}
            WHERE channel.id::text = ANY($2::text[]) AND (channel.is_public OR {in_scope})
            ORDER BY channel.id, channel.since <= $1 DESC, CASE WHEN channel.since <= $1 THEN channel.since END DESC,
                     channel.since""",
        today(),
        sorted({one.lower() for one in ids if one}),
        *scopes,
    )
    return {str(row["id"]): KnownChannel(**row) for row in found}


_LEARN = """
INSERT INTO channel (id, since, until, unit_id, kind, name, is_public)
SELECT * FROM jsonb_to_recordset($1::jsonb) AS told (
    id uuid, since date, until date, unit_id uuid, kind text, name text, is_public boolean)
"""


async def apply_channels(event: Event) -> None:
    """Channels are others than we knew: all that was told of each is replaced."""
    told = event.payload["channels"]
    await db.execute("DELETE FROM channel WHERE id = ANY($1::uuid[])", [UUID(one["id"]) for one in told])
    versions = [
        {**version, "id": one["id"], "unit_id": one["unit_id"], "kind": one["kind"]}
        for one in told
        for version in one["versions"]
    ]
    await db.execute(_LEARN, orjson.dumps(versions).decode())


async def forget_channels() -> None:
    """Forget what org told, before its stream is read again."""
    await db.execute("DELETE FROM channel")
