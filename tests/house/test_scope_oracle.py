"""What each service shows to whom, against a naive reading of the rules: no leak, no false refusal.

For random unions and people, every root field, every entity, each field of an entity, every count and search of the
three services is compared with sets computed in plain Python (`oracle/world.py`). The rules, straight from the documents:

| what | who sees it |
| --- | --- |
| **org** | |
| units, their names and places, the tree of any day, its version; vocabularies; actions | everybody |
| headcounts and how complete they are | editors and analysts of the unit |
| departments, posts, their holders, vacancies, terms that end soon | workers of the unit, and of each below it |
| collaborators and training | editors and analysts of the unit, and of each below it |
| a person | themself; workers of a unit in which they hold or held a post; editors and analysts of one that answers |
| how to reach a person | themself, and editors of a unit that answers for them: one they serve, or the record's keeper |
| channels | public ones everybody; others workers of the unit; counts count what is shown |
| groups, places, level rules | everybody |
| changes of the tree, predecessors and successors | everybody; notes and files whoever is signed in |
| batches of changes | who submitted them, and admins of the top |
| what was on a day | who may see it of the unit today |
| grants on a unit, and those that end soon below it | admins of the unit |
| the trail of what was done about a unit and those below it | admins of the unit |
| grants of an account | oneself; of others, admins of each grant's unit |
| why somebody may | oneself; about others, admins of the unit |
| **survey** | |
| programmes that ever asked, waves that ever opened, their forms, their whole-wave address | everybody |
| programmes and waves that are planned, addresses of groups | editors and analysts of the owner |
| versions of questionnaires that were asked | everybody; all others: editors and analysts of the owner |
| releases, and results read from them, compared, over the waves | public ones everybody; others analysts of the owner |
| results of units below a wave's target | of releases that they see: analysts of the unit, and those of the owner |
| wishes for a release | analysts of the owner |
| files of a release | who asked for them |
| what people wrote in their own words | analysts of the owner |
| participation in a unit's part of a wave, day by day, too | contributors and analysts of the unit |
| participation by response group | editors and analysts of the owner |
| the trail of what was done to surveys of a unit and those below it | admins of the unit |
| quick polls that were ever open | everybody; those that are planned: contributors and analysts of their unit |
| rules by which surveys come back | named ones everybody; what one would mean, whoever is signed in |
| **media-archive** | |
| `public` materials | everybody |
| `union` materials | whoever holds any role |
| `unit` materials | workers of the unit |
| collections | as materials, by their own unit and visibility; what is in them as each material |
| favourites and saved searches | whose they are |
| pictures that show the same | who sees both |
| versions and events of a material | contributors of its unit; earlier versions' files: editors |
| deleted materials | editors of the unit; damaged and quarantined files: its admins |
| uses of a material | contributors of its unit; of those by a unit, contributors of that one |
| what a unit and those below it used | contributors of the unit |
| rate cards, authors, statements of a unit; who made a material | admins of the unit |
| how far the targets for materials are reached | contributors and analysts of the unit |
| consents, links, grants, requests for materials, what ends soon | editors of the material's unit; requests also who asked |

"Analysts of the unit" are all who hold a role with an analyst's rights on the unit or on one above it; where a unit
closed, the unit that keeps its records stands above it. A field that is in no rule of `oracle/rules_of_*.py` fails the
test: give it one with `@rule`, or, when everybody may see it as it is, name it in `OPEN_TO_ALL` (`oracle/rules.py`).
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLUnionType
from oracle import (
    rules_of_collections,
    rules_of_coverage,
    rules_of_describing,
    rules_of_grants,
    rules_of_keeping,
    rules_of_materials,
    rules_of_people,
    rules_of_results,
    rules_of_reuse,
    rules_of_royalties,
    rules_of_sharing,
    rules_of_surveys,
    rules_of_the_tree,
    seeding,
)
from oracle.rules import OPEN_TO_ALL, RULES, SCOPED
from oracle.sight import Findings, Sight
from oracle.world import Person, World

from kit.app import Service, load
from kit.graphql import GraphQLEndpoint
from kit.testing import Ask
from media_archive.search import follow

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("oracle")]

# More worlds for whoever looks for trouble: each takes some seconds.
SEEDS = range(1, 1 + int(os.environ.get("LOA_ORACLE_WORLDS", "3")))
# Each is imported for the rules that it adds.
SUBJECTS = (
    rules_of_the_tree,
    rules_of_people,
    rules_of_grants,
    rules_of_surveys,
    rules_of_results,
    rules_of_materials,
    rules_of_sharing,
    rules_of_reuse,
    rules_of_collections,
    rules_of_keeping,
    rules_of_describing,
    rules_of_royalties,
    rules_of_coverage,
)


async def look(service: Service, world: World, people: Iterable[Person], findings: Findings) -> None:
    """Compare all that a service shows to these people."""
    ask = Ask(service, GraphQLEndpoint(service.schema, _no_request))
    for who in people:
        for check in dict.fromkeys(RULES[service.name.replace("-", "_")].values()):
            await check(Sight(world, who, ask, findings, check.__name__))


def _no_request(_: object) -> Any:
    raise AssertionError("operations in process bring their own context")


@pytest.fixture(params=SEEDS)
def world(request: pytest.FixtureRequest) -> World:
    """A union of 30 to 60 units in which much has happened."""
    return World.random(request.param)


@pytest.fixture(scope="module")
def totals() -> Findings:
    """How much was compared in all worlds."""
    return Findings()


async def test_all_services_show_what_the_rules_say(world: World, totals: Findings, tmp_path) -> None:
    findings = Findings()
    async with seeding.a_service("org", tmp_path) as org:
        news = await seeding.fill_org(world)
        await look(org, world, world.people, findings)
    async with seeding.a_service("survey", tmp_path) as survey:
        await seeding.hear(survey, news.before)
        await seeding.fill_survey(world)
        await seeding.hear(survey, news.after)
        await look(survey, world, world.people, findings)
    async with seeding.a_service("media_archive", tmp_path) as archive:
        await seeding.hear(archive, news.before)
        await seeding.fill_archive(world, tmp_path / "index")
        await seeding.hear(archive, news.after)
        await follow.current_follower().catch_up()
        try:
            await look(archive, world, world.people, findings)
        finally:
            follow.use(None)
    totals.shown += findings.shown
    totals.hidden += findings.hidden
    assert "\n".join([*findings.leaks, *findings.refusals]) == ""


def test_the_worlds_hid_and_showed_something_by_every_rule(totals: Findings) -> None:
    if not totals.shown:
        pytest.skip("no world was looked at in this run")
    assert [name for name in sorted(SCOPED) if not totals.hidden[name]] == []
    checks = {check.__name__ for rules in RULES.values() for check in rules.values()}
    assert [name for name in sorted(checks) if not totals.shown[name]] == []


async def test_a_right_too_many_or_too_few_is_found(tmp_path) -> None:
    """Were the comparison blind, this would find nothing: everybody answers with somebody else's passport."""
    world, findings = World.random(4), Findings()
    async with seeding.a_service("org", tmp_path) as org:
        await seeding.fill_org(world)
        callers = [person.caller for person in world.people]
        for person, caller in zip(world.people[1:], [*callers[2:], callers[1]], strict=True):
            person.caller = caller
        await look(org, world, world.people[1:5], findings)
    assert findings.leaks
    assert findings.refusals


@pytest.mark.parametrize("package", RULES)
def test_every_field_has_a_rule(package: str) -> None:
    schema = load(f"{package}.app").schema._schema
    named = set(RULES[package])
    entities = schema.type_map["_Entity"]
    assert isinstance(entities, GraphQLUnionType)
    fields = {name for name in schema.query_type.fields if not name.startswith("_")}
    for entity in entities.types:
        assert isinstance(entity, GraphQLObjectType)
        open_to_all = set(OPEN_TO_ALL[package, entity.name].split())
        assert open_to_all <= set(entity.fields)
        fields |= {f"_entities({entity.name})"} | {f"{entity.name}.{one}" for one in set(entity.fields) - open_to_all}
    assert (fields - named, named - fields) == (set(), set())
