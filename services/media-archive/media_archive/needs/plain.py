"""Which materials are counted ahead, which of them a caller sees, and where the others are found.

Plain is a material that is seen, or not, by its visibility alone: kept, not hidden, without an embargo or a lease. Of
plain ones `topic_cell` keeps sums by the top of their unit's branch. So whoever holds a role at a top sees, by sums,
all of it that is not private; everybody else of it what is shared with the whole union. What one sees besides (in
units below a top, by a grant, until a day) is little, and is looked up.
"""

from kit.identity import Caller, Role, scope_predicate
from kit.paths import WIDTH, parents

KEPT_PLAIN = "asset.hidden IS NULL AND asset.embargo_until IS NULL AND asset.lease_until IS NULL"
"""SQL that holds for plain ones, of what is kept."""

PLAIN = f"asset.state = 'kept' AND {KEPT_PLAIN}"
_NOT_PLAIN = """asset.state = 'kept' AND asset.topics <> '{}'
    AND (asset.hidden IS NOT NULL OR asset.embargo_until IS NOT NULL OR asset.lease_until IS NOT NULL)"""

_BY_ROLE: tuple[tuple[Role, str], ...] = (("contributor", "TRUE"), ("worker", "{} <> 'private'"))


class Arguments:
    """The arguments of a statement, each with its number."""

    def __init__(self, *values: object) -> None:
        self.values = list(values)

    def add(self, value: object) -> str:
        """Add one; return how the statement names it."""
        self.values.append(value)
        return f"${len(self.values)}"

    def scoped(self, caller: Caller, role: Role, column: str) -> str:
        """Return SQL that holds for rows in the caller's scope."""
        sql, added = scope_predicate(caller, role, column, len(self.values) + 1)
        self.values.extend(added)
        return sql


def shared(caller: Caller) -> str:
    """Return the visibilities, as PostgreSQL writes a list, by which a caller sees a material wherever it is from."""
    return "{public,union}" if caller.grants else "{public}"


def seen_by_sums(caller: Caller, arguments: Arguments, *, top: str, visibility: str) -> str:
    """Return SQL that holds for the cells, or the plain materials, whose visibility and top show them to a caller."""
    if "" in caller.scopes("contributor"):
        return "TRUE"
    ways = [f"{visibility} = ANY('{shared(caller)}')"]
    for role, condition in _BY_ROLE:
        tops = [scope for scope in caller.scopes(role) if len(scope) == WIDTH]
        if tops:
            ways.append(f"{top} = ANY({arguments.add(tops)}::text[]) AND {condition.format(visibility)}")
    return f"({' OR '.join(ways)})"


def others(caller: Caller, arguments: Arguments) -> list[str]:
    """Return SQL conditions, each quick to look up, for all materials that `seen_by_sums` does not tell of.

    More than a caller may see fulfil one of them: whoever counts asks of each whether it is seen.
    """
    deeper = [scope for scope in caller.scopes("worker") if len(scope) > WIDTH]
    ways = [_NOT_PLAIN, *(_within(arguments.add(scope), shared(caller)) for scope in deeper)]
    if caller.grants:
        above = arguments.add(_at_or_above(caller))
        granted = arguments.scoped(caller, "worker", "unit.path")
        ways.append(f"asset.visibility = 'subtree' AND asset.unit_path = ANY({above}::text[])")
        ways.append(
            f"""asset.id IN (SELECT asset_grant.asset_id FROM asset_grant JOIN unit ON unit.id = asset_grant.unit_id
                             WHERE unit.path = ANY({above}::text[]) OR {granted})"""
        )
    if caller.subject is not None:
        account = arguments.add(caller.subject)
        ways.append(f"asset.id IN (SELECT asset_id FROM person_grant WHERE account = {account})")
    return ways


def _within(scope: str, elsewhere_seen: str) -> str:
    return f"""asset.unit_path >= {scope} AND asset.unit_path < {scope} || '~'
               AND asset.visibility <> ALL('{elsewhere_seen}')"""


def _at_or_above(caller: Caller) -> list[str]:
    scopes = caller.scopes("worker")
    return sorted({above for scope in scopes for above in (*parents(scope), scope)})
