"""A union of twenty thousand units as the archive knows it: what materials and their uses are spread over."""

from uuid import UUID

import asyncpg

from kit import paths

PROVINCES = 34
BELOW = 588
"""Grassroots units of each province: about 20,000 units in all."""

_UNITS = """
INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)
SELECT id, number, path, 'Đơn vị ' || number, 'Unit ' || number, 'U' || number, 'grassroots', 'enterprise', 1
FROM unnest($1::uuid[], $2::int[], $3::text[]) AS made (id, number, path)
"""


async def fill_units(connection: asyncpg.Connection) -> list[tuple[UUID, str]]:
    """Fill a migrated database; return ids and paths: the top, the first province, its units, and so on.

    There is one file, too, of sha256('x'), for materials to hold.
    """
    top = paths.label(1)
    listed = [top]
    for province in range(PROVINCES):
        path = top + paths.label(2 + province)
        listed.append(path)
        listed += [path + paths.label(100 + province * BELOW + number) for number in range(BELOW)]
    numbers = list(range(1, len(listed) + 1))
    ids = [UUID(int=number) for number in numbers]
    await connection.execute(_UNITS, ids, numbers, listed)
    await connection.execute("INSERT INTO stored_file VALUES (sha256('x'), 1, 'text/plain')")
    return list(zip(ids, listed, strict=True))
