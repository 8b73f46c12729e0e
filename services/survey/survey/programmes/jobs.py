"""What happens to waves by the clock."""

from redis.asyncio import Redis

from kit import settings
from kit.jobs import job
from survey.programmes.service import participation, waves
from survey.units.news import settled_position


@job("survey.turn_waves")
async def turn_waves() -> None:
    """Open and close the waves whose time has come."""
    await waves.close_due()
    async with Redis.from_url(settings.current().redis_url) as redis:
        position = await settled_position(redis)
    await waves.open_due(position)


@job("survey.plan_waves")
async def plan_waves() -> None:
    """Plan each programme's next two waves."""
    await waves.plan_ahead()


@job("survey.snapshot_participation", timeout=300)
async def snapshot_participation() -> None:
    """Write today's participation, once a day."""
    await participation.take_snapshots()
