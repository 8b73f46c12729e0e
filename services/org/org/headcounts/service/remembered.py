"""Sums that were just made, for whoever reads on: the groups of a province have hundreds of pages and are one sum.

Everything that a sum is made of, once written, raises the tree's version or is told to the other services: with both
numbers in its name a sum that is remembered is the sum that would be made now, in whatever process.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date

from kit import db
from org.headcounts.service.sums import Dimension, SubtreeSum, subtree_sum

MOST_CELLS_KEPT = 200_000

_Key = tuple[str, date, tuple[Dimension, ...], int, int | None]
_kept: OrderedDict[_Key, SubtreeSum] = OrderedDict()


async def remembered_sum(paths: Sequence[str], day: date, dimensions: Sequence[Dimension]) -> list[SubtreeSum]:
    """Return what `subtree_sum` does; what was asked for lately is not summed up again."""
    now = await db.row(
        "SELECT version, (SELECT max(number) FROM outbox) AS told FROM tree_version",
    )
    assert now
    keys: dict[str, _Key] = {path: (path, day, tuple(dimensions), now["version"], now["told"]) for path in paths}
    found = {path: _kept[key] for path, key in keys.items() if key in _kept}
    missing = [path for path in keys if path not in found]
    made = dict(zip(missing, await subtree_sum(missing, day, dimensions), strict=True)) if missing else {}
    for path in keys:
        _keep(keys[path], made.get(path) or found[path])
    return [made.get(path) or found[path] for path in paths]


def _keep(key: _Key, found: SubtreeSum) -> None:
    _kept[key] = found
    _kept.move_to_end(key)
    while len(_kept) > 1 and sum(len(one.cells) for one in _kept.values()) > MOST_CELLS_KEPT:
        _kept.popitem(last=False)
