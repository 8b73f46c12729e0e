"""What each service shows to whom, against a naive reading of the rules: no leak, no false refusal.

For random unions and people, every root field, every entity, each field of an entity, every count and search of the
three services is compared with sets computed in plain Python (`oracle_world`). The rules, straight from the documents:

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

"Analysts of the unit" are all who hold a role with an analyst's rights on the unit or on one above it; where a unit
closed, the unit that keeps its records stands above it. A field that is in no rule here fails the test: give it one
with `@rule`, or, when everybody may see it as it is, name it in `OPEN_TO_ALL`.
"""

import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import oracle_seeding
import pytest
from graphql import GraphQLObjectType, GraphQLUnionType
from oracle_world import Cells, NaiveUnit, Person, World

from kit.app import Service, load
from kit.calendar import today
from kit.graphql import GraphQLEndpoint
from kit.identity import ANONYMOUS
from kit.testing import Ask
from media_archive.search import follow

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("oracle")]

# More worlds for whoever looks for trouble: each takes some seconds.
SEEDS = range(1, 1 + int(os.environ.get("LOA_ORACLE_WORLDS", "3")))
# What a refusal may be; anything else is a fault of the test or of the product.
REFUSALS = {"NOT_FOUND", "FORBIDDEN", "SIGN_IN_REQUIRED", "SURVEY_NOT_YOURS"}


@dataclass
class Findings:
    """What was found wrong, and how much was compared, so that a test of nothing is seen to be one."""

    leaks: list[str] = field(default_factory=list[str])
    refusals: list[str] = field(default_factory=list[str])
    shown: Counter[str] = field(default_factory=Counter[str])
    hidden: Counter[str] = field(default_factory=Counter[str])


