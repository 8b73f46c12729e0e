"""Ending all that an account holds when the person behind it is erased."""

from kit import db
from kit.events import publish
from kit.identity import Caller


async def end_grants_of(caller: Caller, subject: str) -> int:
    """End every role of an account at once and forget why any was given or taken; return how many were ended.

    Who may do so is asked before. The event does not name the account, which is about to be forgotten: an event that
    says of nobody whose roles changed makes the gateway forget all passports.
    """
    async with db.transaction():
        gone = await db.rows(
            "DELETE FROM role_grant WHERE subject = $1 AND lower(valid) >= clock_timestamp() RETURNING id", subject
        )
        ended = await db.rows(
            """UPDATE role_grant SET valid = tstzrange(lower(valid), clock_timestamp()), ended_by = $2
               WHERE subject = $1 AND valid @> clock_timestamp() RETURNING id""",
            subject,
            caller.subject,
        )
        # What people wrote about a grant may name whose it is.
        await db.execute("UPDATE role_grant SET reason = NULL, end_reason = NULL WHERE subject = $1", subject)
        if gone or ended:
            await publish("grant.changed", {})
    return len(gone) + len(ended)
