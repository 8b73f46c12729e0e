"""The speaker that is built in: espeak-ng, a program of its own that speaks Vietnamese, where it is installed."""

import io
import shutil
import wave

from media_archive import processes
from media_archive.speech.sounds import CannotSpeak, Sound

_SECONDS = 20
_WORDS_A_MINUTE = 150
_LIMITS = processes.Limits(memory_bytes=1_000_000_000, file_bytes=500_000_000)


class EspeakNg:
    """Speaks with espeak-ng; CannotSpeak from the beginning where there is no such program."""

    name = "espeak-ng"

    def __init__(self) -> None:
        program = shutil.which("espeak-ng")
        if program is None:
            raise CannotSpeak("espeak-ng is not installed")
        self._program = program

    async def speak(self, text: str, language: str) -> Sound:
        """Return a text as sound; CannotSpeak when there is no such voice or it takes longer than 20 s."""
        # The text comes by standard input: it never becomes an option.
        command = [self._program, "-v", language, "-s", str(_WORDS_A_MINUTE), "--stdout"]
        try:
            done = await processes.run(command, seconds=_SECONDS, given=text.encode(), limits=_LIMITS)
        except TimeoutError as error:
            raise CannotSpeak("took too long") from error
        if done.status != 0:
            raise CannotSpeak(f"espeak-ng ended with {done.status}")
        return _sound_of(done.output)


def _sound_of(streamed: bytes) -> Sound:
    """A WAV written to a pipe has no sizes in its head: its samples are all that follows it."""
    try:
        with wave.open(io.BytesIO(streamed)) as spoken:
            rate = spoken.getframerate()
    except (wave.Error, EOFError) as error:
        raise CannotSpeak("espeak-ng gave no sound") from error
    samples = streamed[streamed.index(b"data") + 8 :]
    return Sound(samples[: len(samples) // 2 * 2], rate)
