"""How the answers to a concept changed from wave to wave, as far as it was asked in the same words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from survey.questionnaires.definition import Text
from survey.results.cells import CellResult, Cut, Wanted, cells_of
from survey.results.comparing import Pair, correction_of, independent, require_choice, with_corrected
from survey.results.inference import Correction
from survey.results.questions import Question
from survey.results.reading import Release, cut_of, newest_releases, questions_of, segment_labels
from survey.results.unit_tables import Place, places_of

MOST_WAVES = 20
MOST_SERIES = 60


@dataclass(frozen=True)
class WordingChange:
    """What is not the same in a wave as in the one before: `kind`, `text`, `choices` or `several_questions`."""

    before: Release
    after: Release
    what: str
    was: str
    became: str


class SurveyWordingChanged(DomainError):
    """The concept was asked in other words, or with other choices, so that its shares are not comparable."""

    code = "SURVEY_WORDING_CHANGED"
    vi = "Câu hỏi hoặc các lựa chọn đã thay đổi giữa các đợt, nên không so sánh được."
    en = "The question or its choices changed between waves, so they cannot be compared."

    def __init__(self, changes: Sequence[WordingChange]) -> None:
        super().__init__()
        self.changes = tuple(changes)


@dataclass(frozen=True)
class Wave:
    """A wave that asked the concept, its newest visible release, and whose tables answer for the unit."""

    release: Release
    question: Question
    place: Place


@dataclass(frozen=True)
class Point:
    """A segment in a wave, and how it changed since the last wave in which it is shown."""

    wave: Wave
    since: Wave | None
    pair: Pair


@dataclass(frozen=True)
class Trend:
    """Series by segment, each with a point for each wave, the oldest first."""

    waves: tuple[Wave, ...]
    correction: Correction
    series: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class TrendQuestion:
    """What a trend is asked of: a programme, or all programmes of an owner; a concept, and one choice of it or all."""

    programme_id: UUID | None
    owner_id: UUID | None
    concept: str
    choice: str | None
    correction: str
    most: int


async def trend_of(
    caller: Caller,
    asked: TrendQuestion,
    by: Sequence[str],
    filters: Mapping[str, str],
    unit: tuple[UUID | None, bool],
) -> Trend:
    """Return a concept's results in the latest waves that asked it, from each wave's newest visible release.

    Waves count as independent samples: Var(p₂ − p₁) = s₂² + s₁². Nobody can know how many answered both; where some
    did and stayed with their opinion, errors are smaller than said. p-values of all changes are corrected together.
    `unit`: a unit (None: what the programme asks) and whether that of today is meant. Raises NotFound when nothing may
    be seen or nothing asked the concept, SurveyWordingChanged, InvalidInput for what cannot be asked.
    """
    correction, cut = correction_of(asked.correction), cut_of(by, filters)
    if (asked.programme_id is None) == (asked.owner_id is None):
        raise InvalidInput("programmeId", "cần chương trình hoặc đơn vị chủ trì", "needs a programme or an owner")
    if not 1 <= asked.most <= MOST_WAVES:
        raise InvalidInput("waves", f"từ 1 đến {MOST_WAVES}", f"from 1 to {MOST_WAVES}")
    waves = await _waves(caller, asked, unit)
    require_choice(waves[-1].question, asked.choice)
    series = await _series(waves, cut, asked.choice)
    if len(series) > MOST_SERIES:
        raise InvalidInput("by", f"quá {MOST_SERIES} nhóm", f"more than {MOST_SERIES} segments")
    return Trend(tuple(waves), correction, tuple(_corrected(series, correction)))


async def _waves(caller: Caller, asked: TrendQuestion, unit: tuple[UUID | None, bool]) -> list[Wave]:
    """Return the waves that asked the concept in the same words, the oldest first."""
    releases = await newest_releases(caller, programme_id=asked.programme_id, owner_id=asked.owner_id, most=asked.most)
    found = [(each, await _asking(each, asked.concept)) for each in reversed(releases)]
    asking = [(release, questions) for release, questions in found if questions]
    if not asking:
        raise NotFound("concept", asked.concept[:100])
    unit_id, today = unit
    if unit_id is None and len({release.target_id for release, _ in asking}) > 1:
        raise InvalidInput(
            "unitId", "các chương trình hỏi những đơn vị khác nhau", "the programmes ask different units"
        )
    places = await places_of(caller, [release for release, _ in asking], unit_id, as_of_today=today)
    if unit_id is not None and not any(places):
        raise NotFound("unit", unit_id)
    changes = list(_changes(asking))
    if changes:
        raise SurveyWordingChanged(changes)
    # Where a wave's frame has nothing of the unit, all of its cells are hidden.
    return [
        Wave(release, questions[0], place or Place(unit_id or release.target_id, ()))
        for (release, questions), place in zip(asking, places, strict=True)
    ]


async def _asking(release: Release, concept: str) -> list[Question]:
    return [question for question in await questions_of(release) if question.concept == concept]


def _changes(asking: Sequence[tuple[Release, list[Question]]]) -> Iterator[WordingChange]:
    for release, questions in asking:
        if len(questions) > 1:
            codes = ", ".join(question.code for question in questions)
            yield WordingChange(release, release, "several_questions", codes, codes)
    for (before, earlier), (after, later) in pairwise(asking):
        for what, was, became in differing(earlier[0], later[0]):
            yield WordingChange(before, after, what, was, became)


def differing(one: Question, other: Question) -> Iterator[tuple[str, str, str]]:
    """Yield what differs between two wordings of a concept; a language that one of them lacks is no difference."""
    if one.kind != other.kind:
        yield "kind", one.kind, other.kind
    if not _same(one.text, other.text):
        yield "text", *_apart(one.text, other.text)
    mine, theirs = ({choice.code: choice.text for choice in each.choices} for each in (one, other))
    if mine.keys() != theirs.keys() or not all(_same(mine[code], theirs[code]) for code in mine):
        yield "choices", _told(mine, theirs), _told(theirs, mine)


def _told(texts: Mapping[str, Text], others: Mapping[str, Text]) -> str:
    """Return the choices that the others lack or say otherwise."""
    return "; ".join(
        f"{code}: {text.in_('vi')}"
        for code, text in texts.items()
        if code not in others or not _same(text, others[code])
    )


def _same(one: Text, other: Text) -> bool:
    mine, theirs = one.by_language, other.by_language
    return all(mine[language] == theirs[language] for language in mine.keys() & theirs.keys())


def _apart(one: Text, other: Text) -> tuple[str, str]:
    mine, theirs = one.by_language, other.by_language
    language = next(each for each in mine if each in theirs and mine[each] != theirs[each])
    return mine[language], theirs[language]


async def _series(waves: Sequence[Wave], cut: Cut, choice: str | None) -> list[list[Point]]:
    labels = await segment_labels(waves[-1].release)
    wanted = [Wanted(wave.release.id, wave.release.axes, wave.question, wave.place.units) for wave in waves]
    by_segment = zip(*await cells_of(wanted, cut, labels), strict=True)
    return [list(_points(waves, cells, choice)) for cells in by_segment]


def _points(waves: Sequence[Wave], cells: Sequence[CellResult], choice: str | None) -> Iterator[Point]:
    last: tuple[Wave, CellResult] | None = None
    for wave, cell in zip(waves, cells, strict=True):
        if cell.base is None or last is None:
            yield Point(wave, None, Pair(cell, cell, ()))
        else:
            yield Point(wave, last[0], Pair(cell, last[1], tuple(independent(cell, last[1], choice))))
        last = (wave, cell) if cell.base is not None else last


def _corrected(series: Sequence[Sequence[Point]], correction: Correction) -> Iterator[tuple[Point, ...]]:
    pairs = iter(with_corrected([point.pair for points in series for point in points], correction))
    for points in series:
        yield tuple(Point(point.wave, point.since, next(pairs)) for point in points)
