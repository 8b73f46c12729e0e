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


@job("survey.provide_sealing_keys")
async def provide_sealing_keys() -> None:
    """See to it that today and tomorrow have keys: without one no answer is taken."""
    await sealing.provide_keys(today())


@job("survey.retire_sealing_keys")
async def retire_sealing_keys() -> None:
    """Destroy the keys of earlier days to which nothing is sealed any more."""
    await sealing.retire_keys(today())
    await sealing.tell_of_lost()
