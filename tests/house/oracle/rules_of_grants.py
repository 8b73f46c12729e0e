"""Who holds which role, who did what, and why somebody may: what org tells of access."""

from oracle.rules import rule
from oracle.sight import Sight


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
