"""A questionnaire on paper: large boxes to tick, its slip's code and QR on every page, laid out once for all copies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kit.errors import Language
from survey.collection.printing.occasion import Occasion
from survey.collection.printing.paper import HEIGHT, LEADING, POINT, WIDTH, Face, Paper, height_of, width_of, wrapped
from survey.collection.slips.codes import printed
from survey.questionnaires.definition import Choice, Definition, Question
from survey.questionnaires.wording import Wording

MOST_COPIES = 500

_LEFT, _WIDE = 15.0, WIDTH - 30.0
_TOP, _BOTTOM = 37.0, HEIGHT - 15.0
_BOX = 5.5
_SIZE = 11.0
_LINE = 9.0
_QR = 20.0
# Wider than this, answers stand below each other, and a matrix line by line.
_NARROW = 82.0
_MOST_COLUMNS = 7
_ROW_WIDTH = 62.0
_MOST_LINES = 8
_KEPT_TOGETHER = 90.0

Draw = Callable[[Paper, float], None]


@dataclass(frozen=True, slots=True)
class Strip:
    """What is not torn apart by the end of a page: how high it is (mm), and how it is drawn from a height down.

    One that `leads` is not left alone at the end of a page: the next strip comes with it.
    """

    height: float
    draw: Draw
    leads: bool = False


def form_pages(occasion: Occasion, definition: Definition, codes: Sequence[str], shown_in: Language = "vi") -> bytes:
    """Return the PDF of as many copies of a questionnaire as there are slips, each with its own."""
    title = definition.title.in_(shown_in)
    paper = Paper(f"{title} – {occasion.unit_vi}")
    pages = _pages(list(_strips(definition, occasion, shown_in)))
    for number, strips in enumerate(pages, 1):
        paper.begin_stencil(f"page{number}")
        _margin(paper, occasion, title, f"{number}/{len(pages)}", shown_in)
        y = _TOP
        for strip in strips:
            strip.draw(paper, y)
            y += strip.height
        paper.end_stencil()
    for code in codes:
        for number in range(1, len(pages) + 1):
            paper.stencil(f"page{number}")
            paper.qr(WIDTH - _LEFT - _QR, 11, _QR, occasion.qr(code))
            paper.text(_LEFT, 21.5, printed(code), 15, face="bold")
            paper.next_page()
    return paper.pdf()


def _margin(paper: Paper, occasion: Occasion, title: str, place: str, shown_in: Language) -> None:
    width = _WIDE - _QR - 6
    paper.text(_LEFT, 11, _one_line(title, 10, width, "bold"), 10, face="bold")
    unit = occasion.unit_vi if shown_in == "vi" else occasion.unit_en
    paper.text(_LEFT, 16, _one_line(unit, 8.5, width, "plain"), 8.5)
    how = _say(
        shown_in, "Mã phiếu. Trả lời bằng điện thoại: quét mã QR hoặc mở", "Slip. To answer by phone, scan or open"
    )
    paper.text(_LEFT, 28, _one_line(f"{how} {occasion.short_address}", 8, width, "plain"), 8)
    paper.line(_LEFT, 33.5, WIDTH - _LEFT, 33.5)
    last = _say(shown_in, "Nộp trước khi hết ngày", "Hand in by the end of")
    paper.text(_LEFT, HEIGHT - 11, f"{last} {occasion.last_day}", 8)
    paper.text(WIDTH - _LEFT - width_of(place, 8), HEIGHT - 11, place, 8)


def _one_line(text: str, size: float, width: float, face: Face) -> str:
    if width_of(text, size, face) <= width:
        return text
    while text and width_of(text + "…", size, face) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _pages(strips: Sequence[Strip]) -> list[list[Strip]]:
    """Fill pages with strips; those that lead go with what they lead to, unless that is higher than a page."""
    pages: list[list[Strip]] = [[]]
    y = _TOP
    for bundle in _bundles(strips):
        height = sum(strip.height for strip in bundle)
        if pages[-1] and y + height > _BOTTOM:
            pages.append([])
            y = _TOP
        for strip in bundle:
            if pages[-1] and y + strip.height > _BOTTOM:
                pages.append([])
                y = _TOP
            pages[-1].append(strip)
            y += strip.height
    return pages


def _bundles(strips: Sequence[Strip]) -> Iterator[list[Strip]]:
    bundle: list[Strip] = []
    for strip in strips:
        bundle.append(strip)
        if not strip.leads:
            yield bundle
            bundle = []
    if bundle:
        yield bundle


def _strips(definition: Definition, occasion: Occasion, shown_in: Language) -> Iterator[Strip]:
    yield _words(definition.title.in_(shown_in), 17, face="bold", after=2)
    if definition.introduction:
        yield _words(definition.introduction.in_(shown_in), _SIZE, after=2)
    yield _words(
        _say(
            shown_in,
            "Không ghi tên. Đánh dấu X vào ô. Người nhập phiếu chỉ gõ lại câu trả lời; mã phiếu chỉ để mỗi phiếu được "
            "tính một lần, không cho biết ai đã viết.",
            "Write no name. Put an X into the boxes. Whoever types this in copies the answers only; the code is there "
            "so that each form counts once, and does not tell who wrote it.",
        ),
        _SIZE,
        face="bold",
        after=3,
    )
    by_code = {question.code: question for question in definition.questions}
    asked = [code for code, question in by_code.items() if question.kind != "note"]
    wording = Wording(by_code, {code: number for number, code in enumerate(asked, 1)}, shown_in)
    for section in definition.sections:
        yield _words(section.title.in_(shown_in), 13, face="bold", before=4, after=1.5, leads=True)
        for question in section.questions:
            yield from _together(list(_question(question, wording, shown_in)))


def _together(strips: Sequence[Strip]) -> Iterator[Strip]:
    """Keep a question on one page, unless it is a third of one or more."""
    *former, last = strips
    is_short = sum(strip.height for strip in strips) < _KEPT_TOGETHER
    yield from (replace(strip, leads=strip.leads or is_short) for strip in former)
    yield last


def _question(question: Question, wording: Wording, shown_in: Language) -> Iterator[Strip]:
    text = question.text.in_(shown_in)
    if question.shown_if is not None:
        yield _words(wording.condition(question.shown_if), 9.5, before=2.5, leads=True)
    if question.kind == "note":
        yield _words(text, _SIZE, before=2.5, after=1, leads=True)
        return
    heading = f"{wording.numbers[question.code]}. {text}"
    if question.required:
        heading += f" ({_say(shown_in, 'bắt buộc', 'required')})"
    yield _words(heading, _SIZE, face="bold", before=1 if question.shown_if is not None else 2.5, after=0.8, leads=True)
    hint = question.hint.in_(shown_in) if question.hint else _how(question, shown_in)
    if hint:
        yield _words(hint, 9.5, after=0.8, leads=True)
    yield from _ANSWERS[question.kind](question, shown_in)


def _how(question: Question, shown_in: Language) -> str:
    if question.kind == "multiple":
        return _say(shown_in, "Có thể chọn nhiều ô.", "You may choose several.")
    if question.kind == "ranking":
        places = ", ".join(str(place) for place in range(1, question.places + 1))
        return _say(shown_in, f"Ghi {places} vào ô: 1 là trước nhất.", f"Write {places} into boxes: 1 comes first.")
    if question.kind == "date":
        return _say(shown_in, "Ngày – tháng – năm", "Day – month – year")
    return ""


def _choices(question: Question, shown_in: Language) -> Iterator[Strip]:
    plain = [choice for choice in question.choices if not choice.other]
    labels = [choice.text.in_(shown_in) for choice in plain]
    if len(labels) > 3 and all(width_of(label, _SIZE) < _NARROW - _BOX - 4 for label in labels):
        half = (len(labels) + 1) // 2
        for one, other in zip(labels[:half], [*labels[half:], None], strict=False):
            yield _beside([(_LEFT, one), *([(_LEFT + _WIDE / 2, other)] if other is not None else [])])
    else:
        for label in labels:
            yield _ticked(label)
    for choice in question.choices:
        if choice.other:
            yield _other(choice.text.in_(shown_in))


def _scale(question: Question, shown_in: Language) -> Iterator[Strip]:
    points = [str(point) for point in range(question.minimum, question.maximum + 1)]
    named = {choice.code: choice.text.in_(shown_in) for choice in question.choices}
    if any(width_of(named.get(point, ""), 9) > _WIDE / len(points) - 2 for point in points):
        for point in points:
            yield _ticked(named.get(point, point))
        return
    step = min(_WIDE / len(points), 32.0)

    def draw(paper: Paper, y: float) -> None:
        for place, point in enumerate(points):
            middle = _LEFT + (place + 0.5) * step
            paper.box(middle - _BOX / 2, y + 0.5, _BOX, _BOX)
            paper.centred(middle, y + _BOX + 1.5, named.get(point, point), 9)

    yield Strip(_BOX + 7, draw)


def _ranking(question: Question, shown_in: Language) -> Iterator[Strip]:
    for choice in question.choices:
        yield _ticked(choice.text.in_(shown_in), side=7.0)


def _matrix(question: Question, shown_in: Language) -> Iterator[Strip]:
    heads = [choice.text.in_(shown_in) for choice in question.choices]
    step = (_WIDE - _ROW_WIDTH) / len(heads)
    widest = max(width_of(word, 8.5) for head in heads for word in head.split())
    if len(heads) > _MOST_COLUMNS or widest > step - 2:
        yield from _matrix_by_line(question, shown_in)
        return
    head_height = max(height_of(head, 8.5, step - 2) for head in heads)

    def draw_heads(paper: Paper, y: float) -> None:
        for place, head in enumerate(heads):
            for number, line in enumerate(wrapped(head, 8.5, step - 2)):
                middle = _LEFT + _ROW_WIDTH + (place + 0.5) * step
                paper.centred(middle, y + number * 8.5 * LEADING * POINT, line, 8.5)

    yield Strip(head_height + 1, draw_heads, leads=True)
    for row in question.rows:
        yield _matrix_row(row.text.in_(shown_in), len(heads), step)


def _matrix_row(label: str, columns: int, step: float) -> Strip:
    height = max(height_of(label, 10, _ROW_WIDTH - 3), _BOX) + 2.5

    def draw(paper: Paper, y: float) -> None:
        paper.line(_LEFT, y, _LEFT + _WIDE, y, grey=0.8)
        paper.text(_LEFT, y + 1.2, label, 10, width=_ROW_WIDTH - 3)
        for place in range(columns):
            paper.box(_LEFT + _ROW_WIDTH + (place + 0.5) * step - _BOX / 2, y + (height - _BOX) / 2, _BOX, _BOX)

    return Strip(height, draw)


def _matrix_by_line(question: Question, shown_in: Language) -> Iterator[Strip]:
    for row in question.rows:
        yield _words(row.text.in_(shown_in), 10, before=1.5, after=0.5, leads=True)
        yield from _choices_of(question.choices, shown_in)


def _choices_of(choices: Sequence[Choice], shown_in: Language) -> Iterator[Strip]:
    for choice in choices:
        yield _ticked(choice.text.in_(shown_in))


def _number(question: Question, shown_in: Language) -> Iterator[Strip]:
    digits = max(len(str(abs(question.minimum))), len(str(abs(question.maximum))))
    groups = [digits, question.decimals] if question.decimals else [digits]
    yield _comb(groups, ",", sign=question.minimum < 0)


def _date(question: Question, shown_in: Language) -> Iterator[Strip]:
    yield _comb([2, 2, 4], "–")


def _comb(groups: Sequence[int], between: str, *, sign: bool = False) -> Strip:
    """Boxes for single digits, so that they can be read."""
    side = 7.0

    def draw(paper: Paper, y: float) -> None:
        x = _LEFT
        if sign:
            paper.text(x, y + 1, "±", 12)
            x += 6
        for place, digits in enumerate(groups):
            if place:
                paper.text(x + 1.2, y + 1, between, 12)
                x += 5
            for _ in range(digits):
                paper.box(x, y + 0.5, side, side + 1, grey=0.3)
                x += side

    return Strip(side + 4, draw)


def _writing(question: Question, shown_in: Language) -> Iterator[Strip]:
    lines = 1 if question.kind == "short_text" else min(_MOST_LINES, max(3, question.maximum_length // 200))

    def draw(paper: Paper, y: float) -> None:
        paper.line(_LEFT, y + _LINE - 1, _LEFT + _WIDE, y + _LINE - 1)

    for _ in range(lines):
        yield Strip(_LINE, draw)


_ANSWERS: dict[
    Literal["single", "multiple", "scale", "ranking", "matrix", "number", "date", "short_text", "long_text", "note"],
    Callable[[Question, Language], Iterator[Strip]],
] = {
    "single": _choices,
    "multiple": _choices,
    "scale": _scale,
    "ranking": _ranking,
    "matrix": _matrix,
    "number": _number,
    "date": _date,
    "short_text": _writing,
    "long_text": _writing,
}


def _words(
    text: str, size: float, *, face: Face = "plain", before: float = 0, after: float = 0, leads: bool = False
) -> Strip:
    def draw(paper: Paper, y: float) -> None:
        paper.text(_LEFT, y + before, text, size, face=face, width=_WIDE)

    return Strip(before + height_of(text, size, _WIDE, face) + after, draw, leads)


def _ticked(label: str, *, side: float = _BOX) -> Strip:
    """A box and what it stands for."""
    width = _WIDE - side - 4
    height = max(height_of(label, _SIZE, width), side) + 2.2

    def draw(paper: Paper, y: float) -> None:
        paper.box(_LEFT, y + 0.6, side, side)
        paper.text(_LEFT + side + 3, y + 0.6 + _sunk(side), label, _SIZE, width=width)

    return Strip(height, draw)


def _beside(cells: Sequence[tuple[float, str]]) -> Strip:
    """Boxes with short labels, beside each other."""

    def draw(paper: Paper, y: float) -> None:
        for x, label in cells:
            paper.box(x, y + 0.6, _BOX, _BOX)
            paper.text(x + _BOX + 3, y + 0.6 + _sunk(_BOX), label, _SIZE)

    return Strip(_BOX + 2.2, draw)


def _other(label: str) -> Strip:
    """A box, what it stands for, and a line for words."""

    def draw(paper: Paper, y: float) -> None:
        paper.box(_LEFT, y + 0.6, _BOX, _BOX)
        paper.text(_LEFT + _BOX + 3, y + 0.6 + _sunk(_BOX), f"{label}:", _SIZE)
        paper.line(_LEFT + _BOX + 6 + width_of(label, _SIZE), y + _BOX + 0.4, _LEFT + _WIDE, y + _BOX + 0.4)

    return Strip(_LINE, draw)


def _sunk(side: float) -> float:
    """How far down words begin so that they stand in the middle of a box."""
    return (side - _SIZE * POINT * LEADING) / 2 + 0.4


def _say(shown_in: Language, vi: str, en: str) -> str:
    return vi if shown_in == "vi" else en