@dataclass
class Sight:
    """One person before one service that is full of one world."""

    world: World
    who: Person
    ask: Ask
    findings: Findings
    rule: str = ""

    async def answer(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return what the person is answered; refused fields are null."""
        reply = await self.ask(document, self.who.caller, **variables)
        codes = {error["extensions"]["code"] for error in reply.errors}
        assert codes <= REFUSALS, (self.rule, str(self.who), variables, reply.errors)
        return reply.data or {}

    async def all_of(self, name: str, arguments: str, node: str) -> list[Any] | None:
        """Return all nodes of a root list, read page by page; None when it is refused."""
        nodes: list[Any] = []
        first, after = self.world.chance.choice((2, 5, 100)), "null"
        while True:
            given = ", ".join(filter(None, [arguments, f"first: {first}", f"after: {after}"]))
            page = await self.answer(
                f"{{ {name}({given}) {{ nodes {{ {node} }} pageInfo {{ hasNextPage endCursor }} }} }}"
            )
            found = page.get(name)
            if found is None:
                assert not nodes, (name, "a list was refused half way")
                return None
            nodes += found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return nodes
            after = f'"{found["pageInfo"]["endCursor"]}"'

    async def entities(self, kind: str, ids: Iterable[object], selection: str) -> list[Any]:
        """Return what the gateway would be given of entities, in order."""
        answer = await self.answer(
            f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {kind} {{ {selection} }} }} }}",
            r=[{"__typename": kind, "id": str(one)} for one in ids],
        )
        return answer["_entities"]

    def shows(self, what: str, shown: Iterable[object], expected: Iterable[object], of: Iterable[object] = ()) -> None:
        """Compare a set that is shown with the one that should be, out of all there is."""
        seen, right = [str(one) for one in shown], {str(one) for one in expected}
        self.findings.shown[self.rule] += len(right)
        self.findings.hidden[self.rule] += len({str(one) for one in of} - right)
        if leaked := set(seen) - right:
            self.findings.leaks.append(f"{self.rule}: {what}: {self.who} sees {sorted(leaked)}")
        if missing := right - set(seen):
            self.findings.refusals.append(f"{self.rule}: {what}: {self.who} misses {sorted(missing)}")
        if len(seen) != len(set(seen)):
            self.findings.leaks.append(f"{self.rule}: {what}: {self.who} sees some twice: {sorted(seen)}")

    def tells(self, what: str, told: object, expected: object) -> None:
        """Compare one value; None is a refusal."""
        self.findings.shown[self.rule] += expected is not None
        self.findings.hidden[self.rule] += expected is None
        if told != expected:
            wrong = self.findings.leaks if told is not None else self.findings.refusals
            wrong.append(f"{self.rule}: {what}: {self.who} is told {told!r} instead of {expected!r}")

    async def same_for_all(self, document: str, **variables: Any) -> None:
        """Compare with what nobody in particular is told."""
        theirs = await self.ask(document, ANONYMOUS, **variables)
        assert not theirs.errors, theirs.errors
        self.tells("as for everybody", await self.answer(document, **variables), theirs.data)

    def some_units(self, count: int) -> list[NaiveUnit]:
        """Return some units that have begun: where the person has a role, and any others."""
        chance = self.world.chance
        theirs = [unit for _, unit in self.who.roles]
        return [
            chance.choice(theirs) if theirs and chance.random() < 0.5 else self.world.some_unit() for _ in range(count)
        ]


Rule = Callable[[Sight], Awaitable[None]]
RULES: dict[str, dict[str, Rule]] = {"org": {}, "survey": {}, "media_archive": {}}
# Rules that hide something: over all worlds each must have hidden and shown some.
SCOPED: set[str] = set()


def rule(package: str, *names: str, hides: bool = True) -> Callable[[Rule], Rule]:
    """Let a function compare these fields: `name` of the root, `Type.name` of an entity, `_entities(Type)`."""

    def noted(check: Rule) -> Rule:
        for name in names:
            RULES[package][name] = check
        if hides:
            SCOPED.add(check.__name__)
        return check

    return noted


OPEN_TO_ALL = {
    ("org", "Unit"): """id code nameVi nameEn shortName name level kind region province commune address phone email
        website createdOn closedOn place""",
    ("survey", "Unit"): "id",
    ("survey", "SurveyWave"): "id number state opensAt closesAt frozenAt treeVersion openingProblem programme "
    "questionnaireVersion ways extension kitUrl",
    ("survey", "QuestionnaireVersion"): "id number sha256 publishedAt definition",
    ("media_archive", "Unit"): "id",
    ("media_archive", "Asset"): """id title description kind language topics visibility mediaType fileName fileSize
        sha256 source isMadeUp createdOn addedAt downloadUrl unit renditions texts""",
}
"""Fields that say nothing more than that their object may be seen, which is compared where the object comes from."""


# ---------------------------------------------------------------------------------------------------------------- org


@rule("org", "unit", "unitByCode", "_entities(Unit)", hides=False)
async def every_unit_is_known_to_all(sight: Sight) -> None:
    units = sight.world.units
    found = await sight.entities("Unit", [unit.id for unit in units], "code")
    sight.shows("entities", [one and one["code"] for one in found], [unit.code for unit in units])
    for unit in sight.some_units(3):
        answer = await sight.answer(
            "query ($id: ID!, $code: String!) { unit(id: $id) { code } unitByCode(code: $code) { id } }",
            id=str(unit.id),
            code=unit.code,
        )
        sight.tells(unit.code, answer, {"unit": {"code": unit.code}, "unitByCode": {"id": str(unit.id)}})


@rule("org", "units", hides=False)
async def units_of_today_are_listed_and_found_by_all(sight: Sight) -> None:
    world = sight.world
    sight.shows("all", [u["code"] for u in await sight.all_of("units", "", "code") or []], _codes(world.open_units))
    within = world.chance.choice(world.open_units)
    below = [unit for unit in world.open_units if unit.is_under(within)]
    found = await sight.all_of("units", f'within: "{within.id}"', "code")
    sight.shows(f"within {within.code}", [unit["code"] for unit in found or []], _codes(below))
    found = await sight.all_of("units", 'query: "sen", level: "grassroots"', "code")
    named = [unit for unit in world.open_units if " Sen " in unit.name and unit.level == "grassroots"]
    sight.shows("a search", [unit["code"] for unit in found or []], _codes(named))


@rule(
    "org",
    "Unit.children",
    "Unit.parent",
    "Unit.ancestors",
    "Unit.subtreeCount",
    "Unit.descendants",
    hides=False,
)
async def everybody_may_walk_the_tree(sight: Sight) -> None:
    units = sight.world.open_units
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """parent { code } ancestors { code } subtreeCount children(first: 100) { nodes { code } }
        descendants(first: 100) { nodes { code } } asOf(on: "2026-02-01") { parent { code } }""",
    )
    for unit, told in zip(units, found, strict=True):
        below = [other for other in units if other is not unit and other.is_under(unit)]
        founded_under = sight.world.founded_under[unit]
        sight.tells(
            unit.code,
            {
                "parent": told["parent"],
                "ancestors": [one["code"] for one in told["ancestors"]],
                "count": told["subtreeCount"],
                "children": sorted(one["code"] for one in told["children"]["nodes"]),
                "descendants": sorted(one["code"] for one in told["descendants"]["nodes"]),
                "before": told["asOf"]["parent"],
            },
            {
                "parent": {"code": unit.parent.code} if unit.parent else None,
                "ancestors": list(reversed(_codes(unit.above())[1:])),
                "count": len(below),
                "children": sorted(_codes(other for other in below if other.parent is unit)),
                "descendants": sorted(_codes(below)),
                "before": {"code": founded_under.code} if founded_under else None,
            },
        )


@rule(
    "org",
    "treeVersion",
    "vocabulary",
    "vocabularies",
    "accessActions",
    "levelRules",
    "place",
    "places",
    hides=False,
)
async def words_and_versions_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all(
        """{ treeVersion vocabulary(name: "region") { terms { nodes { code } } }
        vocabularies(first: 100) { nodes { name } } accessActions { code roles }
        levelRules { nodes { parentLevel childLevel } } place(code: "01", kind: "province") { nameVi }
        places(kind: "province", first: 100) { nodes { code } } }"""
    )


@rule(
    "org",
    "Unit.headcount",
    "Unit.headcountVisible",
    "Unit.headcountCoverage",
    "Unit.headcountMissing",
    "Unit.headcountPublication",
    "Unit.headcountPublications",
)
async def headcounts_are_for_editors_and_analysts(sight: Sight) -> None:
    units = sight.world.open_units
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """headcountVisible headcount { members workers unitsCounted } headcountPublication { cells { ageBand } }
        headcountCoverage { units unitsCounted } headcountMissing(first: 100) { nodes { code } }
        headcountPublications(first: 100) { nodes { id } }""",
    )
    for unit, told in zip(units, found, strict=True):
        may = sight.who.trains(unit)
        inside = [other for other in units if other.is_under(unit)]
        counted = {one: sight.world.headcounts[one] for one in inside if one in sight.world.headcounts}
        own = counted.get(unit, []) if may else []
        coverage = {"units": len(inside), "unitsCounted": len(counted)}
        silent = [other for other in inside if other not in counted]
        sight.tells(unit.code, told["headcountVisible"] or None, may or None)
        sight.tells(unit.code, told["headcount"], _sums([each[-1] for each in counted.values()]) if may else None)
        sight.tells(unit.code, told["headcountCoverage"], coverage if may else None)
        newest = told["headcountPublication"]
        sight.tells(unit.code, newest and len(newest["cells"]), len(own[-1]) if own else None)
        sight.tells(unit.code, len(told["headcountPublications"]["nodes"]) or None, len(own) or None)
        shown = _each(told["headcountMissing"], "code")
        sight.shows(unit.code, shown, _codes(silent) if may else [], _codes(silent))


def _sums(counted: list[Cells]) -> dict[str, int] | None:
    cells = [numbers for one in counted for numbers in one.values()]
    if not counted:
        return None
    members, workers = sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)
    return {"members": members, "workers": workers, "unitsCounted": len(counted)}


@rule("org", "Unit.officers", "Unit.departments", "Unit.posts", "Unit.vacancies", "Unit.expiringTerms")
async def officers_departments_and_posts_are_for_workers_of_the_unit(sight: Sight) -> None:
    world, who = sight.world, sight.who
    units = world.open_units
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """officers(first: 100) { nodes { name } } departments(first: 100) { nodes { id } }
        posts(first: 100) { nodes { seats } } vacancies(first: 100) { nodes { unit { code } } }
        expiringTerms(first: 100, days: 30) { nodes { name unit { code } } }""",
    )
    for unit, told in zip(units, found, strict=True):
        may = who.may("worker", unit)
        officers = [one.name for one in world.colleagues for post in one.posts if post.unit is unit and post.is_held]
        departments = [each for each, place in world.departments.items() if place is unit]
        sight.shows(unit.code, _each(told["officers"], "name"), officers if may else [], officers)
        sight.shows(unit.code, _each(told["departments"], "id"), departments if may else [], departments)
        seats = [world.seats[unit]] if unit in world.seats else []
        sight.shows(unit.code, _each(told["posts"], "seats"), seats if may else [], seats)
        inside = [other for other in units if other.is_under(unit)]
        free = [one for one in inside if world.seats.get(one, 0) > len(world.holders(one, "chair"))]
        shown = [node["unit"]["code"] for node in told["vacancies"]["nodes"]]
        sight.shows(unit.code, shown, _codes(one for one in free if who.may("worker", one)), _codes(free))
        ending = [
            (one.name, p.unit) for one in world.colleagues for p in one.posts if p.ends_in == 20 and p.unit in inside
        ]
        shown = [f"{node['name']} {node['unit']['code']}" for node in told["expiringTerms"]["nodes"]]
        right = [f"{name} {place.code}" for name, place in ending if who.may("worker", place)]
        sight.shows(unit.code, shown, right, [f"{name} {place.code}" for name, place in ending])


@rule(
    "org",
    "Unit.collaborators",
    "Unit.collaboratorCounts",
    "Unit.trainingClasses",
    "Unit.communicationsTraining",
    "trainingClass",
)
async def networks_and_training_are_for_editors_and_analysts(sight: Sight) -> None:
    world, who = sight.world, sight.who
    units = world.open_units
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """collaborators(first: 100) { nodes { person { name } unit { code } } } collaboratorCounts { kind people }
        trainingClasses(first: 100) { nodes { id } }
        communicationsTraining(posts: ["communications_officer"]) { officers trained }""",
    )
    for unit, told in zip(units, found, strict=True):
        inside = [other for other in units if other.is_under(unit)]
        network = [(one.name, place) for one in world.colleagues for place in one.collaborates if place in inside]
        shown = [f"{node['person']['name']} {node['unit']['code']}" for node in told["collaborators"]["nodes"]]
        right = [f"{name} {place.code}" for name, place in network if who.trains(place)]
        sight.shows(unit.code, shown, right, [f"{name} {place.code}" for name, place in network])
        people = len({name for name, place in network if who.trains(place)})
        counts = [{"kind": "press", "people": people}] if people else []
        sight.tells(f"counts of {unit.code}", told["collaboratorCounts"], counts)
        classes = [one for one in world.trainings if one.unit in inside]
        right = [one.id for one in classes if who.trains(one.unit)]
        sight.shows(unit.code, _each(told["trainingClasses"], "id"), right, [one.id for one in classes])
        officers = {one for place in inside for one in world.holders(place, "communications_officer")}
        trained = len([one for one in officers if one.attended]) if officers else None
        numbers = {"officers": len(officers), "trained": trained}
        sight.tells(f"training in {unit.code}", told["communicationsTraining"], numbers if who.trains(unit) else None)
    for one in world.trainings:
        answer = await sight.answer(
            "query ($id: ID!) { trainingClass(id: $id) { attendees(first: 100) { nodes { name } } } }", id=str(one.id)
        )
        came = sorted(colleague.name for colleague in world.colleagues if one in colleague.attended)
        told = answer["trainingClass"]
        shown = told and sorted(_each(told["attendees"], "name"))
        sight.tells(one.name, shown, came if who.trains(one.unit) else None)


@rule("org", "unionPerson", "unionPeople")
async def people_are_known_where_they_serve(sight: Sight) -> None:
    world, who = sight.world, sight.who
    for one in world.colleagues:
        answer = await sight.answer(
            """query ($id: ID!) { unionPerson(id: $id) { name contact { phone } terms(first: 100) { nodes { unit { code } } }
            trainings(first: 100) { nodes { id } } } }""",
            id=str(one.id),
        )
        told = answer["unionPerson"]
        sight.tells(one.name, told and told["name"], one.name if one.is_known_to(who) else None)
        if told is None:
            continue
        is_self = one.subject is not None and one.subject == who.subject
        reached = is_self or any(who.may("editor", unit) for unit in one.answering())
        sight.tells(
            f"phone of {one.name}", told["contact"] and told["contact"]["phone"], "0900000000" if reached else None
        )
        terms = [post.unit for post in one.posts if is_self or who.may("worker", post.unit)]
        shown = [node["unit"]["code"] for node in told["terms"]["nodes"]]
        sight.shows(f"terms of {one.name}", shown, _codes(terms), _codes(post.unit for post in one.posts))
        trained = [each.id for each in one.attended] if is_self or any(map(who.trains, one.answering())) else []
        sight.shows(f"trainings of {one.name}", _each(told["trainings"], "id"), trained, [e.id for e in one.attended])
    for unit in sight.some_units(4):
        found = await sight.all_of("unionPeople", f'within: "{unit.id}"', "name")
        inside = sorted(one.name for one in world.colleagues if any(place.is_under(unit) for place in one.answering()))
        shown = found if found is None else sorted(one["name"] for one in found)
        sight.tells(f"people of {unit.code}", shown, inside if who.may("editor", unit) else None)


@rule("org", "Unit.channels", "Unit.channelCounts", "Unit.unitsWithoutChannel", "unitChannel")
async def channels_are_public_or_for_workers_of_the_unit(sight: Sight) -> None:
    world, who = sight.world, sight.who
    units = world.open_units
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """channels(first: 100) { nodes { name } } channelCounts { channels unitsWith units }
        unitsWithoutChannel(first: 100) { nodes { code } }""",
    )
    for unit, told in zip(units, found, strict=True):
        own = [one for one in world.channels if one.unit is unit]
        sight.shows(unit.code, _each(told["channels"], "name"), _names(o for o in own if o.is_shown(who)), _names(own))
        inside = [other for other in units if other.is_under(unit)]
        shown = [one for one in world.channels if one.unit in inside and one.is_shown(who)]
        reached = {one.unit for one in shown}
        counts = {"channels": len(shown), "unitsWith": len(reached), "units": len(inside)}
        sight.tells(f"counts of {unit.code}", told["channelCounts"], counts)
        silent = [other for other in inside if other not in reached]
        sight.shows(f"without in {unit.code}", _each(told["unitsWithoutChannel"], "code"), _codes(silent))
    for one in world.channels:
        answer = await sight.answer("query ($id: ID!) { unitChannel(id: $id) { name } }", id=str(one.id))
        sight.tells(one.name, answer["unitChannel"], {"name": one.name} if one.is_shown(who) else None)


@rule("org", "Unit.groups", "unitGroup", "unitGroups", "unitGroupSets", hides=False)
async def groups_are_the_same_for_all(sight: Sight) -> None:
    listed = await sight.answer("{ unitGroups(first: 100) { nodes { id units(first: 100) { nodes { code } } } } }")
    (group,) = listed["unitGroups"]["nodes"]
    inside = [unit for unit in sight.world.grouped if unit.is_open]
    sight.shows("members", _each(group["units"], "code"), _codes(inside))
    units = sight.world.open_units
    found = await sight.entities("Unit", [unit.id for unit in units], "groups(first: 100) { nodes { id } }")
    for unit, told in zip(units, found, strict=True):
        sight.shows(unit.code, _each(told["groups"], "id"), [group["id"]] if unit in inside else [])
    await sight.same_for_all(
        "query ($id: ID!) { unitGroup(id: $id) { nameVi } unitGroupSets(first: 100) { nodes { id } } }", id=group["id"]
    )


@rule("org", "Unit.asOf")
async def the_past_is_shown_to_those_who_may_see_the_unit_today(sight: Sight) -> None:
    """On 1 February 2026 all stood as it was founded; who may see that is judged by where things stand today."""
    world, who = sight.world, sight.who
    units = [unit for unit in world.units if unit.begins <= today()]
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """asOf(on: "2026-02-01") { parent { code } headcountVisible headcountPublication { cells { members } }
        officers(first: 100) { nodes { name } } departments(first: 100) { nodes { id } }
        channels(first: 100) { nodes { name } } collaborators(first: 100) { nodes { person { name } unit { code } } } }""",
    )
    for unit, answer in zip(units, found, strict=True):
        told, above = answer["asOf"], world.founded_under[unit]
        sight.tells(f"parent of {unit.code}", told["parent"], {"code": above.code} if above else None)
        sees = who.trains(unit)
        cells = world.published.get(unit)
        sight.tells(unit.code, told["headcountVisible"] or None, sees or None)
        newest = told["headcountPublication"]
        sight.tells(unit.code, newest and len(newest["cells"]), len(cells) if cells and sees else None)
        officers = [one.name for one in world.colleagues for post in one.posts if post.unit is unit]
        departments = [each for each, place in world.departments.items() if place is unit]
        worker = who.may("worker", unit)
        sight.shows(unit.code, _each(told["officers"], "name"), officers if worker else [], officers)
        sight.shows(unit.code, _each(told["departments"], "id"), departments if worker else [], departments)
        own = [one for one in world.channels if one.unit is unit]
        sight.shows(unit.code, _each(told["channels"], "name"), _names(o for o in own if o.is_shown(who)), _names(own))
        inside = [other for other in units if world.stood_under(other, unit)]
        network = [(one.name, place) for one in world.colleagues for place in one.collaborates if place in inside]
        shown = [f"{node['person']['name']} {node['unit']['code']}" for node in told["collaborators"]["nodes"]]
        right = [f"{name} {place.code}" for name, place in network if who.trains(place)]
        sight.shows(f"network of {unit.code}", shown, right, [f"{name} {place.code}" for name, place in network])


@rule("org", "reorganisations", "reorganisation")
async def changes_are_public_and_notes_for_who_is_signed_in(sight: Sight) -> None:
    world, who = sight.world, sight.who
    found = await sight.all_of("reorganisations", "", "id kind note") or []
    happened = Counter(step.kind for step in world.steps) + Counter(create=len(world.units))
    told = Counter(one["kind"] for one in found if one["kind"] != "start")
    sight.tells("kinds", dict(told), dict(happened))
    for one in (one for one in found if one["kind"] == "merge"):
        by_id = await sight.answer("query ($id: ID!) { reorganisation(id: $id) { note decisionFile } }", id=one["id"])
        told = by_id["reorganisation"]
        note = oracle_seeding.NOTE if who.subject else None
        sight.tells("note", told["note"], note)
        sight.tells("note in the list", one["note"], note)
        sight.tells("file", told["decisionFile"] and True, True if who.subject else None)


@rule("org", "Unit.predecessors", "Unit.successors", "Unit.successorsToday", hides=False)
async def everybody_may_walk_through_mergers(sight: Sight) -> None:
    world = sight.world
    units = [unit for unit in world.units if unit.begins <= today()]
    merged = {step.unit: step.other for step in world.steps if step.kind == "merge"}
    found = await sight.entities(
        "Unit",
        [unit.id for unit in units],
        """predecessors(first: 100) { nodes { unit { code } } } successors(first: 100) { nodes { unit { code } } }
        successorsToday(first: 100) { nodes { unit { code } } }""",
    )
    for unit, told in zip(units, found, strict=True):
        shown = {name: [node["unit"]["code"] for node in page["nodes"]] for name, page in told.items()}
        before = [source for source, successor in merged.items() if successor is unit]
        last = unit
        while last in merged:
            last = merged[last]
        sight.shows(f"before {unit.code}", shown["predecessors"], _codes(before))
        sight.shows(f"after {unit.code}", shown["successors"], _codes([merged[unit]] if unit in merged else []))
        sight.shows(f"{unit.code} today", shown["successorsToday"], _codes([last] if last.is_open else []))


@rule("org", "importRuns", "importRun")
async def batches_are_for_who_submitted_them_and_for_admins_of_all(sight: Sight) -> None:
    world, who = sight.world, sight.who
    sees_all = who.may("admin", world.units[0])
    shown = [each for each, subject in world.batches.items() if sees_all or subject == who.subject]
    found = await sight.all_of("importRuns", "", "id")
    sight.shows("list", [one["id"] for one in found or []], shown, world.batches)
    for each in world.batches:
        told = await sight.answer("query ($id: ID!) { importRun(id: $id) { id } }", id=str(each))
        sight.tells("by id", told["importRun"], {"id": str(each)} if each in shown else None)


@rule("org", "me", hides=False)
async def people_see_themselves(sight: Sight) -> None:
    me = (await sight.answer("{ me { subject grants { id } } }"))["me"]
    held = [str(one.id) for one in sight.world.grants if one.subject == sight.who.subject and one.is_held]
    told = me and {**me, "grants": sorted(grant["id"] for grant in me["grants"])}
    sight.tells("me", told, {"subject": sight.who.subject, "grants": sorted(held)} if sight.who.subject else None)


@rule("org", "unitRoleGrants")
async def grants_on_a_unit_are_for_its_admins(sight: Sight) -> None:
    for unit in sight.some_units(4):
        found = await sight.all_of("unitRoleGrants", f'unitId: "{unit.id}"', "id")
        above = list(unit.above())
        held = sorted(str(one.id) for one in sight.world.grants if one.is_held and one.unit in above)
        may = sight.who.may("admin", unit)
        sight.tells(unit.code, found if found is None else sorted(one["id"] for one in found), held if may else None)


@rule("org", "expiringRoleGrants")
async def grants_that_end_soon_are_for_admins(sight: Sight) -> None:
    for unit in sight.some_units(4):
        found = await sight.all_of("expiringRoleGrants", f'unitId: "{unit.id}", days: 30', "id")
        soon = [one for one in sight.world.grants if one.is_held and one.ends_in and one.ends_in < 30]
        inside = sorted(str(one.id) for one in soon if one.unit.is_under(unit))
        may = sight.who.may("admin", unit)
        sight.tells(unit.code, found if found is None else sorted(one["id"] for one in found), inside if may else None)


@rule("org", "subjectRoleGrants")
async def grants_of_an_account_are_its_own_and_its_admins(sight: Sight) -> None:
    for other in sight.world.people[1:]:
        found = await sight.all_of("subjectRoleGrants", f'subject: "{other.subject}", history: true', "id")
        grants = [one for one in sight.world.grants if one.subject == other.subject]
        seen = [one.id for one in grants if other is sight.who or sight.who.may("admin", one.unit)]
        if sight.who.subject is None:
            sight.tells(str(other), found, None)
        else:
            sight.shows(str(other), [one["id"] for one in found or []], seen, [one.id for one in grants])


@rule("org", "auditTrail")
async def the_trail_is_for_admins_of_the_unit(sight: Sight) -> None:
    world = sight.world
    for unit in sight.some_units(4):
        for below in ("true", "false"):
            found = await sight.all_of(
                "auditTrail", f'unitId: "{unit.id}", withSubtree: {below}', "action kind thingId"
            )
            told = [one["thingId"] for one in found or [] if one["action"] in ("department.founded", "unit.created")]
            inside = [one for one in world.units if one is unit or (below == "true" and one.is_under(unit))]
            things = [str(one.id) for one in inside]
            things += [str(each) for each, place in world.departments.items() if place in inside]
            may = sight.who.may("admin", unit)
            sight.tells(unit.code, found if found is None else sorted(told), sorted(things) if may else None)


@rule("org", "explainAccess")
async def why_is_told_to_oneself_and_to_admins(sight: Sight) -> None:
    asked = sight.world.chance.choice(sight.world.people[1:])
    for unit in sight.some_units(5):
        role = sight.world.chance.choice(("worker", "contributor", "editor", "analyst", "admin"))
        answer = await sight.answer(
            """query ($unit: ID!, $role: String!, $subject: String) {
            explainAccess(action: $role, unitId: $unit, subject: $subject) { isAllowed ways { unit { code } } } }""",
            unit=str(unit.id),
            role=role,
            subject=asked.subject,
        )
        told = answer["explainAccess"]
        may_ask = sight.who.subject is not None and (asked is sight.who or sight.who.may("admin", unit))
        sight.tells(
            f"{asked} as {role} of {unit.code}", told and told["isAllowed"], asked.may(role, unit) if may_ask else None
        )


# ------------------------------------------------------------------------------------------------------------- survey


@rule("survey", "surveyProgrammes", "surveyProgramme")
async def programmes_that_ever_asked_are_public(sight: Sight) -> None:
    everything = sight.world.programmes
    shown = [one for one in everything if one.is_shown(sight.who)]
    found = await sight.all_of("surveyProgrammes", "", "code waves(first: 100) { nodes { id } }")
    sight.shows("list", [one["code"] for one in found or []], _codes(shown), _codes(everything))
    for one in everything:
        document = "query ($id: ID!) { surveyProgramme(id: $id) { code waves(first: 100) { nodes { id } } } }"
        told = (await sight.answer(document, id=str(one.id)))["surveyProgramme"]
        sight.tells(one.code, told and told["code"], one.code if one in shown else None)
        waves = [wave.id for wave in one.waves if wave.is_shown(sight.who)] if one in shown else []
        sight.shows(
            f"waves of {one.code}",
            [wave["id"] for wave in told["waves"]["nodes"]] if told else [],
            waves,
            [wave.id for wave in one.waves],
        )


@rule("survey", "surveyWave", "_entities(SurveyWave)", "SurveyWave.collectors")
async def waves_that_ever_opened_are_public(sight: Sight) -> None:
    waves = sight.world.waves
    selection = "id collectors(first: 100) { nodes { code } }"
    entities = await sight.entities("SurveyWave", [wave.id for wave in waves], selection)
    for wave, entity in zip(waves, entities, strict=True):
        document = f"query ($id: ID!) {{ surveyWave(id: $id) {{ {selection} }} }}"
        told = (await sight.answer(document, id=str(wave.id)))["surveyWave"]
        shown = wave.is_shown(sight.who)
        for one in (told, entity):
            sight.tells(wave.code, one and one["id"], str(wave.id) if shown else None)
            staff = wave.programme.is_staff(sight.who)
            codes = wave.whole_codes if shown else []
            codes += [group.code for group in wave.groups] if staff else []
            all_codes = [*wave.whole_codes, *(group.code for group in wave.groups)]
            sight.shows(
                wave.code, [each["code"] for each in one["collectors"]["nodes"]] if one else [], codes, all_codes
            )


@rule("survey", "SurveyWave.participation", "SurveyWave.participationByDay")
async def participation_is_for_contributors_and_analysts_of_the_unit(sight: Sight) -> None:
    document = """query ($id: ID!, $unit: ID) { surveyWave(id: $id) { participation(unit: $unit) { expected }
    participationByDay(unit: $unit, first: 1) { nodes { expected } } } }"""
    for wave in (wave for wave in sight.world.waves if wave.groups):
        groups = [group.unit for group in wave.groups]
        for unit in [*groups, *(above for group in groups for above in group.above()), *sight.some_units(2), None]:
            told = (await sight.answer(document, id=str(wave.id), unit=unit and str(unit.id)))["surveyWave"]
            expected = wave.expected_in(unit or wave.programme.target, sight.who)
            what = f"{wave.code} in {unit.code if unit else 'all'}"
            sight.tells(what, told["participation"] and told["participation"]["expected"], expected)
            days = told["participationByDay"]
            sight.tells(f"{what} by day", days and days["nodes"][0]["expected"], expected)


@rule("survey", "SurveyWave.participationByGroup")
async def participation_by_group_is_for_the_owners_staff(sight: Sight) -> None:
    document = "query ($id: ID!) { surveyWave(id: $id) { participationByGroup(first: 100) { nodes { expected } } } }"
    for wave in (wave for wave in sight.world.waves if wave.is_shown(sight.who)):
        told = (await sight.answer(document, id=str(wave.id)))["surveyWave"]["participationByGroup"]
        is_told = wave.programme.is_staff(sight.who) and wave.state != "planned"
        people = sorted(group.people for group in wave.groups) if is_told else None
        sight.tells(wave.code, told and sorted(node["expected"] for node in told["nodes"]), people)


@rule("survey", "surveyCadencePresets", hides=False)
async def named_rules_are_public(sight: Sight) -> None:
    await sight.same_for_all("{ surveyCadencePresets { code isDefault } }")


@rule("survey", "surveyCadencePreview")
async def a_rule_is_previewed_by_whoever_is_signed_in(sight: Sight) -> None:
    document = '{ surveyCadencePreview(startsOn: "2026-03-01", recurrence: "FREQ=YEARLY") { days(count: 1) } }'
    told = (await sight.answer(document))["surveyCadencePreview"]
    expected = ["2026-03-01"] if sight.who.subject is not None else None
    sight.tells("yearly", told and told["days"], expected)


@rule("survey", "_entities(Unit)", "Unit.surveyWaves")
async def waves_that_ask_people_of_a_unit(sight: Sight) -> None:
    units = [unit for unit in sight.world.units if unit in sight.world.open_units or unit.closed]
    found = await sight.entities("Unit", [unit.id for unit in units], "surveyWaves(first: 100) { nodes { id } }")
    for unit, told in zip(units, found, strict=True):
        asking = [
            wave
            for wave in sight.world.waves
            # What it inherited or what was moved below it; whom the frame held; whom a planned one would ask today.
            if wave.programme.target.is_under(unit)
            or unit in wave.frame
            or (wave.state == "planned" and unit.is_open and unit.is_under(wave.programme.target))
        ]
        shown = [wave.id for wave in asking if wave.is_shown(sight.who)]
        sight.shows(unit.code, [one["id"] for one in told["surveyWaves"]["nodes"]], shown, [wave.id for wave in asking])


@rule("survey", "quickPolls")
async def polls_that_ask_people_of_a_unit(sight: Sight) -> None:
    polls = sight.world.polls
    for unit in [poll.unit for poll in polls] + sight.some_units(3):
        if not (unit.is_open or unit.closed):
            continue
        found = await sight.all_of("quickPolls", f'unit: "{unit.id}"', "id")
        asking = [poll for poll in polls if unit.is_under(poll.unit)]
        shown = [poll.id for poll in asking if poll.is_shown(sight.who)]
        sight.shows(unit.code, [one["id"] for one in found or []], shown, [poll.id for poll in asking])


@rule("survey", "surveyForm", hides=False)
async def forms_are_public(sight: Sight) -> None:
    for code in [code for wave in sight.world.waves for code in (wave.code, *(group.code for group in wave.groups))]:
        told = (await sight.answer("query ($c: String!) { surveyForm(code: $c) { code } }", c=code))["surveyForm"]
        sight.tells("form", told and told["code"], code)


@rule("survey", "surveySlipBatches")
async def slips_are_listed_for_contributors_of_their_unit(sight: Sight) -> None:
    for wave in sight.world.waves:
        found = await sight.all_of("surveySlipBatches", f'wave: "{wave.id}"', "id")
        shown = [batch for batch, unit in wave.slips.items() if sight.who.may("contributor", unit)]
        sight.shows(wave.code, [one["id"] for one in found or []], shown, wave.slips)


@rule("survey", "surveyAuditTrail")
async def the_trail_of_surveys_is_for_admins_of_the_unit(sight: Sight) -> None:
    programmes = sight.world.programmes
    for unit in sight.some_units(4) + [programme.owner for programme in programmes]:
        if not (unit.is_open or unit.closed):
            continue
        may = sight.who.may("admin", unit)
        told = await sight.all_of("surveyAuditTrail", f'unit: "{unit.id}"', "thingId")
        things = sorted(str(one.id) for one in programmes if one.owner.is_under(unit))
        sight.tells(
            unit.code, told if told is None else sorted(one["thingId"] for one in told), things if may else None
        )
        one = sight.world.chance.choice(programmes)
        told = await sight.all_of("surveyAuditTrail", f'unit: "{unit.id}", programme: "{one.id}"', "thingId")
        things = [str(one.id)] if one.owner.is_under(unit) else []
        sight.tells(
            f"{unit.code} {one.code}",
            told if told is None else [each["thingId"] for each in told],
            things if may else None,
        )


@rule("survey", "surveyReceipt", hides=False)
async def whether_a_form_arrived_is_told_to_whoever_has_its_receipt(sight: Sight) -> None:
    await sight.same_for_all('{ surveyReceipt(receipt: "0000-0000-0000-0000") }')


@rule("survey", "surveyCredentialKeys", hides=False)
async def everybody_sees_that_all_have_one_key(sight: Sight) -> None:
    for wave in sight.world.waves:
        await sight.same_for_all(f'{{ surveyCredentialKeys(wave: "{wave.id}") {{ nodes {{ id }} }} }}')


@rule("survey", "surveyCredentialKey")
async def a_credential_is_for_people_of_the_units_that_are_asked(sight: Sight) -> None:
    for wave in (wave for wave in sight.world.waves if wave.credential_code):
        document = """query ($wave: ID!) { surveyCredentialKey(wave: $wave) { id }
        surveyCredentialKeys(wave: $wave) { nodes { id } } }"""
        told = await sight.answer(document, wave=str(wave.id))
        asked = any(
            unit in wave.frame and sight.world.stood_under(unit, wave.programme.target) for _, unit in sight.who.roles
        )
        (key,) = told["surveyCredentialKeys"]["nodes"]
        sight.tells(wave.code, told["surveyCredentialKey"], key if asked else None)


@rule("survey", "questionnaireWorkbook")
async def workbooks_are_given_of_the_versions_that_are_shown(sight: Sight) -> None:
    for one in sight.world.questionnaires:
        for version in one.versions:
            document = "query ($id: ID!) { questionnaireWorkbook(versionId: $id) { __typename } }"
            told = (await sight.answer(document, id=str(version.id)))["questionnaireWorkbook"]
            is_shown = version.id in one.shown(sight.who)
            sight.tells(one.code, told, {"__typename": "QuestionnaireWorkbook"} if is_shown else None)


@rule("survey", "questionnaire", "_entities(QuestionnaireVersion)")
async def what_was_asked_is_public(sight: Sight) -> None:
    for one in sight.world.questionnaires:
        document = "query ($c: String!) { questionnaire(code: $c) { versions(first: 100) { id } } }"
        told = (await sight.answer(document, c=one.code))["questionnaire"]
        everything = [version.id for version in one.versions]
        sight.shows(
            one.code, [each["id"] for each in told["versions"]] if told else [], one.shown(sight.who), everything
        )
        asked = [version.id for version in one.versions if version.is_asked]
        entities = await sight.entities("QuestionnaireVersion", everything, "id")
        sight.shows(f"{one.code} by id", [each["id"] for each in entities if each], asked, everything)


@rule("survey", "surveyConcept")
async def the_history_of_a_concept_is_of_what_was_asked(sight: Sight) -> None:
    document = """query ($after: String) { surveyConcept(code: "information_channel") {
        versions(first: 100, after: $after) { nodes { questionnaireCode number } pageInfo { hasNextPage endCursor } } } }"""
    found: list[str] = []
    after = None
    while told := (await sight.answer(document, after=after))["surveyConcept"]:
        found += [f"{each['questionnaireCode']}/{each['number']}" for each in told["versions"]["nodes"]]
        if not told["versions"]["pageInfo"]["hasNextPage"]:
            break
        after = told["versions"]["pageInfo"]["endCursor"]
    everything = {
        version.id: f"{one.code}/{version.number}" for one in sight.world.questionnaires for version in one.versions
    }
    published = {version.id for one in sight.world.questionnaires for version in one.versions if version.is_published}
    shown = set().union(*(one.shown(sight.who) for one in sight.world.questionnaires)) & published
    sight.shows("history", found, [everything[each] for each in shown], list(everything.values()))


@rule(
    "survey",
    "surveyRelease",
    "surveyResult",
    "surveyResultQuestions",
    "SurveyWave.latestRelease",
    "SurveyWave.releases",
)
async def releases_are_public_or_for_analysts_of_the_owner(sight: Sight) -> None:
    for wave in (wave for wave in sight.world.waves if wave.state != "planned"):
        shown = wave.shown_releases(sight.who)
        (told,) = await sight.entities("SurveyWave", [wave.id], "latestRelease { id } releases { id }")
        sight.shows(
            "of a wave", [one["id"] for one in told["releases"]], [r.id for r in shown], [r.id for r in wave.releases]
        )
        newest = shown[0] if shown else None
        sight.tells("newest", told["latestRelease"], {"id": str(newest.id)} if newest else None)
        answer = await sight.answer(
            """query ($id: ID!) { surveyResultQuestions(waveId: $id) { code }
            surveyResult(waveId: $id, question: "channel", by: []) { release { number } } }""",
            id=str(wave.id),
        )
        result = answer["surveyResult"]
        sight.tells("result", result and result["release"]["number"], newest.number if newest else None)
        sight.tells("questions", bool(answer["surveyResultQuestions"]) or None, bool(newest) or None)
        for release in wave.releases:
            by_id = await sight.answer("query ($id: ID!) { surveyRelease(id: $id) { id } }", id=str(release.id))
            sight.tells("by id", by_id["surveyRelease"], {"id": str(release.id)} if release in shown else None)


@rule(
    "survey",
    "surveyResultParticipation",
    "surveyReach",
    "surveySegmentsCompared",
    "surveyUnitCompared",
)
async def results_below_the_target_are_for_analysts_of_the_unit_or_the_owner(sight: Sight) -> None:
    cells = "cells { cell { ... on SurveyShownCell { base } } }"
    pair = "pairs { one { cell { ... on SurveyShownCell { base } } } }"
    document = f"""query ($wave: ID!, $unit: ID!) {{
        surveyResult(waveId: $wave, question: "channel", by: [], unitId: $unit) {{ {cells} }}
        surveyResultParticipation(waveId: $wave, by: [], unitId: $unit) {{ {cells} }}
        surveyReach(waveId: $wave, by: [], unitId: $unit) {{ cells {{ cell {{ cell {{ ... on SurveyShownCell {{ base }} }} }} }} }}
        surveySegmentsCompared(waveId: $wave, question: "channel", unitId: $unit, pairs: [
          {{ one: {{ gender: "female" }}, other: {{ gender: "male" }} }}]) {{ unitId }}
        surveyUnitCompared(waveId: $wave, question: "channel", by: [], unitId: $unit, withUnitId: $target) {{ {pair} }}
    }}""".replace("$unit: ID!)", "$unit: ID!, $target: ID!)")
    for wave in (wave for wave in sight.world.waves if wave.releases):
        target = wave.programme.target
        for unit in {target, *sight.some_units(3), *sight.world.chance.sample(wave.frame, min(3, len(wave.frame)))}:
            if unit not in wave.frame:
                continue
            told = await sight.answer(document, wave=str(wave.id), unit=str(unit.id), target=str(target.id))
            base = wave.base_of(unit, sight.who)
            what = f"{wave.code} {unit.code}"
            for name in ("surveyResult", "surveyResultParticipation"):
                sight.tells(f"{name} {what}", told[name] and told[name]["cells"][0]["cell"].get("base"), base)
            reach = told["surveyReach"]
            sight.tells(f"reach {what}", reach and reach["cells"][0]["cell"]["cell"].get("base"), base)
            compared = told["surveySegmentsCompared"]
            sight.tells(f"segments {what}", compared and compared["unitId"], str(unit.id) if base else None)
            beside = told["surveyUnitCompared"]
            shown = beside and beside["pairs"][0]["one"]["cell"].get("base")
            sight.tells(f"beside the target {what}", shown, base if unit is not target else None)


@rule("survey", "surveyTrend")
async def trends_are_made_of_releases_that_one_sees(sight: Sight) -> None:
    for programme in sight.world.programmes:
        told = await sight.answer(
            """query ($id: ID!) { surveyTrend(programmeId: $id, concept: "information_channel", by: []) {
            ... on SurveyTrend { waves { release { id } } } } }""",
            id=str(programme.id),
        )
        seen = [wave["release"]["id"] for wave in told["surveyTrend"]["waves"]] if told["surveyTrend"] else []
        newest = [wave.shown_releases(sight.who)[:1] for wave in programme.waves]
        every = [release.id for wave in programme.waves for release in wave.releases]
        sight.shows(programme.code, seen, [release.id for shown in newest for release in shown], every)


@rule("survey", "surveyReleaseRequest")
async def wishes_for_releases_are_for_analysts_of_the_owner(sight: Sight) -> None:
    for wave in sight.world.waves:
        may = sight.who.may("analyst", wave.programme.owner)
        for request in wave.requests:
            told = await sight.answer("query ($id: ID!) { surveyReleaseRequest(id: $id) { id } }", id=str(request))
            sight.tells("request", told["surveyReleaseRequest"], {"id": str(request)} if may else None)


@rule("survey", "surveyDownload", "surveyDownloads")
async def files_are_for_who_asked_for_them(sight: Sight) -> None:
    files = {each: of for wave in sight.world.waves for one in wave.releases for each, of in one.downloads.items()}
    shown = [each for each, subject in files.items() if subject == sight.who.subject]
    found = await sight.all_of("surveyDownloads", "", "id")
    sight.shows("list", [one["id"] for one in found or []], shown, files)
    for each in files:
        told = await sight.answer("query ($id: ID!) { surveyDownload(id: $id) { id } }", id=str(each))
        sight.tells("by id", told["surveyDownload"], {"id": str(each)} if each in shown else None)


@rule("survey", "surveyOpenQuestions", "surveyOpenAnswers")
async def what_people_wrote_is_for_analysts_of_the_owner(sight: Sight) -> None:
    for wave in sight.world.waves:
        may = sight.who.may("analyst", wave.programme.owner)
        for release in wave.releases:
            told = await sight.answer(
                "query ($id: ID!) { surveyOpenQuestions(releaseId: $id) { texts } }", id=str(release.id)
            )
            sight.tells("questions", told.get("surveyOpenQuestions"), [{"texts": 10}] if may else None)
            told = await sight.answer(
                """query ($id: ID!) { surveyOpenAnswers(releaseId: $id, question: "comment", first: 100) {
                nodes { text } } }""",
                id=str(release.id),
            )
            shown = told.get("surveyOpenAnswers")
            sight.tells("texts", shown and len(shown["nodes"]), 10 if may else None)


# ------------------------------------------------------------------------------------------------------ media-archive


@rule("media_archive", "asset", "_entities(Asset)")
async def materials_are_shown_by_their_visibility(sight: Sight) -> None:
    assets = sight.world.assets
    shown = [one.id for one in assets if one.is_shown(sight.who)]
    found = await sight.entities("Asset", [one.id for one in assets], "id")
    sight.shows("entities", [one["id"] for one in found if one], shown, [one.id for one in assets])
    for one in assets[:10]:
        told = (await sight.answer("query ($id: ID!) { asset(id: $id) { id } }", id=str(one.id)))["asset"]
        sight.tells("by id", told, {"id": str(one.id)} if one.id in shown else None)


@rule("media_archive", "assets")
async def materials_are_listed_as_far_as_they_are_shown(sight: Sight) -> None:
    unit, within = sight.some_units(2)
    for arguments, fits in (
        ("", lambda one: True),
        (f'unit: "{unit.id}"', lambda one: one.unit is unit),
        (f'within: "{within.id}"', lambda one: one.unit.is_under(within)),
        ('kind: "news"', lambda one: one.kind == "news"),
        ('topic: "benefits"', lambda one: "benefits" in one.topics),
        (f'within: "{within.id}", kind: "photo"', lambda one: one.unit.is_under(within) and one.kind == "photo"),
    ):
        found = await sight.all_of("assets", arguments, "id")
        fitting = [one for one in sight.world.assets if fits(one)]
        shown = [one.id for one in fitting if one.is_shown(sight.who)]
        sight.shows(arguments, [one["id"] for one in found or []], shown, [one.id for one in fitting])


@rule("media_archive", "_entities(Unit)", "Unit.newestAssets", "Unit.assetCount")
async def materials_of_a_unit_are_counted_as_far_as_they_are_shown(sight: Sight) -> None:
    units = sight.world.units
    found = await sight.entities("Unit", [unit.id for unit in units], "assetCount newestAssets(first: 100) { id }")
    for unit, told in zip(units, found, strict=True):
        is_known = unit.is_open or unit.closed
        inside = [one for one in sight.world.assets if one.unit.is_under(unit)]
        shown = [one.id for one in inside if one.is_shown(sight.who)]
        sight.tells(unit.code, told["assetCount"], len(shown) if is_known else None)
        sight.shows(unit.code, [one["id"] for one in told["newestAssets"] or []], shown, [one.id for one in inside])


@rule("media_archive", "searchAssets")
async def a_search_finds_and_counts_what_is_shown(sight: Sight) -> None:
    (within,) = sight.some_units(1)
    for word, typed in (("Sen", "sen"), ("Biển", "bien"), ("Lúa", "Lúa")):
        for place in (None, within):
            answer = await sight.answer(
                """query ($q: String!, $within: ID) { searchAssets(query: $q, within: $within, first: 100) {
                totalCount nodes { asset { id } } } }""",
                q=typed,
                within=str(place.id) if place else None,
            )
            found = answer["searchAssets"]
            fitting = [
                one
                for one in sight.world.assets
                if f" {word} " in one.title and (not place or one.unit.is_under(place))
            ]
            shown = [one.id for one in fitting if one.is_shown(sight.who)]
            sight.shows(typed, [one["asset"]["id"] for one in found["nodes"]], shown, [one.id for one in fitting])
            sight.tells(f"count of {typed}", found["totalCount"], len(shown))


@rule("media_archive", "assetKinds", hides=False)
async def kinds_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all("{ assetKinds { code } }")


# -------------------------------------------------------------------------------------------------------------- tests


def _codes(things: Iterable[Any]) -> list[str]:
    return [one.code for one in things]


def _names(things: Iterable[Any]) -> list[str]:
    return [one.name for one in things]


def _each(page: dict[str, Any], name: str) -> list[Any]:
    return [node[name] for node in page["nodes"]]


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
    async with oracle_seeding.a_service("org", tmp_path) as org:
        news = await oracle_seeding.fill_org(world)
        await look(org, world, world.people, findings)
    async with oracle_seeding.a_service("survey", tmp_path) as survey:
        await oracle_seeding.hear(survey, news.before)
        await oracle_seeding.fill_survey(world)
        await oracle_seeding.hear(survey, news.after)
        await look(survey, world, world.people, findings)
    async with oracle_seeding.a_service("media_archive", tmp_path) as archive:
        await oracle_seeding.hear(archive, news.before)
        await oracle_seeding.fill_archive(world, tmp_path / "index")
        await oracle_seeding.hear(archive, news.after)
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
    async with oracle_seeding.a_service("org", tmp_path) as org:
        await oracle_seeding.fill_org(world)
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
