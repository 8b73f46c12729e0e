"""What happens to the tree by itself: changes come into force on their day."""

from kit.jobs import every, job
from org.reorganisations import service


@job("org.changes_due", timeout=300)
async def tell_changes_due() -> None:
    """Tell the other services of changes whose day has come, and carry headcounts over."""
    await service.come_into_force()


jobs = [tell_changes_due]
crons = [every(tell_changes_due, minutes=1)]
