"""Who may see a collection: as materials are shared, by its unit and how far it is shared. What is in it is asked of
each material."""

from kit.identity import Caller, scope_predicate
from kit.paths import parents


def collections_visible_to(caller: Caller, first_parameter: int, *, table: str = "collection") -> tuple[str, list[str]]:
    """Return SQL (and its arguments) that holds for the collections a caller may see.

    `private` ones contributors of the unit and above, `unit` its workers and those above, `subtree` also whoever holds
    a grant below, `union` whoever holds any grant, `public` everybody.
    """
    if "" in caller.scopes("contributor"):
        return "TRUE", []
    if not caller.grants:
        return f"{table}.visibility = 'public'", []
    path = f"{table}.unit_path"
    private, contributing = scope_predicate(caller, "contributor", path, first_parameter)
    inside, working = scope_predicate(caller, "worker", path, first_parameter + len(contributing))
    above = sorted({unit for grant in caller.grants for unit in parents(grant.path)})
    below = [f"{path} = ${first_parameter + len(contributing) + len(working) + place}" for place in range(len(above))]
    ways = [
        f"{table}.visibility IN ('union', 'public')",
        f"({table}.visibility IN ('unit', 'subtree') AND {inside})",
        private,
        *([f"({table}.visibility = 'subtree' AND ({' OR '.join(below)}))"] if below else []),
    ]
    return f"({' OR '.join(ways)})", [*contributing, *working, *above]
