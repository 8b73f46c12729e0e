"""The arguments that the graph's fields about results share, and what they stand for."""

from typing import Annotated

import strawberry

from kit.errors import InvalidInput, NotFound
from kit.graphql import Info, parse_id
from survey.questionnaires.definition import SEGMENTS
from survey.results import reading, types
from survey.results.unit_tables import Place

WaveId = Annotated[strawberry.ID, strawberry.argument(description="Id of the wave.")]
UnitId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Id of a unit of the wave's frame, or of today's tree; null: the wave's target. Units below the "
        "target are for their analysts and those of the programme's owner."
    ),
]
AsOfToday = Annotated[
    bool,
    strawberry.argument(
        description="Whether the unit is meant as it is today, made of the units of the frame that belong to it now; "
        "so is a unit that the frame does not have."
    ),
]
QuestionCode = Annotated[str, strawberry.argument(description="Code of the question.")]
By = Annotated[
    list[str],
    strawberry.argument(description="Segments to split by: any of `AGE_BAND`, `GENDER`, `REGION`; none: everyone."),
]
Filters = Annotated[
    types.SurveyResultFilter | None, strawberry.argument(description="Categories to keep to, one of a segment.")
]
Correction = Annotated[
    str,
    strawberry.argument(
        description="How the p-values of all differences in the answer are corrected: `HOLM`, or `BH` "
        "(Benjamini and Hochberg). Whoever asks for one choice has fewer of them."
    ),
]
ChoiceCode = Annotated[
    str | None, strawberry.argument(description="Code of the choice to compare; null: all, and of a scale its mean.")
]


async def release_for(info: Info, wave_id: strawberry.ID) -> reading.Release:
    """Return the newest release of a wave that the caller may see; NotFound when there is none."""
    release = await reading.latest_release(info.context.caller, parse_id(wave_id, "release"))
    if release is None:
        raise NotFound("release", wave_id)
    return release


async def place_for(
    info: Info, wave_id: strawberry.ID, unit_id: strawberry.ID | None, *, today: bool
) -> tuple[reading.Release, Place]:
    """Return the same release, and whose tables answer for a unit in it; NotFound unless the caller may read them."""
    release = await release_for(info, wave_id)
    unit = parse_id(unit_id, "unit") if unit_id is not None else None
    return release, await reading.place_of(info.context.caller, release, unit, today=today)


def by_of(names: list[str]) -> list[str]:
    """Return segments as the service names them; InvalidInput for more of them than there are."""
    if len(names) > len(SEGMENTS):
        raise InvalidInput("by", "nhiều nhất ba phân tổ", "at most three segments")
    return [name.lower() for name in names]


def filters_of(given: types.SurveyResultFilter | None) -> dict[str, str]:
    """Return the categories to keep to, by segment."""
    chosen = {name: getattr(given, name) for name in SEGMENTS} if given else {}
    return {name: code for name, code in chosen.items() if code is not None}
