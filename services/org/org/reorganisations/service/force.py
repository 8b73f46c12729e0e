"""What happens on the day of a change that was made ahead of it: others are told, and people are carried over."""

from kit import db
from kit.calendar import today
from kit.identity import Caller
from org.reorganisations.service.counts import carry_counts
from org.units.service import announce_due
from org.units.service.rules import lock_tree


async def come_into_force() -> int:
    """Tell of the changes whose day has come and carry their headcounts over; return how many changes there were.

    Only now it is known what counted the day before. Units are told before the people in them.
    """
    async with db.transaction():
        await lock_tree()
        due = await db.rows(
            """SELECT version, effective_on, made_by FROM reorganisation
               WHERE NOT is_announced AND effective_on <= $1 AND undone_in IS NULL ORDER BY effective_on, version""",
            today(),
        )
        count = await announce_due()
        for change in due:
            await carry_counts(Caller(change["made_by"]), change["version"], change["effective_on"])
    return count
