"""What is measured: operations as union apps send them, over what `python run.py demo` makes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson

from bench.load import Target, first_answer

Variables = Callable[[Target], Awaitable[list[dict[str, object]]]]


@dataclass(frozen=True)
class Scenario:
    """One operation, and the variables it is asked with in turn."""

    name: str
    description: str
    document: str
    variables: Variables

    async def bodies(self, target: Target) -> list[bytes]:
        """Return the JSON bodies to ask in turn."""
        return [orjson.dumps({"query": self.document, "variables": each}) for each in await self.variables(target)]


async def _ask(target: Target, document: str) -> Any:
    return await first_answer(target, orjson.dumps({"query": document}))


async def no_variables(_: Target) -> list[dict[str, object]]:
    """One question without variables."""
    return [{}]


async def some_units(target: Target) -> list[dict[str, object]]:
    """Fifty units of all levels."""
    data = await _ask(target, "{ units(first: 50) { nodes { id } } }")
    return [{"id": node["id"]} for node in data["units"]["nodes"]]


async def the_top(target: Target) -> list[dict[str, object]]:
    """The confederation."""
    data = await _ask(target, '{ units(first: 1, level: "confederation") { nodes { id } } }')
    return [{"id": node["id"]} for node in data["units"]["nodes"]]


async def released_wave(target: Target) -> list[dict[str, object]]:
    """The newest wave of the demo's programme that has a public release."""
    data = await _ask(
        target,
        "{ surveyProgrammes(first: 1) { nodes { waves(first: 10) { nodes { id latestRelease { number } } } } } }",
    )
    waves = data["surveyProgrammes"]["nodes"][0]["waves"]["nodes"]
    return [{"wave": wave["id"]} for wave in waves if wave["latestRelease"]]


async def words(_: Target) -> list[dict[str, object]]:
    """What staff type, with and without diacritics."""
    return [{"q": text} for text in ("an toàn lao động", "an toan", "tết sum vầy", "hop dong lao dong", "tiền lương")]


SCENARIOS = (
    Scenario(
        "unit",
        "one unit by id: the smallest useful question",
        "query($id: ID!) { unit(id: $id) { id code nameVi level kind region createdOn } }",
        some_units,
    ),
    Scenario(
        "unit-list",
        "a page of 100 units with 8 fields",
        "{ units(first: 100) { nodes { id code nameVi shortName level kind region createdOn }"
        " pageInfo { endCursor } } }",
        no_variables,
    ),
    Scenario(
        "unit-tree",
        "the confederation, its children and theirs",
        "query($id: ID!) { unit(id: $id) { id nameVi children(first: 50) { nodes { id nameVi level"
        " children(first: 5) { nodes { id nameVi level } } } } } }",
        the_top,
    ),
    Scenario(
        "join-two",
        "20 units with their newest materials: org and media-archive",
        "{ units(first: 20) { nodes { id nameVi newestAssets(first: 3) { id title kind } } } }",
        no_variables,
    ),
    Scenario(
        "join-three",
        "a unit, its waves with their forms, and its newest materials: all three services",
        "query($id: ID!) { unit(id: $id) { id nameVi"
        " surveyWaves(first: 5) { nodes { number state programme { titleVi } } }"
        " newestAssets(first: 5) { id title kind } } }",
        some_units,
    ),
    Scenario(
        "result",
        "one question's result by age, gender and region, from a release",
        'query($wave: ID!) { surveyResult(waveId: $wave, question: "reached",'
        ' by: ["age_band", "gender", "region"]) { cells { ageBand gender region'
        " cell { __typename ... on SurveyShownCell { base } } } } }",
        released_wave,
    ),
    Scenario(
        "archive-search",
        "a search in Vietnamese, with and without diacritics",
        "query($q: String!) { searchAssets(query: $q, first: 10) {"
        " totalCount nodes { snippet asset { id title kind } } } }",
        words,
    ),
)
