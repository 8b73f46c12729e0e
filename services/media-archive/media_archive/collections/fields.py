"""What the graph asks about collections, and how they are made, filled and put in order."""

from typing import Annotated
from uuid import UUID

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.collections import items, service
from media_archive.collections.types import Collection
from media_archive.units.service import find_unit

CollectionId = Annotated[strawberry.ID, strawberry.argument(description="The collection.")]
AssetId = Annotated[strawberry.ID, strawberry.argument(description="The material.")]


@strawberry.input(description="A collection to begin.")
class CreateCollectionInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit that it shall belong to.")
    title: str = strawberry.field(description="What it is called, 1 to 300 characters.")
    description: str = strawberry.field(default="", description="What it is about, at most 10,000 characters.")
    visibility: str = strawberry.field(
        default="unit", description="`public` (takes an editor), `union`, `subtree`, `unit` or `private`."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The collection that it shall stand in; null for none."
    )


@strawberry.input(description="What to say anew about a collection; what is left out stays as it is.")
class DescribeCollectionInput:
    id: strawberry.ID = strawberry.field(description="The collection.")
    title: str | None = strawberry.field(default=None, description="What it is called, 1 to 300 characters.")
    description: str | None = strawberry.field(default=None, description="What it is about, at most 10,000 characters.")
    visibility: str | None = strawberry.field(
        default=None, description="`public` (takes an editor), `union`, `subtree`, `unit` or `private`."
    )


@strawberry.type(description="The collection is as was wanted.")
class CollectionSuccess:
    collection: Collection = strawberry.field(description="The collection as it is now.")


@strawberry.type(description="The collection is deleted; the materials that were in it are not.")
class DeleteCollectionSuccess:
    id: strawberry.ID = strawberry.field(description="The id that it had.")


ChangeCollectionResult = result(
    "ChangeCollectionResult", CollectionSuccess, service.CollectionTooDeep, items.CollectionFull
)
DeleteCollectionResult = result("DeleteCollectionResult", DeleteCollectionSuccess, service.CollectionHoldsOthers)


@strawberry.type
class CollectionQuery:
    @strawberry.field(description="One collection; an error NOT_FOUND also when the caller may not see it.")
    async def collection(self, info: Info, id: CollectionId) -> Collection | None:
        return Collection.of(await service.collection(info.context.caller, parse_id(id, "collection")))

    @strawberry.field(description="Collections that the caller may see, by title.")
    async def collections(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        within: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this unit and all below it.")
        ] = None,
        only_outermost: Annotated[
            bool, strawberry.argument(description="Only those that stand in none that the caller may see.")
        ] = False,
    ) -> Connection[Collection]:
        asked = window(first, after, str, str)
        wanted = service.Filter(
            within_path=(await find_unit(parse_id(within, "unit"))).path if within is not None else None,
            only_outermost=only_outermost,
        )
        rows = await service.list_collections(info.context.caller, wanted, asked)
        return asked.page(rows, Collection.of, service.cursor_of)


@strawberry.type
class CollectionMutation:
    @mutation(ChangeCollectionResult, description="Begin a collection of a unit.")
    async def create_collection(
        self,
        info: Info,
        input: Annotated[CreateCollectionInput, strawberry.argument(description="What to begin.")],
    ) -> CollectionSuccess:
        row = await service.create_collection(
            info.context.caller,
            parse_id(input.unit_id, "unit"),
            input.title,
            description=input.description,
            visibility=input.visibility,
            parent_id=parse_id(input.parent_id, "collection") if input.parent_id is not None else None,
        )
        return CollectionSuccess(collection=Collection.of(row))

    @mutation(ChangeCollectionResult, description="Say anew what a collection is, and who may see it.")
    async def describe_collection(
        self,
        info: Info,
        input: Annotated[DescribeCollectionInput, strawberry.argument(description="The collection and what to say.")],
    ) -> CollectionSuccess:
        changes = service.Changes(title=input.title, description=input.description, visibility=input.visibility)
        row = await service.describe_collection(info.context.caller, parse_id(input.id, "collection"), changes)
        return CollectionSuccess(collection=Collection.of(row))

    @mutation(ChangeCollectionResult, description="Put a collection, with all that stands in it, somewhere else.")
    async def move_collection(
        self,
        info: Info,
        id: CollectionId,
        parent_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The collection to put it in; null: outside all.")
        ] = None,
    ) -> CollectionSuccess:
        inside = parse_id(parent_id, "collection") if parent_id is not None else None
        row = await service.move_collection(info.context.caller, parse_id(id, "collection"), inside)
        return CollectionSuccess(collection=Collection.of(row))

    @mutation(DeleteCollectionResult, description="Delete a collection in which no other stands.")
    async def delete_collection(self, info: Info, id: CollectionId) -> DeleteCollectionSuccess:
        await service.delete_collection(info.context.caller, parse_id(id, "collection"))
        return DeleteCollectionSuccess(id=id)

    @mutation(ChangeCollectionResult, description="Put materials at the end of a collection.")
    async def add_to_collection(
        self,
        info: Info,
        id: CollectionId,
        asset_ids: Annotated[list[strawberry.ID], strawberry.argument(description="The materials, at most 100.")],
    ) -> CollectionSuccess:
        collection_id = parse_id(id, "collection")
        await items.add_items(info.context.caller, collection_id, [parse_id(one, "asset") for one in asset_ids])
        return await _as_it_is(info, collection_id)

    @mutation(ChangeCollectionResult, description="Take a material out of a collection.")
    async def take_from_collection(self, info: Info, id: CollectionId, asset_id: AssetId) -> CollectionSuccess:
        collection_id = parse_id(id, "collection")
        await items.remove_item(info.context.caller, collection_id, parse_id(asset_id, "asset"))
        return await _as_it_is(info, collection_id)

    @mutation(
        ChangeCollectionResult,
        description="Put a material of a collection right before another one of it, or right after one.",
    )
    async def move_in_collection(
        self,
        info: Info,
        id: CollectionId,
        asset_id: AssetId,
        before_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The one to come next; give this or `afterId`.")
        ] = None,
        after_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The one to come first; give this or `beforeId`.")
        ] = None,
    ) -> CollectionSuccess:
        collection_id = parse_id(id, "collection")
        await items.move_item(
            info.context.caller,
            collection_id,
            parse_id(asset_id, "asset"),
            before=parse_id(before_id, "asset") if before_id is not None else None,
            after=parse_id(after_id, "asset") if after_id is not None else None,
        )
        return await _as_it_is(info, collection_id)

    @mutation(ChangeCollectionResult, description="Choose the material that stands for a collection.")
    async def set_collection_cover(
        self,
        info: Info,
        id: CollectionId,
        asset_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="A material in it; null: its first with a picture.")
        ] = None,
    ) -> CollectionSuccess:
        collection_id = parse_id(id, "collection")
        cover = parse_id(asset_id, "asset") if asset_id is not None else None
        await items.set_cover(info.context.caller, collection_id, cover)
        return await _as_it_is(info, collection_id)


async def _as_it_is(info: Info, collection_id: UUID) -> CollectionSuccess:
    return CollectionSuccess(collection=Collection.of(await service.collection(info.context.caller, collection_id)))
