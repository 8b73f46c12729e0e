"""A4 pages on which text wraps and QR codes stand; measured in millimetres from the top left corner.

The typefaces are DejaVu's, reduced to the letters of Vietnamese and English (see `typefaces/LICENCE.txt`): what has
other letters shows boxes in their place.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from kit.texts import nfc
from survey.collection.printing.qr import Matrix

WIDTH, HEIGHT = 210.0, 297.0
# From one line to the next, in sizes of the letters; a point is 0.3528 mm.
LEADING = 1.32
POINT = 25.4 / 72

Face = Literal["plain", "bold"]

_FACES: dict[Face, tuple[str, str]] = {
    "plain": ("LoaForm", "DejaVuSans.ttf"),
    "bold": ("LoaFormBold", "DejaVuSans-Bold.ttf"),
}
# As bytes, not as text: a fifth smaller and twice as fast.
rl_config.useA85 = False
_RUN = re.compile("1+")


class Paper:
    """A document of A4 pages, drawn from the top of the first to the bottom of the last."""

    def __init__(self, title: str) -> None:
        for name, file in _FACES.values():
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(Path(__file__).parent / "typefaces" / file)))
        self._buffer = io.BytesIO()
        # Invariant: neither the hour nor a serial number of the making is written into the file.
        self._canvas = Canvas(self._buffer, pagesize=A4, pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setAuthor("Loa")

    def text(
        self, x: float, y: float, words: str, size: float = 10, *, face: Face = "plain", width: float | None = None
    ) -> float:
        """Write words with the top of their first line at `y`, wrapped to a width; return where the next one begins."""
        for line in [words] if width is None else wrapped(words, size, width, face):
            self._canvas.setFont(_FACES[face][0], size)
            self._canvas.drawString(x * mm, (HEIGHT - y) * mm - size, line)
            y += size * LEADING * POINT
        return y

    def centred(self, x: float, y: float, words: str, size: float = 10, *, face: Face = "plain") -> None:
        """Write one line around `x`."""
        self._canvas.setFont(_FACES[face][0], size)
        self._canvas.drawCentredString(x * mm, (HEIGHT - y) * mm - size, words)

    def box(self, x: float, y: float, width: float, height: float, *, grey: float = 0) -> None:
        """Draw the outline of a box; `grey` from 0 (black) to 1 (nothing)."""
        self._canvas.setStrokeGray(grey)
        self._canvas.setLineWidth(0.8)
        self._canvas.rect(x * mm, (HEIGHT - y - height) * mm, width * mm, height * mm)
        self._canvas.setStrokeGray(0)

    def line(self, x: float, y: float, to_x: float, to_y: float, *, dashed: bool = False, grey: float = 0.35) -> None:
        """Draw a line."""
        self._canvas.setStrokeGray(grey)
        self._canvas.setDash([2, 3] if dashed else [])
        self._canvas.line(x * mm, (HEIGHT - y) * mm, to_x * mm, (HEIGHT - to_y) * mm)
        self._canvas.setDash([])
        self._canvas.setStrokeGray(0)

    def qr(self, x: float, y: float, side: float, matrix: Matrix) -> None:
        """Draw a QR code without its quiet zone, which the caller leaves around it (four modules)."""
        module = side * mm / matrix.size
        bottom = (HEIGHT - y - side) * mm
        drawn = [f"q {module:.5f} 0 0 {module:.5f} {x * mm:.3f} {bottom:.3f} cm"]
        for down, row in enumerate(matrix.rows(), 1):
            drawn += [
                f"{run.start()} {matrix.size - down} {run.end() - run.start()} 1 re" for run in _RUN.finditer(row)
            ]
        self._canvas.addLiteral("\n".join([*drawn, "f Q"]))

    def begin_stencil(self, name: str) -> None:
        """Draw what follows into a page that is kept, to be laid under others."""
        self._canvas.beginForm(name)

    def end_stencil(self) -> None:
        """End what `begin_stencil` began."""
        self._canvas.endForm()

    def stencil(self, name: str, x: float = 0, y: float = 0) -> None:
        """Lay a kept page under this one, moved to the right and down."""
        self._canvas.saveState()
        self._canvas.translate(x * mm, -y * mm)
        self._canvas.doForm(name)
        self._canvas.restoreState()

    def next_page(self) -> None:
        """End the page."""
        self._canvas.showPage()

    def pdf(self) -> bytes:
        """Return the document, whose last page was ended."""
        self._canvas.save()
        return self._buffer.getvalue()


def wrapped(words: str, size: float, width: float, face: Face = "plain") -> Sequence[str]:
    """Return words in lines of at most `width` millimetres; a word that is longer is broken."""
    lines: list[str] = []
    for paragraph in nfc(words).splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if width_of(longer, size, face) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *broken, line = _broken(word, size, width, face)
            lines += broken
        lines.append(line)
    return lines


def width_of(words: str, size: float, face: Face = "plain") -> float:
    """Return how wide a line is, in millimetres."""
    return pdfmetrics.stringWidth(words, _FACES[face][0], size) * POINT


def fitting(words: str, size: float, width: float, face: Face = "plain") -> float:
    """Return the size, at most this one, in which words fit on a line."""
    return min(size, size * width / max(width_of(words, size, face), 0.1))


def height_of(words: str, size: float, width: float, face: Face = "plain") -> float:
    """Return how high wrapped words are, in millimetres."""
    return len(wrapped(words, size, width, face)) * size * LEADING * POINT


def _broken(word: str, size: float, width: float, face: Face) -> Sequence[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size, face) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
