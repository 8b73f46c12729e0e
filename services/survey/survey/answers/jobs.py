"""What happens to answers later."""

from uuid import UUID

from kit.jobs import enqueue, job
from survey.answers import service


@job("survey.mix_answers", timeout=300)
async def mix_answers(wave_id: str) -> None:
    """Mix what waits in a wave's inbox into its answers."""
    await service.mix(UUID(wave_id))


@job("survey.mix_waiting")
async def mix_waiting() -> None:
    """Have every wave mixed that has enough waiting, or is closed."""
    for wave_id in await service.waves_to_mix():
        await enqueue(mix_answers, str(wave_id))
