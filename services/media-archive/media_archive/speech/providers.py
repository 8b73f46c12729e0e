"""Who speaks and who listens: two small interfaces, so that a better voice or a recogniser can be put in their place.

A provider is named in the settings as `package.module:factory`; the factory takes nothing and returns it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from kit.errors import DomainError
from media_archive.captions.webvtt import Cue
from media_archive.settings import current
from media_archive.speech.espeak import EspeakNg
from media_archive.speech.sounds import CannotSpeak, Sound


class SpeakerMissing(DomainError):
    """The server has nothing to read a text aloud with."""

    code = "SPEAKER_MISSING"
    vi = "Máy chủ chưa cài bộ đọc văn bản (ví dụ espeak-ng)."
    en = "The server has nothing installed to read texts aloud with (such as espeak-ng)."


class TranscriberMissing(DomainError):
    """The server has nothing to write down with what is said."""

    code = "TRANSCRIBER_MISSING"
    vi = "Máy chủ chưa có bộ chuyển lời nói thành chữ."
    en = "The server has nothing to turn speech into text with."


class Speaker(Protocol):
    """Reads a text aloud."""

    name: str
    """What the material says of whose voice it is."""

    async def speak(self, text: str, language: str) -> Sound:
        """Return a text of one language (ISO 639) as sound; CannotSpeak when that fails."""
        ...


class CannotListen(Exception):
    """What is said could not be written down."""


class Transcriber(Protocol):
    """Writes down what is said."""

    async def transcribe(self, sound: Path, language: str) -> Sequence[Cue]:
        """Return what is said in a film or sound, in order and with its times; CannotListen when that fails."""
        ...


@dataclass(frozen=True, slots=True)
class _Named:
    """A provider as the settings name it."""

    setting: str

    def make(self) -> Any:
        module, _, factory = self.setting.partition(":")
        made: Callable[[], Any] = getattr(import_module(module), factory)
        return made()


def speaker() -> Speaker:
    """Return who reads texts aloud here; SpeakerMissing when nobody does."""
    chosen = current().speaker
    if chosen == "off":
        raise SpeakerMissing()
    if chosen != "espeak-ng":
        return _Named(chosen).make()
    try:
        return EspeakNg()
    except CannotSpeak as error:
        raise SpeakerMissing() from error


def transcriber() -> Transcriber:
    """Return who writes down what is said here; TranscriberMissing when nobody does."""
    chosen = current().transcriber
    if chosen == "off":
        raise TranscriberMissing()
    return _Named(chosen).make()
