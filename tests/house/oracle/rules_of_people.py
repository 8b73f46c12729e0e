"""Headcounts, officers, networks, training, people on record, channels and groups of units."""

from oracle.rules import rule
from oracle.sight import Sight, codes, names, of_each
from oracle.world import Cells


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
        shown = of_each(told["headcountMissing"], "code")
        sight.shows(unit.code, shown, codes(silent) if may else [], codes(silent))


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
        sight.shows(unit.code, of_each(told["officers"], "name"), officers if may else [], officers)
        sight.shows(unit.code, of_each(told["departments"], "id"), departments if may else [], departments)
        seats = [world.seats[unit]] if unit in world.seats else []
        sight.shows(unit.code, of_each(told["posts"], "seats"), seats if may else [], seats)
        inside = [other for other in units if other.is_under(unit)]
        free = [one for one in inside if world.seats.get(one, 0) > len(world.holders(one, "chair"))]
        shown = [node["unit"]["code"] for node in told["vacancies"]["nodes"]]
        sight.shows(unit.code, shown, codes(one for one in free if who.may("worker", one)), codes(free))
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
        sight.shows(unit.code, of_each(told["trainingClasses"], "id"), right, [one.id for one in classes])
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
        shown = told and sorted(of_each(told["attendees"], "name"))
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
        sight.shows(f"terms of {one.name}", shown, codes(terms), codes(post.unit for post in one.posts))
        trained = [each.id for each in one.attended] if is_self or any(map(who.trains, one.answering())) else []
        sight.shows(f"trainings of {one.name}", of_each(told["trainings"], "id"), trained, [e.id for e in one.attended])
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
        sight.shows(unit.code, of_each(told["channels"], "name"), names(o for o in own if o.is_shown(who)), names(own))
        inside = [other for other in units if other.is_under(unit)]
        shown = [one for one in world.channels if one.unit in inside and one.is_shown(who)]
        reached = {one.unit for one in shown}
        counts = {"channels": len(shown), "unitsWith": len(reached), "units": len(inside)}
        sight.tells(f"counts of {unit.code}", told["channelCounts"], counts)
        silent = [other for other in inside if other not in reached]
        sight.shows(f"without in {unit.code}", of_each(told["unitsWithoutChannel"], "code"), codes(silent))
    for one in world.channels:
        answer = await sight.answer("query ($id: ID!) { unitChannel(id: $id) { name } }", id=str(one.id))
        sight.tells(one.name, answer["unitChannel"], {"name": one.name} if one.is_shown(who) else None)


@rule("org", "Unit.groups", "unitGroup", "unitGroups", "unitGroupSets", hides=False)
async def groups_are_the_same_for_all(sight: Sight) -> None:
    listed = await sight.answer("{ unitGroups(first: 100) { nodes { id units(first: 100) { nodes { code } } } } }")
    (group,) = listed["unitGroups"]["nodes"]
    inside = [unit for unit in sight.world.grouped if unit.is_open]
    sight.shows("members", of_each(group["units"], "code"), codes(inside))
    units = sight.world.open_units
    found = await sight.entities("Unit", [unit.id for unit in units], "groups(first: 100) { nodes { id } }")
    for unit, told in zip(units, found, strict=True):
        sight.shows(unit.code, of_each(told["groups"], "id"), [group["id"]] if unit in inside else [])
    await sight.same_for_all(
        "query ($id: ID!) { unitGroup(id: $id) { nameVi } unitGroupSets(first: 100) { nodes { id } } }", id=group["id"]
    )
