"""What saved searches told the caller, in the graph."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from kit.db import Record
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets.types import Asset
from media_archive.collections import notices
from media_archive.collections.types import SavedSearch


@strawberry.type(description="Materials that came into the archive and that a saved search of the caller finds.")
class SearchNotice:
    id: strawberry.ID = strawberry.field(description="Stable id; the event `search.found` has it, too.")
    saved_search: SavedSearch = strawberry.field(description="The search that finds them.")
    asset_count: int = strawberry.field(
        description="How many of them the caller may see now, 1 to 100. Until the notice is seen, more join it."
    )
    made_at: datetime = strawberry.field(description="When the first of them was told.")
    seen_at: datetime | None = strawberry.field(description="When it was marked as seen; null: not yet.")
    shown: strawberry.Private[list[object]]

    @strawberry.field(
        description=f"Those of them that came in last and that the caller may see now, at most {notices.SHOWN}."
    )
    async def newest_assets(self, info: Info) -> list[Asset]:
        keys = [(info.context.caller, one) for one in self.shown]
        rows = await info.context.loaders.assets.load_many(keys)
        return [Asset.of(row) for row in rows if row is not None]

    @classmethod
    def of(cls, row: Record) -> Self:
        """Show a notice to whom it tells something."""
        search = SavedSearch(
            id=strawberry.ID(str(row["search_id"])),
            name=row["name"],
            question=row["question"],
            seen_at=row["looked_at"],
        )
        return cls(
            id=strawberry.ID(str(row["id"])),
            saved_search=search,
            asset_count=row["asset_count"],
            made_at=row["made_at"],
            seen_at=row["seen_at"],
            shown=row["ids"][: notices.SHOWN],
        )


@strawberry.type(description="The notices are marked as seen.")
class SeeSearchNoticesSuccess:
    notices: list[SearchNotice] = strawberry.field(
        description="They as they are now, the newest first, as far as they tell of something that may be seen."
    )


SeeSearchNoticesResult = result("SeeSearchNoticesResult", SeeSearchNoticesSuccess)


@strawberry.type
class NoticeQuery:
    @strawberry.field(
        description="What the caller's saved searches found among what came in, the newest notice first, kept for 90 "
        "days. A notice tells of nothing that the caller may not see now. Within some minutes of a material's arrival."
    )
    async def my_search_notices(
        self,
        info: Info,
        unseen_only: Annotated[
            bool, strawberry.argument(description="Whether to leave out what was marked as seen.")
        ] = False,
        first: First = 20,
        after: After = None,
    ) -> Connection[SearchNotice] | None:
        asked = window(first, after, int)
        rows = await notices.notices(info.context.caller, asked, unseen_only=unseen_only)
        return asked.page(rows, SearchNotice.of, key=lambda row: (row["number"],))


@strawberry.type
class NoticeMutation:
    @mutation(
        SeeSearchNoticesResult,
        description="Mark notices of the caller as seen; looking at a saved search does that with its own. "
        "No trail tells it.",
    )
    async def see_search_notices(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="The notices, 1 to 100.")],
    ) -> SeeSearchNoticesSuccess:
        rows = await notices.see_notices(info.context.caller, [parse_id(one, "search_notice") for one in ids])
        return SeeSearchNoticesSuccess(notices=[SearchNotice.of(row) for row in rows])
