"""The poster for a notice board: one page of A4 that is read from two metres and scanned from one."""

from survey.collection.printing.paper import LEADING, POINT, WIDTH, Face, Paper, fitting, wrapped
from survey.collection.printing.qr import qr_code
from survey.wave_kit.service import Occasion
from survey.wave_kit.texts import HOW, promise, until

_MARGIN = 15.0
_WIDE = WIDTH - 2 * _MARGIN
_QR = 100.0


def poster(about: Occasion) -> bytes:
    """Return the poster's PDF."""
    paper = Paper(f"{about.title_vi} – {about.unit_vi}")
    y = _lines(paper, 14, about.unit_vi, 15, most=2)
    y = _lines(paper, y + 1, "mời anh chị em trả lời", 13)
    y = _lines(paper, y + 2, about.title_vi, _title_size(about.title_vi), face="bold", most=4)
    y = _lines(paper, y + 3, HOW[about.way].vi, 14, most=2) + 7
    paper.qr((WIDTH - _QR) / 2, y, _QR, qr_code(about.url))
    size = fitting(about.short_link, 38, _WIDE - 1, "bold")
    y = _lines(paper, y + _QR + 7, about.short_link, size, face="bold")
    y = _lines(paper, y, "Gõ chữ hoa hay chữ thường đều được.", 10)
    said = until(about)
    y = _lines(paper, y + 3, f"Trả lời {said.vi}", 20, face="bold", most=2)
    y = _lines(paper, y + 2, promise(about).vi, 13)
    paper.line(_MARGIN, y + 3, WIDTH - _MARGIN, y + 3, grey=0.7)
    english = f"{about.title_en} – please answer {said.en}. {promise(about).en}"
    _lines(paper, y + 5, english, 9.5, most=4)
    paper.next_page()
    return paper.pdf()


def _title_size(title: str) -> float:
    """Return the largest size in which a title takes three lines at most."""
    return next((size for size in (34.0, 30.0, 26.0, 22.0) if len(wrapped(title, size, _WIDE, "bold")) <= 3), 18.0)


def _lines(paper: Paper, y: float, words: str, size: float, *, face: Face = "plain", most: int = 3) -> float:
    """Write words in the middle, in so many lines at the most, and return where the next ones begin."""
    lines = wrapped(words, size, _WIDE, face)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1].rstrip() + "…"]
    for line in lines:
        paper.centred(WIDTH / 2, y, line, size, face=face)
        y += size * LEADING * POINT
    return y
