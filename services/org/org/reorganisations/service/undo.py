"""Undoing a change of the tree while nothing depends on it: afterwards the tree is what it would be without it."""

from collections.abc import Sequence
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from kit.paths import WIDTH
from org.audit.service import record
from org.headcounts.service.carry import forget_carried
from org.reorganisations.service import checks, cuts
from org.reorganisations.service.carrying_out import Outcome, PlanRefused, Step, quietly, reorganising
from org.units.service import announce_gone, announce_rewritten, derive_paths, units_by_id
from org.units.service.change import Change, Decision, begin
from org.units.service.versions import DATED

MOST_NAMED = 10
_COLUMNS = ", ".join(("unit_id", "number", "since", "until", "made_in", *DATED))

# Where rows name units, in people's words; a table that is not listed is named as it is.
_THINGS = {
    "unit_version": ("đơn vị trực thuộc", "units below"),
    "succession": ("quan hệ kế thừa", "successions"),
    "headcount_publication": ("số liệu đoàn viên, lao động", "headcounts"),
    "appointment": ("chức danh", "appointments"),
    "collaborator": ("cộng tác viên", "collaborators"),
    "department": ("ban", "departments"),
    "post": ("định biên", "posts"),
    "person": ("hồ sơ cán bộ", "people on record"),
    "training_class": ("lớp bồi dưỡng", "training classes"),
    "channel": ("kênh truyền thông", "channels"),
    "unit_group": ("nhóm đơn vị", "groups of units"),
    "unit_group_set": ("bộ nhóm đơn vị", "sets of groups"),
    "unit_group_member": ("thành viên nhóm", "memberships in groups"),
    "role_grant": ("vai trò", "roles"),
    "unit": ("đơn vị đã kết thúc", "closed units"),
}
# What only remembers, and what the change itself wrote and takes back.
_OWN = {
    "unit_version": "other.unit_id = ANY($1) OR other.made_in = $2",
    "unit_version_was": "true",
    "unit_path": "true",
    "audit": "true",
    "reorganisation_cut": "true",
    "succession": "other.version = $2",
    "unit": "other.id IN (SELECT predecessor_id FROM succession WHERE version = $2)",
    "headcount_publication": "other.replaced_at IS NOT NULL OR other.tree_version IS NOT DISTINCT FROM $2",
    "role_grant": """other.id IN (
        SELECT (was->>'id')::uuid FROM reorganisation_cut WHERE version = $2 AND what = 'given')""",
}


class ReorganisationInUse(DomainError):
    """Something later depends on the change; `dependents` counts what."""

    code = "REORGANISATION_IN_USE"
    vi = "Không thể hoàn tác, vì về sau đã có: {what_vi}."
    en = "It can't be undone, because since then there are: {what_en}."
    extra = {"dependents": int}


class ReorganisationUndone(DomainError):
    """The change has been undone already."""

    code = "REORGANISATION_UNDONE"
    vi = "Thay đổi này đã được hoàn tác."
    en = "This change has been undone already."


async def undo_reorganisation(
    caller: Caller, reorganisation_id: UUID, decision: Decision | None = None, tell: Step = quietly
) -> Outcome:
    """Take a change of the tree back, as if it had not been made.

    The caller is an admin above every unit that it touched. ReorganisationInUse while a later change, or something that
    hangs on a unit that it created, builds on it. Units that it created stay as ids that never existed on any day.
    """
    caller.require_someone()
    async with reorganising():
        made = await _locked(reorganisation_id)
        version: int = made["version"]
        touched, created = await _touched(version)
        gone = await units_by_id(created)
        await _require_rights(caller, touched)
        await _require_unused(version, created)
        await tell("writing")
        change = await begin(caller, "undo", made["effective_on"], decision, undoes=version)
        await db.execute("UPDATE reorganisation SET undone_in = $2 WHERE version = $1", version, change.version)
        was_told: bool = made["is_announced"]
        if not was_told:
            await db.execute("UPDATE reorganisation SET is_announced = true WHERE version = $1", change.version)
        rewritten = await _restore(change, version, touched, created, tell)
        await record(
            caller,
            "reorganisation.undone",
            None,
            "reorganisation",
            str(reorganisation_id),
            {"version": version},
            {"version": change.version, "units": len(touched)},
        )
        await tell("telling")
        if was_told:
            await announce_rewritten(change.version, list({*touched, *rewritten} - set(created)))
            await announce_gone(change.version, gone)
            await forget_carried(caller, version)
        return Outcome(change, {}, len(touched))


async def _locked(reorganisation_id: UUID) -> db.Record:
    await db.execute("SELECT FROM reorganisation WHERE id = $1 FOR UPDATE", reorganisation_id)
    return await undoable(reorganisation_id)


async def undoable(reorganisation_id: UUID) -> db.Record:
    """Return a change that can be undone as far as can be told from it alone; NotFound, InvalidInput, or undone."""
    made = await db.row(
        """SELECT version, kind, effective_on, decision_number, is_announced, undone_in
           FROM reorganisation WHERE id = $1""",
        reorganisation_id,
    )
    if made is None:
        raise NotFound("reorganisation", reorganisation_id)
    if made["kind"] in ("start", "undo"):
        raise InvalidInput("id", "không phải là thay đổi hoàn tác được.", "is not a change that can be undone.")
    if made["undone_in"] is not None:
        raise ReorganisationUndone()
    return made


