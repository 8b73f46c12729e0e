"""Where the codes of a vocabulary stand in rows, so that none is ended while something is recorded under it."""

from datetime import date

from kit import db

_UNITS = "SELECT count(DISTINCT unit_id) FROM unit_version WHERE {column} = $1 AND until > $2"
_DATED = "SELECT count(*) FROM {table} WHERE {column} = $1 AND (upper(valid) > $2 OR upper_inf(valid))"

_USES: dict[str, tuple[str, ...]] = {
    "level": (
        _UNITS.format(column="level"),
        _DATED.format(table="level_rule", column="child_level"),
        _DATED.format(table="level_rule", column="parent_level"),
    ),
    "unit_kind": (_UNITS.format(column="kind"),),
    "region": (_UNITS.format(column="region"), _DATED.format(table="place", column="region")),
    "department_kind": (_DATED.format(table="department_version", column="kind"),),
    "post": (_DATED.format(table="appointment", column="post"), _DATED.format(table="post", column="code")),
    "collaborator_kind": (_DATED.format(table="collaborator", column="kind"),),
    "channel_kind": (_DATED.format(table="channel_version", column="kind"),),
    "channel_audience": (_DATED.format(table="channel_version", column="audience"),),
}


async def uses_from(vocabulary: str, code: str, on: date) -> int:
    """Return how much is recorded under a code on a day or later.

    Vocabularies of things that lie behind (headcounts, trainings) do not count here: what is past keeps its codes.
    """
    statements = _USES.get(vocabulary, ())
    if not statements:
        return 0
    return await db.value(f"SELECT {' + '.join(f'({statement})' for statement in statements)}", code, on)
