"""Searching through the graph."""

from typing import Annotated

import strawberry

from kit.graphql import After, First, Info, PageInfo, encode_cursor, parse_id, window
from media_archive.assets.types import Asset
from media_archive.search import service
from media_archive.units.service import find_unit


@strawberry.type(description="A material that answers a search.")
class AssetSearchHit:
    asset: Asset = strawberry.field(description="The material.")
    snippet: str = strawberry.field(
        description="The passage of its description or text that answers best; empty when it has none."
    )


@strawberry.type(description="A page of what a search found, best first.")
class AssetSearchPage:
    nodes: list[AssetSearchHit] = strawberry.field(description="What the page holds.")
    total_count: int = strawberry.field(description="How many materials answer, among those the caller may see.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class SearchQuery:
    @strawberry.field(
        description="Find materials by words of their title, description or text (also text read from scans). "
        "Vietnamese may be typed with or without diacritics: those that are typed are meant. "
        "Up to 1,000 results can be paged."
    )
    async def search_assets(
        self,
        info: Info,
        query: Annotated[str, strawberry.argument(description="What to look for, at most 300 characters.")],
        within: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only in this unit and all below it.")
        ] = None,
        kind: Annotated[str | None, strawberry.argument(description="Only of this kind.")] = None,
        first: First = 20,
        after: After = None,
    ) -> AssetSearchPage:
        asked = window(first, after, int)
        offset = int(asked.after[0]) if asked.after else 0
        path = (await find_unit(parse_id(within, "unit"))).path if within is not None else None
        found = await service.search_assets(
            info.context.caller, query, within_path=path, kind=kind, first=asked.first, offset=offset
        )
        return AssetSearchPage(
            nodes=[
                AssetSearchHit(asset=Asset.of(hit.asset), snippet="".join(piece.text for piece in hit.pieces))
                for hit in found.hits
            ],
            total_count=found.total,
            page_info=PageInfo(
                has_next_page=found.has_next_page,
                end_cursor=encode_cursor((offset + asked.first,)) if found.has_next_page else None,
            ),
        )
