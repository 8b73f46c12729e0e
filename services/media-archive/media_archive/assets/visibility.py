"""Who may see an asset: one rule, as SQL for PostgreSQL and as a `Sight` for the index."""

from kit.identity import Caller, scope_predicate
from kit.paths import WIDTH
from media_archive.search.index import Sight


def visible_to(caller: Caller, first_parameter: int, *, table: str = "asset") -> tuple[str, list[str]]:
    """Return SQL (and its arguments) that holds for the assets a caller may see.

    Public ones everybody; the union's whoever holds any grant; a unit's whoever holds a grant on it or above it.
    """
    scoped, arguments = scope_predicate(caller, "worker", f"{table}.unit_path", first_parameter)
    if "" in arguments:
        return "TRUE", []
    if not caller.grants:
        return f"{table}.visibility = 'public'", []
    return f"({table}.visibility IN ('public', 'union') OR {scoped})", arguments


def sight_of(caller: Caller) -> Sight:
    """Return the same rule for the search index, which knows units by their labels."""
    scopes = caller.scopes("worker")
    if "" in scopes:
        return Sight(everything=True)
    return Sight(union=bool(caller.grants), units=tuple(scope[-WIDTH:] for scope in scopes))
