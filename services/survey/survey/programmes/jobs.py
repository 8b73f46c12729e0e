"""What happens to waves by the clock."""

from kit.jobs import job
from survey.programmes.service import participation, waves


@job("survey.turn_waves")
async def turn_waves() -> None:
    """Open and close the waves whose time has come."""
    await waves.turn_waves()


@job("survey.plan_waves")
async def plan_waves() -> None:
    """Plan each programme's next two waves."""
    await waves.plan_ahead()


@job("survey.snapshot_participation", timeout=300)
async def snapshot_participation() -> None:
    """Write today's participation, once a day."""
    await participation.take_snapshots()
