"""Fonts that cover Vietnamese, so that the demo looks alike on every machine (DejaVu, see `typefaces/LICENCE.txt`)."""

from pathlib import Path
from typing import Literal

Face = Literal["sans", "bold", "serif"]

_FILES: dict[Face, str] = {"sans": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf", "serif": "DejaVuSerif.ttf"}


def font(face: Face) -> str:
    """Return the path of a font's file."""
    return str(Path(__file__).parent / "typefaces" / _FILES[face])
