"""Charts of results, drawn on the server by leather, so that pages need neither JavaScript nor another origin.

leather (MIT, no dependencies) writes plain SVG whose looks are attributes, which the pages' content security policy
allows where a style would be refused. matplotlib brings 30 MB and inline styles, pygal is LGPL, others need a browser.
Its scales, bars, lines and axes are used as they are; what it lacks is drawn as shapes of its own kind: labels that
stand above their bars (beside them they leave no room on a phone), intervals, and bands around lines.
"""

import textwrap
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import leather
from leather import theme
from leather.axis import Axis
from leather.scales import Linear
from markupsafe import Markup

from kit.errors import Language
from survey.results.cells import ChoiceResult
from survey.results.formats import Formats

WIDTH = 360
# Letters of a label before it is broken, beside the number that ends its first line; and at most so many lines.
LETTERS = 33
MOST_LINES = 2
LINE = 19
BAR = 16
GAP = 9
AXIS = 58
PANEL_HEIGHT = 150

BAR_COLOUR = "#5b8fc4"
INK = "#1b1b1f"
OTHER_COLOUR = "#a14a00"
BAND_COLOUR = "#c9dcf0"
LINE_COLOUR = "#0b4f93"

theme.margin = 0.05
theme.background_color = "#ffffff"
theme.tick_font_size = 13
theme.tick_font_char_width = 9
theme.label_color = INK
theme.tick_color = "#d5d6dd"
# Said once, by the picture as a whole.
theme.tick_font_family = ""


@dataclass(frozen=True)
class Mark:
    """One row of a chart: its label, the number that is drawn and as text, and its interval if it has one.

    `other`: what it is compared with, drawn as a diamond.
    """

    label: str
    value: float
    said: str
    low: float | None = None
    high: float | None = None
    other: float | None = None


@dataclass(frozen=True)
class Point:
    """A wave in a line: where it lies, what is said below it, and its share with the interval; None: not published."""

    at: int
    said: str
    share: float | None
    low: float = 0
    high: float = 0


class _Straight(Linear):
    """A scale from its first to its last number: leather's own ends at round numbers, wherever the data end."""

    def __init__(self, first: float, last: float) -> None:
        self._first, self._last = first, last

    def contains(self, v: Any) -> bool:
        """Whether a number lies between its ends."""
        return v is None or self._first <= float(v) <= self._last

    def project(self, value: Any, range_min: Any, range_max: Any) -> float:
        """Return the place of a number between two places."""
        part = (float(value) - self._first) / (self._last - self._first)
        return float(range_min) + (float(range_max) - float(range_min)) * part


class _NoAxis(Axis):
    """The axis of rows that bear their labels themselves."""

    def estimate_label_margin(self, scale: Any, orient: str) -> int:
        return 0

    def to_svg(self, width: Any, height: Any, scale: Any, orient: str) -> ET.Element:
        return ET.Element("g")


class _Rows(leather.Bars):
    """Bars, or dots, below their labels, each crossed by a line from the lower to the upper end of its interval."""

    def __init__(self, lines: int, target: float | None, *, dots: bool) -> None:
        super().__init__(BAR_COLOUR)
        self._lines = lines
        self._target = target
        self._dots = dots

    def to_svg(self, width: Any, height: Any, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:
        group = ET.Element("g")
        for datum in series.data():
            mark: Mark = datum.row[2]
            top = float(y_scale.project_interval(datum.y, height, 0)[1])
            group.extend(_labels(mark, top, float(width), self._lines))
            middle = top + self._lines * LINE + BAR / 2 + 2

            def across(value: float) -> float:
                return float(x_scale.project(value, 0, width))

            if self._dots:
                group.append(_circle(across(mark.value), middle))
            else:
                group.append(_box(0, middle - BAR / 2, across(mark.value), BAR))
            if mark.low is not None and mark.high is not None:
                group.extend(_whisker(across(mark.low), across(mark.high), middle))
            if mark.other is not None:
                group.append(_diamond(across(mark.other), middle))
            if self._target is not None:
                x = across(self._target)
                # No higher: the number of the row stands above the end of its bar.
                reach = BAR / 2 + 3
                group.append(_line(x, middle - reach, x, middle + reach, OTHER_COLOUR, "3"))
        return group


class _LineWithBand(leather.Line):
    """A line through points, above a band from the lower to the upper ends of their intervals; gaps stay open."""

    def to_svg(self, width: Any, height: Any, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:
        group = ET.Element("g")
        points: list[Point] = [datum.row[2] for datum in series.data()]

        def place(point: Point, value: float) -> tuple[float, float]:
            return float(x_scale.project(point.at, 0, width)), float(y_scale.project(value, height, 0))

        for left, right in pairwise(points):
            if left.share is not None and right.share is not None and right.at == left.at + 1:
                corners = [(left, left.low), (left, left.high), (right, right.high), (right, right.low)]
                ends = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*corner) for corner in corners))
                group.append(ET.Element("polygon", points=ends, fill=BAND_COLOUR))
        for point in points:
            if point.share is not None:
                x, low, high = place(point, point.low)[0], place(point, point.low)[1], place(point, point.high)[1]
                group.append(_line(x, low, x, high, BAR_COLOUR, "2"))
        group.append(super().to_svg(width, height, x_scale, y_scale, series, palette))
        for point in points:
            if point.share is not None:
                x, y = place(point, point.share)
                group.append(_circle(x, y))
        return group


