"""Consents, links and requests for materials: one of each, the same for all who ask."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from kit import db
from kit.calendar import today
from oracle.world import Asset, NaiveUnit, Person, World

SOON = timedelta(days=10)
MONTH = timedelta(days=30)


def requests(world: World) -> list[tuple[Person, Asset]]:
    """Return who asks for which material."""
    people = [person for person in world.people if person.caller.subject is not None]
    return [(people[place % len(people)], asset) for place, asset in enumerate(world.assets)]


def ending(world: World, unit: NaiveUnit) -> list[tuple[str, str]]:
    """Return what ends within a month for materials of a unit and those below it, as kind and material."""
    found: list[tuple[str, str]] = []
    for asset in world.assets:
        if not asset.unit.is_under(unit):
            continue
        dates = [("consent", today() + SOON), ("lease", asset.lease_until)]
        dates += [("grant", until) for until in (*asset.granted.values(), *asset.readers.values())]
        found += [(kind, str(asset.id)) for kind, on in dates if on and today() < on <= today() + MONTH]
    return sorted(found)


async def fill_sharing(world: World) -> None:
    """Put them into the archive."""
    for asset in world.assets:
        await db.execute(
            """INSERT INTO consent (id, asset_id, person, is_minor, scope, given_on, until)
               VALUES ($1, $1, 'Mai', false, 'public', '2026-01-01', $2)""",
            asset.id,
            today() + SOON,
        )
        await db.execute(
            """INSERT INTO share_link (id, asset_id, secret_hash, made_by, with_original, expires_at)
               VALUES ($1, $1, $2, 'lan', true, $3)""",
            asset.id,
            sha256(asset.id.bytes).digest(),
            datetime.now(UTC) + 3 * MONTH,
        )
    for person, asset in requests(world):
        await db.execute(
            "INSERT INTO access_request (id, asset_id, subject, unit_id, reason) VALUES ($1, $1, $2, $3, 'x')",
            asset.id,
            person.caller.subject,
            asset.unit.id,
        )
        await db.execute("UPDATE consent SET account = $2 WHERE id = $1", asset.id, person.caller.subject)
