"""What happens to the tree by itself: changes that lay ahead come into force on their day."""

from kit.jobs import every, job
from org.units import service


@job("org.changes_due", timeout=300)
async def tell_changes_due() -> None:
    """Tell the other services of changes whose day has come."""
    await service.announce_due()


crons = [every(tell_changes_due, minutes=1)]