def chart(choices: Sequence[ChoiceResult], language: Language) -> Markup:
    """Return an SVG of the choices' shares with their intervals."""
    formats = Formats(language)
    marks = [
        Mark(choice.text.in_(language), choice.share, formats.percent(choice.share), choice.low, choice.high)
        for choice in choices
    ]
    label = "Biểu đồ; số liệu ở bảng bên cạnh" if language == "vi" else "Chart; the numbers are in the table beside it"
    return bars(marks, label, formats)


def bars(
    marks: Sequence[Mark], label: str, formats: Formats, *, most: float = 1, target: float | None = None
) -> Markup:
    """Return an SVG of shares as bars from 0 to `most`, above 0; `target` is a line across."""
    ticks = [0, 0.25, 0.5, 0.75, 1] if most > 0.5 else [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    return _rows(marks, label, (0, most), (ticks, formats.short_percent), dots=False, target=target)


def dots(marks: Sequence[Mark], label: str, formats: Formats, ends: tuple[float, float] | None = None) -> Markup:
    """Return an SVG of numbers as dots: shares, or means on a scale between its `ends`."""
    if ends is None:
        ticks: list[float] = [0, 0.25, 0.5, 0.75, 1]
        return _rows(marks, label, (0, 1), (ticks, formats.short_percent), dots=True)
    points = [float(point) for point in range(int(ends[0]), int(ends[1]) + 1)]
    return _rows(marks, label, ends, (points, lambda point: f"{point:g}"), dots=True)


def scale_end(highs: Sequence[float]) -> float:
    """Return where the axis of several charts side by side ends: at half when all of them stay below it."""
    return 0.5 if max(highs, default=1) <= 0.5 else 1.0


def trend(points: Sequence[Point], label: str, formats: Formats) -> Markup:
    """Return an SVG of one choice's share, wave by wave, with a band for the intervals; points are in order."""
    drawing = leather.Chart()
    rows = [(float(point.at), point.share, point) for point in points]
    drawing.add_series(leather.Series(rows), _LineWithBand(LINE_COLOUR))
    first, last = points[0].at, points[-1].at
    # Room on both sides, so that neither the first nor the last point lies on the edge.
    drawing.set_x_scale(_Straight(first - 0.3, last + 0.3))
    said = {point.at: point.said for point in points}
    drawing.add_x_axis(ticks=list(said), tick_formatter=_ticks_said(lambda at: said[int(at)]))
    most = scale_end([point.high for point in points if point.share is not None])
    drawing.set_y_scale(_Straight(0, most))
    ticks = [0, most / 2, most]
    drawing.add_y_axis(ticks=ticks, tick_formatter=_ticks_said(formats.short_percent))
    return _picture(drawing, PANEL_HEIGHT, label)


def _rows(
    marks: Sequence[Mark],
    label: str,
    ends: tuple[float, float],
    axis: tuple[Sequence[float], Callable[[float], str]],
    *,
    dots: bool,
    target: float | None = None,
) -> Markup:
    lines = max(len(_wrapped(mark.label)) for mark in marks)
    drawing = leather.Chart()
    # leather draws from the bottom up; people read from the top down.
    rows = [(max(ends[0], min(mark.value, ends[1])), str(number), mark) for number, mark in enumerate(marks)]
    drawing.add_series(leather.Series(rows[::-1]), _Rows(lines, target, dots=dots))
    drawing.set_x_scale(_Straight(*ends))
    ticks, said = axis
    drawing.add_x_axis(ticks=list(ticks), tick_formatter=_ticks_said(said))
    drawing.set_y_axis(_NoAxis())
    return _picture(drawing, AXIS + len(marks) * (lines * LINE + BAR + GAP + 4), label)


def _ticks_said(said: Callable[[float], str]) -> Callable[[Any, int, int], str]:
    def formatter(value: Any, _index: int, _count: int) -> str:
        return said(float(value))

    return formatter


def _picture(drawing: Any, height: int, label: str) -> Markup:
    picture = ET.Element("svg", viewBox=f"0 0 {WIDTH} {height}", xmlns="http://www.w3.org/2000/svg", role="img")
    picture.set("aria-label", label)
    picture.set("font-family", "Noto Sans, DejaVu Sans, sans-serif")
    picture.append(drawing.to_svg_group(WIDTH, height))
    for element in picture.iter():
        _shorten(element)
    return Markup(ET.tostring(picture, encoding="unicode"))  # noqa: S704  # ElementTree has escaped texts and attributes


def _shorten(element: ET.Element) -> None:
    """Cut what is not seen: leather writes numbers with 50 digits, and fonts that are said above."""
    for name, value in list(element.attrib.items()):
        if not value:
            del element.attrib[name]
        elif name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height"):
            element.set(name, _short(value))
        elif name == "d":
            element.set(name, " ".join(part if part in "ML" else _short(part) for part in value.split()))
        elif name == "class":
            del element.attrib[name]


def _short(number: str) -> str:
    return f"{round(float(number), 1):g}"


def _wrapped(label: str) -> list[str]:
    return textwrap.wrap(label, LETTERS, max_lines=MOST_LINES, placeholder=" …") or [""]


def _labels(mark: Mark, top: float, right: float, lines: int) -> list[ET.Element]:
    """Return a label's lines, the last one right above the bar, with the number at its end."""
    wrapped = _wrapped(mark.label)
    first = lines - len(wrapped)
    said = [_text(line, 4, top + LINE * (at + 0.85)) for at, line in enumerate(wrapped, first)]
    number = _text(mark.said, right, top + LINE * (lines - 0.15))
    number.set("text-anchor", "end")
    number.set("font-weight", "700")
    return [*said, number]


def _text(words: str, x: float, y: float) -> ET.Element:
    element = ET.Element("text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": "15", "fill": INK})
    element.text = words
    return element


def _box(x: float, y: float, width: float, height: float) -> ET.Element:
    return ET.Element(
        "rect", {"x": str(x), "y": str(y), "width": str(width), "height": str(height), "fill": BAR_COLOUR}
    )


def _circle(x: float, y: float) -> ET.Element:
    return ET.Element("circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4.5", "fill": LINE_COLOUR})


def _diamond(x: float, y: float) -> ET.Element:
    ends = f"{x:.1f},{y - 8:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 8:.1f} {x - 6:.1f},{y:.1f}"
    return ET.Element("polygon", {"points": ends, "fill": "none", "stroke": OTHER_COLOUR, "stroke-width": "2.5"})


def _whisker(left: float, right: float, middle: float) -> list[ET.Element]:
    return [
        _line(left, middle, right, middle),
        _line(left, middle - 4, left, middle + 4),
        _line(right, middle - 4, right, middle + 4),
    ]


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: str = "1.5", *, dashed: bool = False
) -> ET.Element:
    ends = {name: f"{value:.1f}" for name, value in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2))}
    dashes = {"stroke-dasharray": "5 3"} if dashed else {}
    return ET.Element("line", {**ends, "stroke": colour, "stroke-width": width, **dashes})
