"""Who may see an asset: one rule, as SQL for PostgreSQL and as tokens for the search index.

An asset is shown, while it is kept,
- hidden for the sake of somebody's rights: to editors of its unit and of those above;
- private, before its embargo ends or after its lease: to contributors there;
- `unit`: to whoever holds a role there; `subtree`: also to whoever holds one below;
- `union`: to whoever holds any role; `public`: to everybody.
A unit it was granted to sees it, with those above and below, and so does a person it was granted to, unless it is
hidden or out of its time.
The first day of an embargo's end, a lease's end and a grant's end is the day each names.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kit.calendar import today
from kit.db import Record
from kit.identity import Caller, Role, scope_predicate
from kit.paths import WIDTH, parents

VISIBILITIES = ("private", "unit", "subtree", "union", "public")

PUBLIC, UNION = "public", "union"
# Before a unit's label: who must hold a role there or above (`at_`), at or below it (`below_`), or which role.
_AT, _BELOW, _CONTRIBUTOR, _EDITOR = "at_", "below_", "contributor_", "editor_"
_BY_ROLE: tuple[tuple[str, Role], ...] = ((_AT, "worker"), (_CONTRIBUTOR, "contributor"), (_EDITOR, "editor"))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a caller may see of the search index: everything, or what has one of these tokens."""

    everything: bool = False
    tokens: tuple[str, ...] = (PUBLIC,)


def visible_to(
    caller: Caller, first_parameter: int, *, table: str = "asset", by_grant: UUID | None = None
) -> tuple[str, list[object]]:
    """Return SQL (and its arguments) that holds for the assets a caller may see today.

    `by_grant` is a grant to a person by which somebody who is not named was led here.
    """
    if "" in caller.scopes("editor"):
        return f"{table}.state = 'kept'", []
    arguments: list[object] = []

    def scoped(role: Role, column: str) -> str:
        sql, added = scope_predicate(caller, role, column, first_parameter + len(arguments))
        arguments.extend(added)
        return sql

    day = f"DATE '{today()}'"
    in_time = f"""coalesce({table}.embargo_until <= {day}, TRUE) AND coalesce({table}.lease_until > {day}, TRUE)"""
    ways = [f"{table}.visibility = ANY('{{{_everybody(caller)}}}')"]
    if caller.grants:
        ways.append(f"{table}.visibility <> 'private' AND {scoped('worker', f'{table}.unit_path')}")
        above = first_parameter + len(arguments)
        arguments.append(_at_or_above(caller))
        ways.append(f"{table}.visibility = 'subtree' AND {table}.unit_path = ANY(${above}::text[])")
        ways.append(
            f"""{table}.id IN (SELECT asset_grant.asset_id FROM asset_grant JOIN unit ON unit.id = asset_grant.unit_id
                WHERE coalesce(asset_grant.until > {day}, TRUE)
                  AND (unit.path = ANY(${above}::text[]) OR {scoped("worker", "unit.path")}))"""
        )
    for column, key in (("account", caller.subject), ("id", by_grant)):
        if key is not None:
            ways.append(
                f"""{table}.id IN (SELECT person_grant.asset_id FROM person_grant
                    WHERE person_grant.{column} = ${first_parameter + len(arguments)} AND person_grant.until > {day})"""
            )
            arguments.append(key)
    shown = f"{in_time} AND ({' OR '.join(f'({way})' for way in ways)})"
    if caller.scopes("contributor"):
        shown = f"{scoped('contributor', f'{table}.unit_path')} OR ({shown})"
    shown = f"{table}.hidden IS NULL AND ({shown})"
    if caller.scopes("editor"):
        shown = f"{scoped('editor', f'{table}.unit_path')} OR ({shown})"
    return f"({table}.state = 'kept' AND ({shown}))", arguments


def sight_of(caller: Caller) -> Sight:
    """Return the tokens of which an asset needs one for the caller to see it."""
    if "" in caller.scopes("editor"):
        return Sight(everything=True)
    tokens = _everybody(caller).split(",")
    tokens.extend(_BELOW + _label(path) for path in _at_or_above(caller))
    for prefix, role in _BY_ROLE:
        tokens.extend(prefix + _label(path) for path in caller.scopes(role))
    if caller.subject is not None:
        tokens.append(_person(caller.subject))
    return Sight(tokens=tuple(tokens))


def tokens_of(row: Record, granted: Iterable[str], people: Iterable[str], day: date) -> tuple[str, ...]:
    """Return the tokens of an asset that is kept, granted to the units at these paths and these accounts, as of a day.

    `row` has unit_path, visibility, hidden, embargo_until and lease_until.
    """
    own: str = row["unit_path"]
    if row["hidden"] is not None:
        return _along(_EDITOR, own)
    begun = row["embargo_until"] is None or row["embargo_until"] <= day
    if not begun or (row["lease_until"] is not None and row["lease_until"] <= day):
        return _along(_CONTRIBUTOR, own)
    tokens: set[str] = set()
    match row["visibility"]:
        case "public" | "union":
            tokens.add(row["visibility"])
        case "private":
            tokens.update(_along(_CONTRIBUTOR, own))
        case "unit":
            tokens.update(_along(_AT, own))
        case _:
            tokens.update(_along(_AT, own), [_BELOW + _label(own)])
    for path in granted:
        tokens.update(_along(_AT, path), [_BELOW + _label(path)])
    tokens.update(_person(account) for account in people)
    return tuple(sorted(tokens))


def _everybody(caller: Caller) -> str:
    return f"{PUBLIC},{UNION}" if caller.grants else PUBLIC


def _at_or_above(caller: Caller) -> list[str]:
    """Return the paths of the units at or below which the caller holds a role."""
    scopes = caller.scopes("worker")
    return sorted({above for scope in scopes for above in (*parents(scope), scope)})


def _along(prefix: str, path: str) -> tuple[str, ...]:
    return tuple(prefix + path[start : start + WIDTH] for start in range(0, len(path), WIDTH))


def _person(account: str) -> str:
    """An index names nobody."""
    return "person_" + hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()[:32]


def _label(path: str) -> str:
    return path[-WIDTH:]
