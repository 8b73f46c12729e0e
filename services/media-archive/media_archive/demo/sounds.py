"""Sound for the demo: spoken by espeak-ng where it is installed, else a signal melody, and the material says which."""

import array
import io
import math
import shutil
import subprocess
import wave
from dataclasses import dataclass

_RATE = 16_000
_SECONDS = 20
# A signal as from a factory's loudspeaker, in hertz and seconds: our own four bars.
_MELODY = ((523.25, 0.3), (659.25, 0.3), (783.99, 0.6), (659.25, 0.3), (783.99, 0.3), (1046.5, 0.9))


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV file and how it came about."""

    wav: bytes
    source: str


def bulletin(text: str) -> Sound:
    """Return the text as speech, or the signal alone on machines that can't speak."""
    program = shutil.which("espeak-ng")
    if program is None:
        return Sound(signal(), "Tín hiệu nhạc do phần mềm tạo (máy chưa cài espeak-ng)")
    # "-" reads from standard input: the text never becomes an option.
    done = subprocess.run(  # a program found by name, arguments of our own
        [program, "-v", "vi", "-s", "150", "--stdout"],
        input=text.encode(),
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )
    return Sound(_with_sizes(done.stdout), "Giọng đọc máy espeak-ng")


def signal() -> bytes:
    """Return the melody twice, as 16-bit mono WAV."""
    samples = array.array("h")
    for pitch, seconds in _MELODY * 2:
        length = int(_RATE * seconds)
        samples.extend(int(9_000 * _envelope(n / length) * _tone(pitch, n)) for n in range(length))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(samples.tobytes())
    return buffer.getvalue()


def _tone(pitch: float, n: int) -> float:
    angle = 2 * math.pi * pitch * n / _RATE
    return 0.7 * math.sin(angle) + 0.2 * math.sin(2 * angle) + 0.1 * math.sin(3 * angle)


def _envelope(at: float) -> float:
    return min(1.0, at * 20) * (1 - at) ** 0.5


def _with_sizes(streamed: bytes) -> bytes:
    """A WAV written to a pipe has no sizes in its head: write it again with them."""
    with wave.open(io.BytesIO(streamed)) as spoken:
        parameters = spoken.getparams()
    data = streamed[streamed.index(b"data") + 8 :]
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(parameters.nchannels)
        sound.setsampwidth(parameters.sampwidth)
        sound.setframerate(parameters.framerate)
        sound.writeframes(data[: len(data) // parameters.sampwidth * parameters.sampwidth])
    return buffer.getvalue()
