"""Charts of results, drawn on the server by leather, so that pages need neither JavaScript nor another origin.

leather (MIT, no dependencies) writes plain SVG whose looks are attributes, which the pages' content security policy
allows where a style would be refused. matplotlib brings 30 MB and inline styles, pygal is LGPL, others need a browser.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

import leather
from leather import theme
from markupsafe import Markup

from kit.errors import Language
from survey.results.reading import ChoiceResult

WIDTH = 340
HEIGHT_OF_BAR = 26
HEIGHT_OF_AXIS = 70
BAR_COLOUR = "#5b8fc4"
INTERVAL_COLOUR = "#1b1b1f"

theme.background_color = "#ffffff"
theme.tick_font_family = "Noto Sans, DejaVu Sans, sans-serif"
theme.tick_font_size = 12
theme.tick_font_char_width = 8
theme.label_color = "#1b1b1f"
theme.tick_color = "#d5d6dd"


class _BarsWithIntervals(leather.Bars):
    """Bars of shares, each crossed by a line from the lower to the upper end of its interval."""

    def to_svg(self, width: Any, height: Any, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:
        group = super().to_svg(width, height, x_scale, y_scale, series, palette)
        for datum in series.data():
            _, _, low, high = datum.row
            bottom, top = y_scale.project_interval(datum.y, height, 0)
            left, right = (float(x_scale.project(end, 0, width)) for end in (low, high))
            middle, cap = float(bottom + top) / 2, float(bottom - top) / 5
            group.append(_line(left, middle, right, middle))
            group.append(_line(left, middle - cap, left, middle + cap))
            group.append(_line(right, middle - cap, right, middle + cap))
        return group


def chart(choices: Sequence[ChoiceResult], language: Language) -> Markup:
    """Return an SVG of the choices' shares with their intervals; each bar bears its choice's number in the table."""
    drawing = leather.Chart()
    rows = [(choice.share, str(number), choice.low, choice.high) for number, choice in enumerate(choices, start=1)]
    # leather draws from the bottom up; the table reads from the top down.
    drawing.add_series(leather.Series(rows[::-1]), _BarsWithIntervals(BAR_COLOUR))
    drawing.add_x_scale(0, 1)
    drawing.add_x_axis(ticks=[0, 0.25, 0.5, 0.75, 1], tick_formatter=_percent)
    height = HEIGHT_OF_AXIS + HEIGHT_OF_BAR * len(choices)
    picture = ET.Element("svg", viewBox=f"0 0 {WIDTH} {height}", xmlns="http://www.w3.org/2000/svg", role="img")
    label = "Biểu đồ; số liệu ở bảng bên dưới" if language == "vi" else "Chart; the numbers are in the table below"
    picture.set("aria-label", label)
    picture.append(drawing.to_svg_group(WIDTH, height))
    # Our own markup: leather escapes texts, and the only texts are numbers.
    return Markup(ET.tostring(picture, encoding="unicode"))  # noqa: S704


def _percent(value: float, _index: int, _count: int) -> str:
    return f"{value * 100:.0f}%"


def _line(x1: float, y1: float, x2: float, y2: float) -> ET.Element:
    ends = {name: f"{value:.1f}" for name, value in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2))}
    return ET.Element("line", {**ends, "stroke": INTERVAL_COLOUR, "stroke-width": "1.5"})
