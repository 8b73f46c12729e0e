"""Adding up what changed in the sums of materials on topics, so that few rows are read."""

from kit import db
from kit.jobs import job

_LOCK = 7421106
_AT_ONCE = 100_000
_COLUMNS = "top, visibility, topic, kind, month, age_bands, genders, regions"

# What is written meanwhile stays for the next time. Sums that came to nothing are taken out.
_FOLD = f"""
WITH gone AS (
    DELETE FROM topic_cell_change WHERE ctid = ANY(ARRAY(SELECT ctid FROM topic_cell_change LIMIT {_AT_ONCE}))
    RETURNING *),
folded AS (
    INSERT INTO topic_cell ({_COLUMNS}, number)
    SELECT {_COLUMNS}, sum(number) FROM gone GROUP BY {_COLUMNS} HAVING sum(number) <> 0
    ON CONFLICT ON CONSTRAINT topic_cell_pkey DO UPDATE SET number = topic_cell.number + excluded.number)
SELECT count(*) FROM gone
"""


@job("media_archive.fold_topic_cells", timeout=300, tries=1)
async def fold_topic_cells() -> None:
    """Add up all that changed; two at once do it one after the other."""
    while True:
        async with db.transaction():
            await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            folded = await db.value(_FOLD)
            await db.execute("DELETE FROM topic_cell WHERE number = 0")
        if folded < _AT_ONCE:
            return