async def require_rights_to_undo(caller: Caller, version: int) -> None:
    """Refuse who is no admin above every unit that a change touched."""
    touched, _ = await _touched(version)
    await _require_rights(caller, touched)


async def _touched(version: int) -> tuple[list[UUID], list[UUID]]:
    """Return the units whose versions a change made or replaced, and those of them that it created."""
    rows = await db.rows(
        """SELECT unit_id, NOT bool_or(was_there) AS is_new FROM (
             SELECT unit_id, false AS was_there FROM unit_version WHERE made_in = $1
             UNION ALL SELECT unit_id, true FROM unit_version_was WHERE replaced_in = $1
             UNION ALL SELECT new.unit_id, true FROM unit_version AS new JOIN unit_version AS other
               ON other.unit_id = new.unit_id AND other.made_in <> $1 WHERE new.made_in = $1) AS found
           GROUP BY unit_id""",
        version,
    )
    return [row["unit_id"] for row in rows], [row["unit_id"] for row in rows if row["is_new"]]


async def _require_rights(caller: Caller, touched: Sequence[UUID]) -> None:
    paths = await db.rows(
        "SELECT DISTINCT left(path, $2) AS above FROM unit_path WHERE unit_id = ANY($1)", list(touched), -WIDTH
    )
    for row in paths:
        caller.require("admin", row["above"])


async def _require_unused(version: int, created: Sequence[UUID]) -> None:
    found = {"version": await _changed_later(version), **await _hanging_on(version, created)}
    used = {thing: count for thing, count in found.items() if count}
    if not used:
        return
    named = {**_THINGS, "version": ("thay đổi sau đó của cùng đơn vị", "later changes of the same units")}
    raise ReorganisationInUse(
        dependents=sum(used.values()),
        what_vi=", ".join(f"{count} {named.get(thing, (thing, thing))[0]}" for thing, count in used.items()),
        what_en=", ".join(f"{count} {named.get(thing, (thing, thing))[1]}" for thing, count in used.items()),
    )


async def _changed_later(version: int) -> int:
    """Return how many units have versions of the change that a later one, which stands, replaced."""
    return await db.value(
        """SELECT count(DISTINCT was.unit_id) FROM unit_version_was AS was WHERE was.made_in = $1 AND NOT EXISTS (
             SELECT FROM unit_version AS now
             WHERE now.unit_id = was.unit_id AND now.since = was.since AND now.made_in = $1)""",
        version,
    )


async def _hanging_on(version: int, created: Sequence[UUID]) -> dict[str, int]:
    """Return how many rows of which table name a unit that the change created, apart from those of the change itself.

    Which columns name units the catalogue knows, so that no table is forgotten that comes later.
    """
    if not created:
        return {}
    columns = await db.rows(
        """SELECT key.conrelid::regclass::text AS "table", array_agg(DISTINCT attribute.attname::text) AS columns
           FROM pg_constraint AS key JOIN pg_attribute AS attribute ON attribute.attrelid = key.conrelid
             AND attribute.attnum = ANY(key.conkey)
           WHERE key.contype = 'f' AND key.confrelid = 'unit'::regclass AND attribute.atttypid = 'uuid'::regtype
           GROUP BY key.conrelid ORDER BY 1"""
    )
    found = dict[str, int]()
    for row in columns:
        named = " OR ".join(f"other.{column} = ANY($1)" for column in row["columns"])
        own = _OWN.get(row["table"], "false")
        found[row["table"]] = await db.value(
            f"""SELECT count(*) FROM (SELECT FROM {row["table"]} AS other, (SELECT $2::bigint) AS asked
                                      WHERE ({named}) AND NOT ({own}) LIMIT 1000) AS found""",
            list(created),
            version,
        )
    return found


async def _restore(
    change: Change, version: int, touched: Sequence[UUID], created: Sequence[UUID], tell: Step
) -> list[UUID]:
    await db.execute("SET CONSTRAINTS unit_version_code_once_a_day, unit_version_name_once_among_siblings DEFERRED")
    await db.execute("DELETE FROM unit_version WHERE made_in = $1", version)
    await db.execute(
        f"INSERT INTO unit_version ({_COLUMNS}) SELECT {_COLUMNS} FROM unit_version_was WHERE replaced_in = $1", version
    )
    await db.execute(
        """UPDATE unit SET heir_id = NULL WHERE heir_id IS NOT NULL AND id IN (
             SELECT predecessor_id FROM succession WHERE version = $1)""",
        version,
    )
    await db.execute("DELETE FROM succession WHERE version = $1", version)
    await tell("checking")
    _refuse(await checks.after_undoing(touched, change.on))
    await tell("deriving")
    rewritten = await derive_paths(touched)
    await tell("carrying")
    await cuts.restore(version)
    await db.execute("SET CONSTRAINTS unit_version_code_once_a_day, unit_version_name_once_among_siblings IMMEDIATE")
    return [unit_id for unit_id in rewritten if unit_id not in set(created)]


def _refuse(violations: list[checks.Violation]) -> None:
    if violations:
        raise PlanRefused(violations)
