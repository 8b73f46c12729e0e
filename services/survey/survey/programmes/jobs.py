"""What happens to waves by the clock."""

from kit.jobs import job
from survey.programmes.service import participation, planning, reminders, waves
from survey.units.news import current_position


@job("survey.turn_waves")
async def turn_waves() -> None:
    """Open and close the waves whose time has come, and tell of those whose time comes near."""
    await waves.close_due()
    await waves.open_due(await current_position())
    await reminders.remind()


@job("survey.plan_waves")
async def plan_waves() -> None:
    """Plan each active programme's next two waves."""
    await planning.plan_ahead()


@job("survey.snapshot_participation", timeout=300)
async def snapshot_participation() -> None:
    """Write today's participation, once a day."""
    await participation.take_snapshots()
