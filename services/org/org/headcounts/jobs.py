"""What happens to headcounts by the clock."""

from kit.jobs import every, job
from org.headcounts.service import fold_sums


@job("org.headcount_sums_folded", timeout=300)
async def headcount_sums_folded() -> None:
    """Fold changes into the kept sums, so that reading them stays short."""
    await fold_sums()


jobs = [headcount_sums_folded]
crons = [every(headcount_sums_folded, minutes=1)]
