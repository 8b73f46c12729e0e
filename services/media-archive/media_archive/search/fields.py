"""Searching through the graph."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry

from kit.graphql import After, First, Info, PageInfo, asks_for, parse_id, window
from media_archive.assets.types import Asset
from media_archive.search import counting, service, suggesting
from media_archive.search.asking import Facet, Order
from media_archive.units.service import find_unit


@strawberry.enum(description="In which order a search answers.")
class AssetSearchSort(Enum):
    RELEVANCE = strawberry.enum_value(
        "relevance", description="What answers best first; without words, what was added last."
    )
    NEWEST = strawberry.enum_value("newest", description="What was made last first, by its day.")
    OLDEST = strawberry.enum_value("oldest", description="What was made first, by its day.")
    ADDED = strawberry.enum_value("added", description="What was added to the archive last.")
    TITLE = strawberry.enum_value("title", description="By title in the order of the Vietnamese alphabet.")


@strawberry.input(
    description="What to narrow a search by. Several values of one field widen it, several fields narrow it; "
    "at most 50 values of each."
)
class AssetSearchFilter:
    kinds: list[str] = strawberry.field(default_factory=list[str], description="Codes of kinds, see `assetKinds`.")
    units: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID], description="Units; what is below them counts too."
    )
    topics: list[str] = strawberry.field(default_factory=list[str], description="Codes of org's topics.")
    years: list[int] = strawberry.field(default_factory=list[int], description="Years in which it was made.")
    languages: list[str] = strawberry.field(default_factory=list[str], description="ISO 639 codes.")
    rights: list[str] = strawberry.field(default_factory=list[str], description="Codes of licences.")


@strawberry.type(description="A value by which a search can be narrowed, with what it leaves.")
class AssetSearchFacetValue:
    value: str = strawberry.field(description="What to give in the filter: a code, a year, or a unit's id.")
    name_vi: str = strawberry.field(description="What it is called in Vietnamese.")
    name_en: str = strawberry.field(description="What it is called in English.")
    count: int = strawberry.field(description="How many results have it.")
    is_chosen: bool = strawberry.field(description="Whether the search is narrowed by it.")


@strawberry.type(description="What a search can be narrowed by.")
class AssetSearchFacet:
    facet: str = strawberry.field(description="`kind`, `unit`, `topic`, `year`, `language` or `rights`.")
    values: list[AssetSearchFacetValue] = strawberry.field(
        description="Its values among the results, at most 50, those of most results first (years the latest first). "
        "They are counted as if the search were not narrowed by this facet."
    )


@strawberry.type(description="A material that answers a search.")
class AssetSearchHit:
    asset: Asset = strawberry.field(description="The material.")
    snippet: str = strawberry.field(
        description="The passage of its description or text that answers best; empty when it has none."
    )
    pieces: list["AssetSearchPiece"] = strawberry.field(
        description="The same passage in pieces, so that what was asked for can be marked."
    )


@strawberry.type(description="A stretch of a passage.")
class AssetSearchPiece:
    text: str = strawberry.field(description="The text; pieces joined are the passage.")
    is_match: bool = strawberry.field(description="Whether it was asked for.")


@strawberry.type(description="A page of what a search found, in the order that was asked for.")
class AssetSearchPage:
    nodes: list[AssetSearchHit] = strawberry.field(description="What the page holds.")
    total_count: int = strawberry.field(description="How many materials answer, among those the caller may see.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    facets: list[AssetSearchFacet] = strawberry.field(
        description="What the search can be narrowed by, with counts of what the caller may see. Units are those right "
        "below the one given as `within`, or else below the top."
    )

    @classmethod
    def of(cls, found: service.Results) -> "AssetSearchPage":
        """Show a page of results."""
        return cls(
            nodes=[_hit(hit) for hit in found.hits],
            total_count=found.total,
            page_info=PageInfo(has_next_page=found.has_next_page, end_cursor=found.end_cursor),
            facets=[_facet(facet, values) for facet, values in found.facets.items()],
        )


def _facet(facet: Facet, values: Sequence[counting.FacetValue]) -> AssetSearchFacet:
    return AssetSearchFacet(
        facet=facet.value,
        values=[
            AssetSearchFacetValue(
                value=one.value, name_vi=one.name_vi, name_en=one.name_en, count=one.count, is_chosen=one.is_chosen
            )
            for one in values
        ],
    )


def _hit(hit: service.Hit) -> AssetSearchHit:
    return AssetSearchHit(
        asset=Asset.of(hit.asset),
        snippet="".join(piece.text for piece in hit.pieces),
        pieces=[AssetSearchPiece(text=piece.text, is_match=piece.is_match) for piece in hit.pieces],
    )


@strawberry.type(description="Something that a person who types may be looking for.")
class SearchSuggestion:
    text: str = strawberry.field(description="What to search for.")
    sort: str = strawberry.field(description="`words` of titles, a `topic`, or a `title`.")
    asset_id: strawberry.ID | None = strawberry.field(description="Of a title, the material; null otherwise.")


@strawberry.type
class SearchQuery:
    @strawberry.field(
        description="Find materials by words of their title, description or text (also text read from scans). "
        "Vietnamese may be typed with or without diacritics: those that are typed are meant. Words in quotation marks "
        "have to stand in a row. An empty query lists everything. By relevance up to 1,000 results can be paged."
    )
    async def search_assets(
        self,
        info: Info,
        query: Annotated[str, strawberry.argument(description="What to look for, at most 300 characters.")] = "",
        within: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only in this unit and all below it.")
        ] = None,
        kind: Annotated[str | None, strawberry.argument(description="Only of this kind.")] = None,
        filter: Annotated[
            AssetSearchFilter | None, strawberry.argument(description="What to narrow the search by.")
        ] = None,
        sort: Annotated[
            AssetSearchSort, strawberry.argument(description="In which order to answer.")
        ] = AssetSearchSort.RELEVANCE,
        first: First = 20,
        after: After = None,
    ) -> AssetSearchPage:
        window(first, None)
        found = await service.search_assets(
            info.context.caller,
            query,
            within_path=(await find_unit(parse_id(within, "unit"))).path if within is not None else None,
            filters=await _filters(filter or AssetSearchFilter(), kind),
            order=Order(sort.value),
            first=first,
            after=after,
            with_facets=asks_for(info, "facets"),
        )
        return AssetSearchPage.of(found)

    @strawberry.field(
        description="What somebody who typed this far may be looking for: the last syllable is completed from titles "
        "that the caller may see and from topics. Where nothing begins so, words written together, as in hashtags, are "
        "taken apart."
    )
    async def suggest_search(
        self,
        info: Info,
        query: Annotated[str, strawberry.argument(description="What was typed, at most 100 characters.")],
        first: Annotated[int, strawberry.argument(description="How many to return, 1 to 10.")] = 10,
    ) -> list[SearchSuggestion]:
        return [
            SearchSuggestion(
                text=one.text,
                sort=one.sort,
                asset_id=strawberry.ID(str(one.asset_id)) if one.asset_id is not None else None,
            )
            for one in await suggesting.suggest(info.context.caller, query, first)
        ]


async def _filters(asked: AssetSearchFilter, kind: str | None) -> dict[Facet, list[str]]:
    units: list[UUID] = [parse_id(one, "unit") for one in asked.units]
    return {
        Facet.KIND: [*asked.kinds, *([kind] if kind is not None else [])],
        Facet.UNIT: await counting.labels_of(units),
        Facet.TOPIC: asked.topics,
        Facet.YEAR: [str(year) for year in asked.years],
        Facet.LANGUAGE: asked.languages,
        Facet.RIGHTS: asked.rights,
    }
