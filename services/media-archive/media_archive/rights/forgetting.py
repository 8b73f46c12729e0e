"""What the archive does when org tells that somebody was erased."""

from kit.audit import forget_account
from kit.events import Event
from media_archive.audit import service as audit
from media_archive.rights import consents
from media_archive.royalties import authors
from media_archive.sharing import people

_PLACES = (
    ("share_link", "made_by"),
    ("access_request", "subject"),
    ("access_request", "answered_by"),
    ("royalty_charge", "subject"),
)


async def apply_forgotten(event: Event) -> None:
    """Put the alias everywhere where the account is named, and erase what that account agreed to."""
    await audit.apply_forgotten(event)
    await forget_account(event.payload, _PLACES)
    await consents.forget_account(event.payload)
    await people.forget_account(event.payload)
    await authors.apply_forgotten(event)
