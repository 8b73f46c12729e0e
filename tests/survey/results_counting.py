"""A frame of two response groups, and answers of theirs to be placed and counted, for tests of these steps alone."""

from collections.abc import Mapping, Sequence

import orjson

from survey.results.columns import Encoder, Row
from survey.results.placement import Axes, Group, Placement
from survey.results.questions import Question
from survey.results.tabulation import Counts, Size, Tally, cells_of, participation, tallied

AXES = Axes(("under_25", "25_34"), ("female", "male"), ("southeast", "mekong_delta"))
YOUNG, OLDER = range(2)
FEMALE, MALE = range(2)
TARGET = "0000100002"
PEOPLE = {("under_25", "female"): 300, ("under_25", "male"): 100, ("25_34", "female"): 100, ("25_34", "male"): 0}
GROUPS = (Group(f"{TARGET}00001", "southeast", PEOPLE), Group(f"{TARGET}00002", "mekong_delta", PEOPLE))


def row(age_band: str | None, gender: str | None, group: int | None, values: Mapping[str, object]) -> Row:
    """One answer; of the person's region only the group tells."""
    return Row(group, (age_band, gender, None), orjson.dumps(values).decode())


def counted(questions: Sequence[Question], rows: Sequence[Row], chunk: int = 100) -> tuple[Counts, tuple[Tally, ...]]:
    """Who took part and each question's counts, by group, age band and gender."""
    placement = Placement(AXES, GROUPS, TARGET, b"wave")
    encoder = Encoder(questions, placement)
    for start in range(0, len(rows), chunk):
        encoder.add(rows[start : start + chunk])
    answers = encoder.finish()
    size = Size(len(placement.pieces), 2, 2)
    cells = cells_of(answers, size)
    of_groups = [placement.pieces.index((group.path, group.region)) for group in GROUPS]
    tallies = [tallied(cells, ticks, size) for ticks in answers.ticks]
    return participation(cells, size)[of_groups], tuple(
        Tally(tally.base[of_groups], tally.chosen[of_groups]) for tally in tallies
    )
