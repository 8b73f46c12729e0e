"""Sound as it is spoken, piece by piece, and put together as one file."""

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass


class CannotSpeak(Exception):
    """A text could not be read aloud."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples of 16 bits, one channel; `rate` is how many make a second."""

    samples: bytes
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / 2 / self.rate


def as_wave(sounds: Sequence[Sound], pause: float) -> bytes:
    """Return sounds of one rate after one another as a WAV file, with a pause of so many seconds between them."""
    rate = sounds[0].rate
    silence = bytes(2 * round(pause * rate))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(silence.join(sound.samples for sound in sounds))
    return buffer.getvalue()
