"""Charts of the printed report: shares as points with their intervals, drawn by reportlab's own line plots."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.lineplots import LinePlot
from reportlab.graphics.shapes import Drawing
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib.colors import HexColor

from survey.results.reading import ChoiceResult

# Distinct for people who do not see red and green apart, and in grey (Okabe and Ito, 2008).
PALETTE = tuple(
    HexColor(colour) for colour in ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
)
MARKERS = ("FilledCircle", "FilledSquare", "FilledDiamond", "FilledTriangle", "Circle", "Square", "Diamond")
WIDTH = 480
# In points: a row of one group, what a further one needs, and what stands beside the rows.
_ROW, _GROUP = 15, 7
_LEFT, _BOTTOM = 30, 24
# A chart of several groups takes half a page at most, of one group less than a page.
_HALF_A_PAGE, _A_PAGE = 360, 620
# Names of groups: so many beside each other, of so many letters, on lines of this height.
_BESIDE, _LONGEST, _LINE = 3, 30, 10


def most_series(choices: int) -> int:
    """Return how many groups with so many choices fit into one chart."""
    return max(1, min(len(MARKERS), _HALF_A_PAGE // (_GROUP * choices)))


class Series(NamedTuple):
    """One group's shares, in the order of the choices."""

    label: str
    choices: Sequence[ChoiceResult]


def intervals_chart(groups: Sequence[Series], font: str) -> Drawing:
    """Return a chart of at most `most_series` groups with the same choices: a row for each, numbered as in the table.

    The intervals are lines, the shares marks on them.
    """
    choices = len(groups[0].choices)
    spread = 0.7 if len(groups) > 1 else 0.0
    height = _BOTTOM + min(_A_PAGE, choices * max(_ROW, _GROUP * len(groups))) + 10
    legend = 6 + _LINE * _lines(groups) if len(groups) > 1 else 0
    drawing = Drawing(WIDTH, height + legend)
    plot: Any = LinePlot()
    plot.x, plot.y, plot.width, plot.height = _LEFT, _BOTTOM, WIDTH - _LEFT - 20, height - _BOTTOM - 6
    plot.data = []
    for number, group in enumerate(groups):
        shift = spread * ((number + 0.5) / len(groups) - 0.5)
        _add(plot, group, number, [choices - row - shift for row in range(choices)])
    _axes(plot, choices, font)
    drawing.add(plot)
    if legend:
        drawing.add(_legend(groups, height + legend - 2, font))
    return drawing


def _add(plot: Any, group: Series, number: int, heights: Sequence[float]) -> None:
    """Add a group's intervals as lines, and its shares as points."""
    colour = PALETTE[number]
    for choice, at in zip(group.choices, heights, strict=True):
        plot.lines[len(plot.data)].strokeColor = colour
        plot.lines[len(plot.data)].strokeWidth = 1.2
        plot.data.append([(choice.low * 100, at), (choice.high * 100, at)])
    for choice, at in zip(group.choices, heights, strict=True):
        line = plot.lines[len(plot.data)]
        line.strokeColor = colour
        line.symbol = makeMarker(MARKERS[number], size=5, fillColor=colour, strokeColor=colour)
        plot.data.append([(choice.share * 100, at)])


def _axes(plot: Any, choices: int, font: str) -> None:
    across, down = plot.xValueAxis, plot.yValueAxis
    across.valueMin, across.valueMax, across.valueStep = 0, 100, 25
    across.labelTextFormat = "%d%%"
    down.valueMin, down.valueMax = 0.4, choices + 0.6
    down.valueSteps = list(range(1, choices + 1))
    down.labelTextFormat = [f"{choices - at}." for at in range(choices)]
    for axis in (across, down):
        axis.labels.fontName, axis.labels.fontSize = font, 7
        axis.visibleGrid, axis.gridStrokeColor, axis.gridStrokeWidth = True, HexColor("#dddddd"), 0.4
        axis.strokeColor = HexColor("#777777")


def _lines(groups: Sequence[Series]) -> int:
    return -(-len(groups) // _BESIDE)


def _legend(groups: Sequence[Series], top: float, font: str) -> Legend:
    legend: Any = Legend()
    legend.x, legend.y, legend.boxAnchor = _LEFT, top, "nw"
    legend.fontName, legend.fontSize, legend.alignment = font, 7, "right"
    legend.dx = legend.dy = 6
    legend.columnMaximum, legend.deltax, legend.deltay = _lines(groups), (WIDTH - _LEFT) // _BESIDE, _LINE
    legend.dxTextSpace, legend.autoXPadding, legend.yGap = 4, 0, 0
    legend.colorNamePairs = [(PALETTE[number], _short(group.label)) for number, group in enumerate(groups)]
    return legend


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
