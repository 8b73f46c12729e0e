"""The passport: what a subject holds now, signed, and never valid for longer than that is so."""

from datetime import datetime

from kit import db
from kit.calendar import today
from kit.identity import sign_passport
from org.access.service.grants import check_subject
from org.access.service.moments import midnight
from org.access.service.reading import caller_of


async def issue_passport(subject: str, private_key: str) -> tuple[str, int]:
    """Return a signed passport of what a subject holds now, and when it expires (seconds since 1970).

    It expires no later than a grant in it ends, one that is not in it begins, or a unit of its grants stands elsewhere.
    """
    subject = check_subject(subject)
    # Look for the next change first: a grant made between the two reads is told of by its event.
    until = await next_change(subject)
    caller = await caller_of(subject)
    return sign_passport(private_key, caller, until=until.timestamp() if until else None)


async def next_change(subject: str) -> datetime | None:
    """Return the next instant from which a subject holds something else, by what is on record now."""
    found = await db.row(
        """SELECT
             (SELECT min(change) FROM role_grant, LATERAL (VALUES (lower(valid)), (upper(valid))) AS at (change)
              WHERE subject = $1 AND change > clock_timestamp()) AS at,
             (SELECT min(stands.since) FROM role_grant JOIN unit_path AS stands USING (unit_id)
              WHERE subject = $1 AND stands.since > $2 AND valid @> clock_timestamp()) AS day""",
        subject,
        today(),
    )
    assert found is not None
    changes = [found["at"], midnight(found["day"]) if found["day"] else None]
    return min((change for change in changes if change), default=None)
