"""Which level may stand directly under which, from which day to which: read, allowed and ended."""

from datetime import date

from kit import db
from kit.calendar import today
from kit.errors import DomainError
from kit.events import publish
from kit.identity import Caller
from org.audit.service import record
from org.vocabularies.service.authority import require_top_admin
from org.vocabularies.service.read import require_term


class LevelRuleExists(DomainError):
    """The level may stand there on that day or on a later one already."""

    code = "LEVEL_RULE_EXISTS"
    vi = "Quy định này đã có hiệu lực từ ngày {day} trở đi."
    en = "This rule holds on {day} or later already."
    extra = {"parent_level": str | None, "child_level": str}


class LevelRuleUnknown(DomainError):
    """On that day no rule lets the level stand there."""

    code = "LEVEL_RULE_UNKNOWN"
    vi = "Ngày {day} không có quy định nào như vậy."
    en = "There is no such rule on {day}."
    extra = {"parent_level": str | None, "child_level": str}


_COLUMNS = "parent_level, child_level, lower(valid) AS since, upper(valid) AS until"


async def is_level_allowed(parent_level: str | None, child_level: str, on: date) -> bool:
    """Whether a unit of `child_level` may stand directly under `parent_level` (None: at the top) on that day."""
    return await db.value(
        """SELECT EXISTS (SELECT FROM level_rule
           WHERE parent_level IS NOT DISTINCT FROM $1 AND child_level = $2 AND valid @> $3::date)""",
        parent_level,
        child_level,
        on,
    )


async def level_rules(limit: int, on: date, after: tuple[str, str] | None) -> list[db.Record]:
    """Return up to `limit` rules of a day by parent (the top first) and child, after (parent or "", child)."""
    parent, child = after or (None, None)
    return await db.rows(
        f"""SELECT {_COLUMNS} FROM level_rule
            WHERE valid @> $2::date
              AND ($3::text IS NULL OR (coalesce(parent_level, ''), child_level) > ($3, $4::text))
            ORDER BY coalesce(parent_level, ''), child_level LIMIT $1""",
        limit,
        on,
        parent,
        child,
    )


async def allow_level(
    caller: Caller, parent_level: str | None, child_level: str, since: date | None = None
) -> db.Record:
    """Let a level stand directly under another (None: at the top) from a day on (None: today).

    Needs an admin of the top. UnknownCode unless both levels hold on that day.
    """
    top = await require_top_admin(caller)
    since = since or today()
    async with db.transaction():
        await _lock()
        if parent_level is not None:
            await require_term("parentLevel", "level", parent_level, since)
        await require_term("childLevel", "level", child_level, since)
        taken = await db.value(
            """SELECT EXISTS (SELECT FROM level_rule WHERE parent_level IS NOT DISTINCT FROM $1 AND child_level = $2
               AND valid && daterange($3, NULL))""",
            parent_level,
            child_level,
            since,
        )
        if taken:
            raise LevelRuleExists(parent_level=parent_level, child_level=child_level, day=since)
        await db.execute(
            "INSERT INTO level_rule (parent_level, child_level, valid) VALUES ($1, $2, daterange($3, NULL))",
            parent_level,
            child_level,
            since,
        )
        await record(
            caller, "level_rule.allowed", top, "level_rule", _name(parent_level, child_level), None, {"since": since}
        )
        await _tell()
    return await _rule_on(parent_level, child_level, since)


async def end_level_rule(caller: Caller, parent_level: str | None, child_level: str, on: date | None = None) -> int:
    """Let a rule no longer hold from a day on (None: today); return how many units stand so on that day.

    Needs an admin of the top. Units that stand so stay where they are until they are moved: a law ends a rule before
    the tree has followed. LevelRuleUnknown when the rule does not hold on that day.
    """
    top = await require_top_admin(caller)
    on = on or today()
    async with db.transaction():
        await _lock()
        rule = await _rule_on(parent_level, child_level, on)
        # A rule that ends on the day it begins has never held.
        ending = "DELETE FROM level_rule" if rule["since"] == on else _END
        await db.execute(
            f"{ending} WHERE parent_level IS NOT DISTINCT FROM $1 AND child_level = $2 AND valid @> $3::date",
            parent_level,
            child_level,
            on,
        )
        name = _name(parent_level, child_level)
        await record(caller, "level_rule.ended", top, "level_rule", name, {"until": rule["until"]}, {"until": on})
        await _tell()
        return await _units_standing_so(parent_level, child_level, on)


_END = "UPDATE level_rule SET valid = daterange(lower(valid), $3::date)"


async def _lock() -> None:
    # Changes of the tree ask these rules: they wait for a change of the rules, and it for them.
    await db.execute("SELECT version FROM tree_version FOR UPDATE")


async def _rule_on(parent_level: str | None, child_level: str, on: date) -> db.Record:
    found = "\x00" not in f"{parent_level}{child_level}" and await db.row(
        f"""SELECT {_COLUMNS} FROM level_rule
            WHERE parent_level IS NOT DISTINCT FROM $1 AND child_level = $2 AND valid @> $3::date""",
        parent_level,
        child_level,
        on,
    )
    if not found:
        raise _unknown(parent_level, child_level, on)
    return found


def _unknown(parent_level: str | None, child_level: str, on: date) -> LevelRuleUnknown:
    return LevelRuleUnknown(parent_level=parent_level, child_level=child_level, day=on)


def _name(parent_level: str | None, child_level: str) -> str:
    return f"{parent_level or '-'}/{child_level}"


async def _units_standing_so(parent_level: str | None, child_level: str, on: date) -> int:
    return await db.value(
        """SELECT count(*) FROM units_on($3) AS unit LEFT JOIN units_on($3) AS above ON above.id = unit.parent_id
           WHERE unit.level = $2 AND above.level IS NOT DISTINCT FROM $1""",
        parent_level,
        child_level,
        on,
    )


async def _tell() -> None:
    rules = await db.rows(f"SELECT {_COLUMNS} FROM level_rule ORDER BY coalesce(parent_level, ''), child_level, valid")
    told = [
        {
            "parent_level": rule["parent_level"],
            "child_level": rule["child_level"],
            "valid_from": rule["since"],
            "valid_to": rule["until"],
        }
        for rule in rules
    ]
    await publish("level_rules.changed", {"rules": told})
