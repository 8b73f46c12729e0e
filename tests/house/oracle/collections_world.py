"""Collections of a world's materials, and what each person marked: drawn from the materials, the same for all who ask."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from kit import db
from oracle.world import Asset, NaiveUnit, Person, World

VISIBILITIES = ("private", "unit", "subtree", "union", "public")


@dataclass(frozen=True)
class NaiveCollection:
    """Some materials, shared by a unit, perhaps inside another collection."""

    id: UUID
    unit: NaiveUnit
    visibility: str
    items: list[Asset]
    outer: "NaiveCollection | None"

    def is_shown(self, who: Person) -> bool:
        """Say it as a person would: who contributes there sees all, others as far as it is shared."""
        if who.may("contributor", self.unit):
            return True
        match self.visibility:
            case "public":
                return True
            case "union":
                return bool(who.roles)
            case "subtree":
                return who.may("worker", self.unit) or who.has_role_under(self.unit)
            case "unit":
                return who.may("worker", self.unit)
            case _:
                return False


def collections(world: World) -> list[NaiveCollection]:
    """Return all collections, each after the one that it stands in."""
    made: list[NaiveCollection] = []
    for place, asset in enumerate(world.assets[:30]):
        outer = made[-1] if place % 3 else None
        items = world.assets[place : place + 6]
        visibility = VISIBILITIES[place % 5]
        made.append(NaiveCollection(uuid5(asset.id, "collection"), asset.unit, visibility, items, outer))
    return made


def favourites(world: World) -> list[tuple[str, Asset]]:
    """Return who marked what."""
    people = [who.subject for who in world.people if who.subject]
    return [(people[place % len(people)], asset) for place, asset in enumerate(world.assets)]


def told_of(world: World, asset: Asset) -> list[Asset]:
    """Return what the search that somebody saved with a favourite told of: it and the one after it."""
    place = world.assets.index(asset)
    return world.assets[place : place + 2]


async def fill_collections(world: World) -> None:
    """Put them into the archive."""
    for one in collections(world):
        await db.execute(
            """INSERT INTO collection (id, unit_id, unit_path, title, visibility, parent_id, parent_depth)
               SELECT $1, $2, (SELECT path FROM unit WHERE id = $2), $3, $4, $5,
                      (SELECT depth FROM collection WHERE id = $5)""",
            one.id,
            one.unit.id,
            f"Bộ {one.id}",
            one.visibility,
            one.outer.id if one.outer else None,
        )
        for position, asset in enumerate(one.items):
            await db.execute("INSERT INTO collection_item VALUES ($1, $2, $3)", one.id, asset.id, position)
    for subject, asset in favourites(world):
        await db.execute("INSERT INTO favourite (subject, asset_id) VALUES ($1, $2)", subject, asset.id)
        await db.execute(
            """INSERT INTO saved_search (id, subject, place, name, question)
               SELECT $1, $2, 1 + count(*), $3, 'kind=news' FROM saved_search WHERE subject = $2""",
            uuid5(asset.id, "search"),
            subject,
            asset.title,
        )
        await db.execute(
            "INSERT INTO search_notice (id, search_id, asset_ids) VALUES ($1, $2, $3)",
            uuid5(asset.id, "notice"),
            uuid5(asset.id, "search"),
            [one.id for one in told_of(world, asset)],
        )
