"""What happens to answers later."""

from uuid import UUID

from kit.calendar import today
from kit.jobs import enqueue, job
from survey.answers import mixing
from survey.sealing import service as sealing


@job("survey.mix_answers", timeout=600)
async def mix_answers(wave_id: str) -> None:
    """Mix what waits in a wave's inbox into its answers."""
    await mixing.mix(UUID(wave_id))


@job("survey.mix_waiting")
async def mix_waiting() -> None:
    """Have every wave mixed that is over, or has answers from earlier days waiting."""
    for wave_id in await mixing.waves_to_mix():
        await enqueue(mix_answers, str(wave_id))


@job("survey.turn_sealing_keys")
async def turn_sealing_keys() -> None:
    """See to it that today and tomorrow have keys, and destroy those of earlier days to which nothing is sealed."""
    await sealing.provide_keys(today())
    await sealing.retire_keys(today())
    await sealing.tell_of_lost()
