"""A person's own favourites and saved searches in the graph."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets.types import Asset
from media_archive.collections import favourites, saved_searches
from media_archive.collections.fields import AssetId
from media_archive.collections.types import SavedSearch

SavedSearchId = Annotated[strawberry.ID, strawberry.argument(description="The saved search.")]


@strawberry.type(description="The material is among the caller's favourites.")
class MarkFavouriteSuccess:
    asset: Asset = strawberry.field(description="The material.")


@strawberry.type(description="The material is not among the caller's favourites.")
class UnmarkFavouriteSuccess:
    id: strawberry.ID = strawberry.field(description="The material's id.")


@strawberry.type(description="The search is saved.")
class SavedSearchSuccess:
    saved_search: SavedSearch = strawberry.field(description="The search as it is now.")


@strawberry.type(description="The search is forgotten.")
class ForgetSavedSearchSuccess:
    id: strawberry.ID = strawberry.field(description="The id that it had.")


MarkFavouriteResult = result("MarkFavouriteResult", MarkFavouriteSuccess)
UnmarkFavouriteResult = result("UnmarkFavouriteResult", UnmarkFavouriteSuccess)
SavedSearchResult = result("SavedSearchResult", SavedSearchSuccess, saved_searches.TooManySavedSearches)
ForgetSavedSearchResult = result("ForgetSavedSearchResult", ForgetSavedSearchSuccess)


@strawberry.type
class PersonalQuery:
    @strawberry.field(description="The caller's favourites that they may see today, those marked last first.")
    async def favourite_assets(self, info: Info, first: First = 20, after: After = None) -> Connection[Asset] | None:
        asked = window(first, after, int, str)
        rows = await favourites.favourites(info.context.caller, asked)
        return asked.page(rows, Asset.of, favourites.cursor_of)

    @strawberry.field(description="The searches that the caller saved, at most 50, in the order of saving.")
    async def saved_searches(self, info: Info) -> list[SavedSearch] | None:
        return [SavedSearch.of(row) for row in await saved_searches.saved_searches(info.context.caller)]


@strawberry.type
class PersonalMutation:
    @mutation(MarkFavouriteResult, description="Mark a material as one of the caller's favourites. No trail tells it.")
    async def mark_favourite(self, info: Info, asset_id: AssetId) -> MarkFavouriteSuccess:
        row = await favourites.mark_favourite(info.context.caller, parse_id(asset_id, "asset"))
        return MarkFavouriteSuccess(asset=Asset.of(row))

    @mutation(UnmarkFavouriteResult, description="Take a material out of the caller's favourites.")
    async def unmark_favourite(self, info: Info, asset_id: AssetId) -> UnmarkFavouriteSuccess:
        await favourites.unmark_favourite(info.context.caller, parse_id(asset_id, "asset"))
        return UnmarkFavouriteSuccess(id=asset_id)

    @mutation(SavedSearchResult, description="Save a search for the caller. No trail tells it.")
    async def save_search(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="What to call it, 1 to 100 characters.")],
        question: Annotated[
            str,
            strawberry.argument(
                description="The question as the search page's address has it after `?`, such as `q=an+toan&kind=news`."
            ),
        ],
    ) -> SavedSearchSuccess:
        row = await saved_searches.save_search(info.context.caller, name, question)
        return SavedSearchSuccess(saved_search=SavedSearch.of(row))

    @mutation(SavedSearchResult, description="Note that the caller has looked at what a saved search finds.")
    async def see_saved_search(self, info: Info, id: SavedSearchId) -> SavedSearchSuccess:
        row = await saved_searches.see_search(info.context.caller, parse_id(id, "saved_search"))
        return SavedSearchSuccess(saved_search=SavedSearch.of(row))

    @mutation(ForgetSavedSearchResult, description="Forget a saved search of the caller.")
    async def forget_saved_search(self, info: Info, id: SavedSearchId) -> ForgetSavedSearchSuccess:
        await saved_searches.forget_search(info.context.caller, parse_id(id, "saved_search"))
        return ForgetSavedSearchSuccess(id=id)
