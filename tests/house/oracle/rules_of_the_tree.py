"""Units, the tree of any day and what was done to it: what everybody sees of org."""

from collections import Counter

from kit.calendar import today
from oracle import seeding
from oracle.rules import rule
from oracle.sight import Sight, codes, names, of_each


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
    sight.shows("all", [u["code"] for u in await sight.all_of("units", "", "code") or []], codes(world.open_units))
    within = world.chance.choice(world.open_units)
    below = [unit for unit in world.open_units if unit.is_under(within)]
    found = await sight.all_of("units", f'within: "{within.id}"', "code")
    sight.shows(f"within {within.code}", [unit["code"] for unit in found or []], codes(below))
    found = await sight.all_of("units", 'query: "sen", level: "grassroots"', "code")
    named = [unit for unit in world.open_units if " Sen " in unit.name and unit.level == "grassroots"]
    sight.shows("a search", [unit["code"] for unit in found or []], codes(named))


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
                "ancestors": list(reversed(codes(unit.above())[1:])),
                "count": len(below),
                "children": sorted(codes(other for other in below if other.parent is unit)),
                "descendants": sorted(codes(below)),
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
    "_entities(Place)",
    "Place.parent",
    "Place.province",
    "Place.successors",
    "Place.predecessors",
    hides=False,
)
async def places_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all(
        """{ _entities(representations: [{__typename: "Place", code: "15", day: "2026-01-01"}]) { ... on Place {
        nameVi parent { nameVi } province { nameVi } successors { nodes { oldCode } }
        predecessors { nodes { oldCode } } } } }"""
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
        sight.shows(unit.code, of_each(told["officers"], "name"), officers if worker else [], officers)
        sight.shows(unit.code, of_each(told["departments"], "id"), departments if worker else [], departments)
        own = [one for one in world.channels if one.unit is unit]
        sight.shows(unit.code, of_each(told["channels"], "name"), names(o for o in own if o.is_shown(who)), names(own))
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
        note = seeding.NOTE if who.subject else None
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
        sight.shows(f"before {unit.code}", shown["predecessors"], codes(before))
        sight.shows(f"after {unit.code}", shown["successors"], codes([merged[unit]] if unit in merged else []))
        sight.shows(f"{unit.code} today", shown["successorsToday"], codes([last] if last.is_open else []))


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
