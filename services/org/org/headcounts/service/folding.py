"""Kept sums of headcounts, and the changes of them that are folded in later."""

from kit import db

_AT_ONCE = 20_000


async def fold_sums() -> None:
    """Fold what has changed since the last time into the kept sums; no sum that anybody reads becomes another one."""
    while await db.value("SELECT fold_headcount_sums($1)", _AT_ONCE):
        pass
