"""Questions about places; everybody may ask them."""

from datetime import date
from typing import Annotated

import strawberry

from kit.calendar import today
from kit.graphql import After, Connection, First, window
from org.places import service
from org.places.types import Place

Kind = Annotated[str, strawberry.argument(description="One of `province`, `district`, `commune`.")]
OnDay = Annotated[date | None, strawberry.argument(description="The day; today when left out.")]


@strawberry.type
class PlaceQuery:
    """Root fields of places."""

    @strawberry.field(description="The place that a code means on a day; NOT_FOUND when it means none.")
    async def place(
        self,
        code: Annotated[str, strawberry.argument(description="The statistics office's code, such as `01`.")],
        kind: Kind,
        as_of: OnDay = None,
    ) -> Place | None:
        on = as_of or today()
        return Place.of(await service.find_place(kind, code, on), on)

    @strawberry.field(
        description="The places of a kind on a day, in Vietnamese order of their names; with `query` the best match "
        "first. Districts ended on 30 June 2025. Provinces are always on record, others where their list was loaded. "
        "Null when an argument is refused."
    )
    async def places(
        self,
        kind: Kind,
        first: First = 20,
        after: After = None,
        query: Annotated[
            str | None,
            strawberry.argument(description="Words of a name, accents or not, or a code; at most 100 characters."),
        ] = None,
        within: Annotated[
            str | None, strawberry.argument(description="Only those in the province or district of this code.")
        ] = None,
        as_of: OnDay = None,
    ) -> Connection[Place] | None:
        asked, on = window(first, after, int, str, str), as_of or today()
        rows = await service.search_places(kind, query, within, on, asked.limit, asked.after)
        return asked.page(rows, lambda row: Place.of(row, on), lambda row: (row["rank"], row["sort_key"], row["code"]))
