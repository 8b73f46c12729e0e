"""What hangs on a unit with days of its own ends when the unit does, and comes back when that is undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.events import publish_all
from org.access.service.moments import midnight
from org.channels.announce import announce_channels_of
from org.reorganisations.service.plan import Plan
from org.units.service.change import Change

ENDED, REMOVED, GIVEN = "ended", "removed", "given"
REASON = "reorganised"
"""The term of the vocabulary `appointment_end_reason`."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A table whose rows hang on a unit for the days in `span`; `key` says that `t` and `was` are one row."""

    table: str
    key: str
    ending: str = ""
    restoring: str = ""
    span: str = "valid"


_BY_ID = "t.id = was.id"
# Posts before the departments that they are in: nothing may outlive what it is part of, not even within the change.
DATED_THINGS = (
    Dated("appointment", _BY_ID, f", end_reason = '{REASON}'", ", end_reason = was.end_reason"),
    Dated("collaborator", _BY_ID),
    Dated("post", _BY_ID),
    Dated("department_version", _BY_ID),
    # One that was held is no plan: a unit does not close before it (checks).
    Dated("training_class", _BY_ID, span="held"),
    Dated("channel_version", "t.channel_id = was.channel_id AND lower(t.valid) = lower(was.valid)"),
    Dated(
        "unit_group_member",
        "t.group_id = was.group_id AND t.unit_id = was.unit_id AND lower(t.valid) = lower(was.valid)",
    ),
)
_PERSONAL = ("subject", "granted_by", "ended_by")


async def cut(change: Change, units: Sequence[UUID]) -> None:
    """End on the day of the change what hangs on units that close; take away what would begin later."""
    for thing in DATED_THINGS:
        span = thing.span
        await db.execute(
            f"""WITH was AS MATERIALIZED (
                  SELECT * FROM {thing.table} WHERE unit_id = ANY($1) AND {span} && daterange($2, NULL)),
                noted AS (
                  INSERT INTO reorganisation_cut (version, kind, unit_id, what, was)
                  SELECT $3, '{thing.table}', was.unit_id,
                         CASE WHEN lower(was.{span}) >= $2 THEN '{REMOVED}' ELSE '{ENDED}' END, to_jsonb(was) FROM was),
                removed AS (DELETE FROM {thing.table} AS t USING was WHERE {thing.key} AND lower(was.{span}) >= $2)
                UPDATE {thing.table} AS t SET {span} = daterange(lower(t.{span}), $2){thing.ending}
                FROM was WHERE {thing.key} AND coalesce(lower(was.{span}) < $2, true)""",
            list(units),
            change.on,
            change.version,
        )
    await announce_channels_of(units)
    await _end_grants(change, units)


async def _end_grants(change: Change, units: Sequence[UUID]) -> None:
    # What somebody was allowed to do until now can't be taken back: a grant ends now, or on a day that lies ahead.
    told = await db.rows(
        f"""WITH moment AS (SELECT greatest($2::timestamptz, clock_timestamp()) AS at),
            was AS MATERIALIZED (
              SELECT role_grant.* FROM role_grant, moment
              WHERE unit_id = ANY($1) AND valid && tstzrange(moment.at, NULL)),
            noted AS (
              INSERT INTO reorganisation_cut (version, kind, unit_id, what, was, subject, granted_by, ended_by)
              SELECT $3, 'role_grant', unit_id, CASE WHEN lower(valid) >= moment.at THEN '{REMOVED}' ELSE '{ENDED}' END,
                     to_jsonb(was) - $4::text[], subject, granted_by, ended_by FROM was, moment),
            removed AS (
              DELETE FROM role_grant AS t USING was, moment WHERE {_BY_ID} AND lower(was.valid) >= moment.at),
            ended AS (
              UPDATE role_grant AS t SET valid = tstzrange(lower(t.valid), moment.at), ended_by = $5, end_reason = $6
              FROM was, moment WHERE {_BY_ID} AND lower(was.valid) < moment.at)
            SELECT DISTINCT subject FROM was""",
        list(units),
        midnight(change.on),
        change.version,
        list(_PERSONAL),
        change.caller.subject,
        REASON,
    )
    await _forget_passports(told)


