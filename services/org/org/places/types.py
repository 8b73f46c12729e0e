"""Places as the graph shows them."""

from datetime import date, timedelta

import strawberry

from kit import db
from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, window


@strawberry.federation.type(
    keys=["code day"],
    description="A province, district or commune of the statistics office's lists on a day. "
    "Codes are used again for other places, so a code means a place only together with a day.",
)
class Place:
    kind: str = strawberry.field(description="One of `province`, `district`, `commune`.")
    code: str = strawberry.field(description="The statistics office's code: two, three or five digits.")
    day: date = strawberry.field(description="The day on which the code means this place: the one that led here.")
    name_vi: str = strawberry.field(description="Full name in Vietnamese, such as `Phường Ba Đình`.")
    name_en: str | None = strawberry.field(description="Name in English; null when the list has none.")
    region: str | None = strawberry.field(
        description="Code of the vocabulary `region`; null for what is not a province."
    )
    valid_from: date | None = strawberry.field(
        description="The first day on which the code means this place; null when it is not on record."
    )
    valid_until: date | None = strawberry.field(
        description="The first day on which it no longer does; null when no end is known."
    )
    row: strawberry.Private[db.Record]

    @classmethod
    def of(cls, row: db.Record, on: date) -> "Place":
        """Return the place of a row, as it is on a day."""
        return cls(
            kind=row["kind"],
            code=row["code"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            region=row["region"],
            valid_from=row["since"],
            valid_until=row["until"],
            row=row,
            day=on,
        )

    @classmethod
    async def resolve_reference(cls, code: str, day: str, info: Info) -> "Place | None":
        """Return the place that another service refers to, None for a code that means none on that day."""
        try:
            on = date.fromisoformat(day)
        except (TypeError, ValueError) as error:
            raise InvalidInput("day", "cần ngày dạng 2026-05-01", "needs a day such as 2026-05-01") from error
        return await place_or_none(info, str(code), on)

    @strawberry.field(
        description="Name in the language of the request; the Vietnamese one where there is no English one."
    )
    def name(self, info: Info) -> str:
        return (self.name_en or self.name_vi) if info.context.language == "en" else self.name_vi

    @strawberry.field(
        description="The place directly above: a district for communes until 30 June 2025, else the province; "
        "null for a province."
    )
    async def parent(self, info: Info) -> "Place | None":
        parent = self.row["parent_code"]
        return await place_or_none(info, parent, self.day) if parent else None

    @strawberry.field(description="The province it lies in, or is.")
    async def province(self, info: Info) -> "Place | None":
        return await place_or_none(info, self.row["province_code"], self.day)

    @strawberry.field(
        description="What became of it when it ended; empty while it goes on, or when no list of that was loaded."
    )
    async def successors(self, info: Info, first: First = 20, after: After = None) -> Connection["PlaceSuccession"]:
        asked = window(first, after, str)
        rows = await info.context.loaders.successors_by_place.load((self.code, asked, self.day))
        return asked.page(rows, PlaceSuccession.of, _by_other)

    @strawberry.field(description="What it was made of; empty when it always was, or when no list of that was loaded.")
    async def predecessors(self, info: Info, first: First = 20, after: After = None) -> Connection["PlaceSuccession"]:
        asked = window(first, after, str)
        rows = await info.context.loaders.predecessors_by_place.load((self.code, asked, self.day))
        return asked.page(rows, PlaceSuccession.of, _by_other)


@strawberry.type(description="That a place, or a part of it, went into another on a day.")
class PlaceSuccession:
    old_code: str = strawberry.field(description="The code of the place that was.")
    new_code: str = strawberry.field(description="The code of the place that is since.")
    on: date = strawberry.field(description="The first day of the new place.")
    is_partial: bool = strawberry.field(
        description="Whether only a part of the old place (of its area, or people) went there."
    )
    note: str | None = strawberry.field(description="What the list says of it, in Vietnamese; null for nothing.")

    @classmethod
    def of(cls, row: db.Record) -> "PlaceSuccession":
        """Return the succession of a row."""
        return cls(
            old_code=row["old_code"],
            new_code=row["new_code"],
            on=row["effective_on"],
            is_partial=row["is_partial"],
            note=row["note"],
        )

    @strawberry.field(description="The place that was, on its last day; null when it is not on record.")
    async def predecessor(self, info: Info) -> Place | None:
        return await place_or_none(info, self.old_code, self.on - timedelta(days=1))

    @strawberry.field(description="The place that is since, on its first day; null when it is not on record.")
    async def successor(self, info: Info) -> Place | None:
        return await place_or_none(info, self.new_code, self.on)


async def place_or_none(info: Info, code: str, on: date) -> Place | None:
    """Return the place that a code means on a day through the request's loader."""
    row = await info.context.loaders.place_by_code.load((code, on))
    return Place.of(row, on) if row else None


def _by_other(row: db.Record) -> tuple[str]:
    return (row["other_code"],)
