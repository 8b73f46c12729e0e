"""Which picture is drawn of which results, and what it is called for whoever does not see it."""

from collections.abc import Sequence

from markupsafe import Markup

from kit.errors import Language
from survey.questionnaires.definition import Text
from survey.results.cells import CellResult, ChoiceResult
from survey.results.formats import Formats
from survey.results.inference import t_quantile
from survey.results.questions import Question
from survey.results.trend import Point as WavePoint
from survey.web.results_chart import Mark, Point, bars, dots, scale_end, trend


def mean_interval(question: Question, cell: CellResult) -> tuple[float, float] | None:
    """Return the ends of a scale's mean's 95 % interval by Student's t, within the scale; None without a mean."""
    if cell.base is None or cell.mean is None or cell.mean_error is None or not question.points:
        return None
    half = t_quantile(max(cell.base - 1, 1)) * cell.mean_error
    return max(question.points[0], cell.mean - half), min(question.points[-1], cell.mean + half)


class Pictures:
    """Charts in one language."""

    def __init__(self, shown_in: Language) -> None:
        self._language: Language = shown_in
        self._formats = Formats(shown_in)

    def choices(
        self,
        title: str,
        cell: CellResult,
        choices: Sequence[ChoiceResult],
        other: CellResult | None = None,
        most: float | None = None,
    ) -> Markup:
        """Draw some of a cell's shares; `other` is what they are compared with."""
        others = {choice.code: choice.share for choice in other.choices} if other else {}
        end = most or self.end([choices])
        marks = [self._mark(choice.text, cell, choice, others.get(choice.code)) for choice in choices]
        return bars(marks, self._named(title), self._formats, most=end)

    def end(self, several: Sequence[Sequence[ChoiceResult]]) -> float:
        """Return where the axes of charts that are looked at together end."""
        return scale_end([choice.high for choices in several for choice in choices])

    def reach(self, cell: CellResult, reached: ChoiceResult, target: float | None) -> Markup:
        """Draw the share of people who were reached, with the target as a line."""
        label = Text({"vi": "Đã nhận được tin", "en": "Reached"})
        return bars(
            [self._mark(label, cell, reached)], self._named(label.in_(self._language)), self._formats, target=target
        )

    def coverage(self, title: str, cells: Sequence[CellResult]) -> Markup | None:
        """Draw which part of each segment's people took part; None where nothing is published."""
        shown = [(cell, cell.coverage) for cell in cells if cell.coverage is not None]
        if not shown:
            return None
        marks = [
            Mark(cell.label.in_(self._language), min(part, 1), self._formats.percent(part)) for cell, part in shown
        ]
        end = scale_end([part for _, part in shown])
        return bars(marks, self._named(title), self._formats, most=end)

    def segments(self, title: str, cells: Sequence[CellResult], choice: str) -> Markup | None:
        """Draw one choice's share in each segment; None where nothing is published."""
        marks = [
            self._mark(cell.label, cell, chosen) for cell in cells for chosen in cell.choices if chosen.code == choice
        ]
        return dots(marks, self._named(title), self._formats) if marks else None

    def means(self, title: str, question: Question, cells: Sequence[CellResult]) -> Markup | None:
        """Draw a scale's mean in each segment; None where nothing is published."""
        marks = [
            Mark(cell.label.in_(self._language), cell.mean, self._formats.mean(cell.mean), *interval)
            for cell in cells
            if cell.mean is not None and (interval := mean_interval(question, cell))
        ]
        ends = (question.points[0], question.points[-1]) if marks else None
        return dots(marks, self._named(title), self._formats, ends) if marks else None

    def trend(self, title: str, points: Sequence[WavePoint], choice: str) -> Markup:
        """Draw one choice's share over waves."""
        return trend(
            [self._point(at, point, choice) for at, point in enumerate(points)], self._named(title), self._formats
        )

    def _point(self, at: int, point: WavePoint, code: str) -> Point:
        said = self._formats.month(point.wave.release.closes_at)
        found = point.pair.one.choice(code)
        return Point(at, said, found.share, found.low, found.high) if found else Point(at, said, None)

    def _mark(self, label: Text, cell: CellResult, choice: ChoiceResult, other: float | None = None) -> Mark:
        said = self._formats.share(choice.share, cell.base or 0)
        return Mark(label.in_(self._language), choice.share, said, choice.low, choice.high, other)

    def _named(self, title: str) -> str:
        if self._language == "vi":
            return f"Biểu đồ: {title}. Số liệu ở bảng bên cạnh."
        return f"Chart: {title}. The numbers are in the table beside it."