async def give_grants(change: Change, plan: Plan) -> None:
    """Give who held a role on a unit that was merged the same role on its successor, for as long as it was to hold."""
    given = await db.rows(
        f"""WITH held AS (
              SELECT transfer.successor_id, cut.subject, cut.was->>'role' AS role,
                     range_agg((cut.was->>'valid')::tstzrange
                               * tstzrange(greatest($2::timestamptz, clock_timestamp()), NULL)) AS spans
              FROM reorganisation_cut AS cut
              JOIN unnest($3::uuid[], $4::uuid[]) AS transfer (source_id, successor_id)
                ON transfer.source_id = cut.unit_id
              WHERE cut.version = $1 AND cut.kind = 'role_grant' GROUP BY 1, 2, 3),
            given AS (
              INSERT INTO role_grant (subject, role, unit_id, valid, granted_by, reason)
              SELECT subject, role, successor_id, span, $5, $6
              FROM held CROSS JOIN LATERAL unnest(spans) AS span
              WHERE NOT EXISTS (
                SELECT FROM role_grant AS own WHERE own.subject = held.subject AND own.role = held.role
                  AND own.unit_id = held.successor_id AND own.valid && span)
              RETURNING *)
            INSERT INTO reorganisation_cut (version, kind, unit_id, what, was, subject, granted_by)
            SELECT $1, 'role_grant', unit_id, '{GIVEN}', to_jsonb(given) - $7::text[], subject, granted_by
            FROM given RETURNING subject""",
        change.version,
        midnight(change.on),
        [transfer.source_id for transfer in plan.transfers],
        [transfer.successor_id for transfer in plan.transfers],
        change.caller.subject,
        REASON,
        list(_PERSONAL),
    )
    await _forget_passports(given)


async def restore(version: int) -> None:
    """Give back what a change ended or took away, and take what it gave; what somebody ended otherwise stays so."""
    for thing in reversed(DATED_THINGS):
        await _restore(version, thing)
    channels = await db.rows(
        "SELECT DISTINCT unit_id FROM reorganisation_cut WHERE version = $1 AND kind = 'channel_version'", version
    )
    await announce_channels_of([row["unit_id"] for row in channels])
    told = await db.rows(
        "SELECT DISTINCT subject FROM reorganisation_cut WHERE version = $1 AND kind = 'role_grant'", version
    )
    await db.execute(
        f"""DELETE FROM role_grant USING reorganisation_cut AS cut
            WHERE cut.version = $1 AND cut.what = '{GIVEN}' AND role_grant.id = (cut.was->>'id')::uuid""",
        version,
    )
    await db.execute(
        f"""UPDATE role_grant AS t SET valid = was.valid, ended_by = cut.ended_by, end_reason = was.end_reason
            FROM reorganisation_cut AS cut, jsonb_populate_record(NULL::role_grant, cut.was) AS was
            WHERE cut.version = $1 AND cut.kind = 'role_grant' AND cut.what = '{ENDED}'
              AND {_BY_ID} AND t.end_reason = $2 AND t.subject NOT LIKE 'erased:%'""",
        version,
        REASON,
    )
    await db.execute(
        f"""INSERT INTO role_grant
            SELECT was.* FROM reorganisation_cut AS cut,
              jsonb_populate_record(NULL::role_grant, cut.was || jsonb_build_object(
                'subject', cut.subject, 'granted_by', cut.granted_by, 'ended_by', cut.ended_by)) AS was
            WHERE cut.version = $1 AND cut.kind = 'role_grant' AND cut.what = '{REMOVED}'
              AND cut.subject NOT LIKE 'erased:%'""",
        version,
    )
    await db.execute("DELETE FROM reorganisation_cut WHERE version = $1", version)
    await _forget_passports(told)


async def _restore(version: int, thing: Dated) -> None:
    # Nothing is written anew about somebody who was erased meanwhile.
    known = (
        "AND EXISTS (SELECT FROM person WHERE person.id = was.person_id AND person.erased_on IS NULL)"
        if thing.table in ("appointment", "collaborator")
        else ""
    )
    source = f"""reorganisation_cut AS cut, jsonb_populate_record(NULL::{thing.table}, cut.was) AS was,
                 reorganisation AS made
                 WHERE made.version = $1 AND cut.version = $1 AND cut.kind = '{thing.table}' {known}"""
    await db.execute(
        f"""UPDATE {thing.table} AS t SET {thing.span} = was.{thing.span}{thing.restoring} FROM {source}
              AND cut.what = '{ENDED}' AND {thing.key} AND upper(t.{thing.span}) = made.effective_on""",
        version,
    )
    await db.execute(f"INSERT INTO {thing.table} SELECT was.* FROM {source} AND cut.what = '{REMOVED}'", version)


async def _forget_passports(rows: Sequence[db.Record]) -> None:
    await publish_all("grant.changed", [{"subject": row["subject"]} for row in rows])
