"""What happened to a material, put together from the trail and from what keeping and making left behind."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.db import Record

# Each kind of event has a key that is its own, so that two of one moment have an order.
_EVENTS = """
    SELECT audit.at, audit.action AS type, 'a' || lpad(audit.id::text, 19, '0') AS key, audit.after::text AS detail,
           audit.subject = 'system' AS is_automatic
    FROM audit WHERE audit.kind = 'asset' AND audit.thing_id = wanted.id::text
    UNION ALL
    SELECT fixity_check.at, 'file.' || fixity_check.outcome, 'f' || lpad(fixity_check.id::text, 19, '0'),
           jsonb_build_object('version', min(asset_version.number))::text, TRUE
    FROM asset_version JOIN fixity_check ON fixity_check.sha256 = asset_version.sha256
    WHERE asset_version.asset_id = wanted.id GROUP BY fixity_check.id
    UNION ALL
    SELECT rendition.changed_at, 'rendition.' || rendition.state, 'r' || rendition.name,
           jsonb_strip_nulls(jsonb_build_object('name', rendition.name, 'reason', rendition.reason))::text, TRUE
    FROM rendition WHERE rendition.asset_id = wanted.id AND rendition.state IN ('done', 'failed')
    UNION ALL
    SELECT asset_text.changed_at, 'text.' || asset_text.state, 't' || asset_text.source,
           jsonb_strip_nulls(jsonb_build_object('source', asset_text.source, 'reason', asset_text.reason))::text, TRUE
    FROM asset_text WHERE asset_text.asset_id = wanted.id AND asset_text.state IN ('done', 'failed')
"""


async def events_of(asset_ids: Sequence[UUID], limit: int, after: Sequence[object] | None) -> dict[UUID, list[Record]]:
    """Return the events of each material, the last first, up to `limit` of each.

    That the caller contributes in the materials' units has been asked before. `since` is microseconds since 1970.
    """
    since, key = (after[0], after[1]) if after else (2**62, "")
    found = await db.rows(
        f"""SELECT wanted.id AS asset_id, event.* FROM unnest($1::uuid[]) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT *, (extract(epoch FROM at) * 1000000)::bigint AS since FROM ({_EVENTS}) AS every
                WHERE ((extract(epoch FROM at) * 1000000)::bigint, key) < ($3::bigint, $4::text)
                ORDER BY at DESC, key DESC LIMIT $2) AS event
            ORDER BY event.at DESC, event.key DESC""",
        list(asset_ids),
        limit,
        since,
        key,
    )
    events: dict[UUID, list[Record]] = {one: [] for one in asset_ids}
    for row in found:
        events[row["asset_id"]].append(row)
    return events
