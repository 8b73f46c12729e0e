"""Materials, their lists, counts and searches: what media-archive tells."""

from collections import Counter

from oracle.rules import rule
from oracle.sight import Sight


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
        (f'unitId: "{unit.id}"', lambda one: one.unit is unit),
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
    counted = (await sight.answer("{ searchAssets(first: 1) { totalCount facets { facet values { value count } } } }"))[
        "searchAssets"
    ]
    shown = [one for one in sight.world.assets if one.is_shown(sight.who)]
    sight.tells("count of all", counted["totalCount"], len(shown))
    told = {one["facet"]: {value["value"]: value["count"] for value in one["values"]} for one in counted["facets"]}
    sight.tells("kinds", told["kind"], dict(Counter(one.kind for one in shown)))
    sight.tells("topics", told["topic"], dict(Counter(topic for one in shown for topic in one.topics)))


@rule("media_archive", "suggestSearch")
async def a_title_is_suggested_to_those_who_may_see_it(sight: Sight) -> None:
    for typed in ("sen", "bi", "Lú"):
        found = await sight.answer("query ($q: String!) { suggestSearch(query: $q) { assetId sort } }", q=typed)
        titles = [one["assetId"] for one in found["suggestSearch"] if one["sort"] == "title"]
        shown = {str(one.id) for one in sight.world.assets if one.is_shown(sight.who)}
        sight.shows(typed, titles, shown.intersection(titles), [one.id for one in sight.world.assets])


@rule(
    "media_archive",
    "_entities(TopicInUnit)",
    "TopicInUnit.holding",
    "TopicInUnit.madeFor",
    "TopicInUnit.newestAssets",
)
async def what_is_held_on_a_topic_is_what_one_sees(sight: Sight) -> None:
    asked = [(topic, unit) for unit in sight.some_units(4) for topic in ("benefits", "labour_law")]
    found = await sight.named(
        "TopicInUnit",
        [{"topic": topic, "unit": str(unit.id)} for topic, unit in asked],
        "holding { own others } madeFor(by: []) { total } newestAssets(first: 100) { id }",
    )
    for (topic, unit), told in zip(asked, found, strict=True):
        on_it = [one for one in sight.world.assets if topic in one.topics]
        shown = [one for one in on_it if one.is_shown(sight.who)]
        own = sum(one.unit.is_under(unit) for one in shown)
        is_known = unit.is_open or unit.closed
        right = {"own": own, "others": len(shown) - own} if is_known else None
        sight.tells(f"{topic} in {unit.code}", told["holding"], right)
        sight.tells(f"made on {topic}", told["madeFor"], [{"total": len(shown)}] if shown else [])
        newest = [one["id"] for one in told["newestAssets"]]
        sight.shows(f"newest on {topic}", newest, [one.id for one in shown], [one.id for one in on_it])


@rule("media_archive", "_entities(Place)", hides=False)
async def references_to_places_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all(
        """{ _entities(representations: [{__typename: "Place", code: "15", day: "2026-01-01"}]) { ... on Place {
        code day } } }"""
    )


@rule("media_archive", "assetKinds", hides=False)
async def kinds_are_the_same_for_all(sight: Sight) -> None:
    await sight.same_for_all("{ assetKinds { code } }")


@rule("media_archive", "archiveAuditTrail")
async def the_trail_of_materials_is_for_admins_of_the_unit(sight: Sight) -> None:
    for unit in sight.some_units(4):
        if not (unit.is_open or unit.closed):
            continue
        may = sight.who.may("admin", unit)
        inside = [one for one in sight.world.assets if one.unit.is_under(unit)]
        told = await sight.all_of("archiveAuditTrail", f'unitId: "{unit.id}"', "thingId")
        things = sorted(str(one.id) for one in inside)
        sight.tells(
            unit.code, told if told is None else sorted(one["thingId"] for one in told), things if may else None
        )
        one = sight.world.chance.choice(sight.world.assets)
        told = await sight.all_of("archiveAuditTrail", f'unitId: "{unit.id}", assetId: "{one.id}"', "thingId")
        things = [str(one.id)] if one.unit.is_under(unit) else []
        sight.tells(
            f"{unit.code} {one.title}",
            told if told is None else [each["thingId"] for each in told],
            things if may else None,
        )
