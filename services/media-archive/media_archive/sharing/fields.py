"""What the graph can ask about sharing, and how materials are shared."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets import service as assets
from media_archive.assets.types import Asset
from media_archive.rights.reach import ConsentDoesNotReach
from media_archive.settings import current
from media_archive.sharing import links, people, requests, service
from media_archive.sharing.types import AccessRequest, AssetGrant, AssetPersonGrant, ShareLink

ID = strawberry.ID
AssetId = Annotated[ID, strawberry.argument(description="The material.")]
UnitId = Annotated[ID, strawberry.argument(description="The unit.")]
RequestId = Annotated[ID, strawberry.argument(description="The request.")]
Until = Annotated[date | None, strawberry.argument(description="First day on which it no longer holds; null: no end.")]


@strawberry.input(description="How far and how long a material is seen. What is left out is taken away.")
class ShareAssetInput:
    asset_id: ID = strawberry.field(description="The material.")
    visibility: str = strawberry.field(
        description="`private`, `unit`, `subtree`, `union`, or `public` (takes an editor)."
    )
    embargo_until: date | None = strawberry.field(
        default=None, description="First day on which others than its unit's contributors see it."
    )
    lease_until: date | None = strawberry.field(default=None, description="First day on which they no longer do.")


@strawberry.input(description="A link for somebody outside.")
class MakeShareLinkInput:
    asset_id: ID = strawberry.field(description="The material.")
    expires_at: datetime = strawberry.field(description="When it ends, within the next 366 days.")
    label: str = strawberry.field(default="", description="For whom, at most 200 characters; only editors see it.")
    with_original: bool = strawberry.field(
        default=True, description="Whether the original can be loaded, or only its renditions."
    )
    password: str | None = strawberry.field(default=None, description="8 to 200 characters; null: none is asked for.")
    most_uses: int | None = strawberry.field(default=None, description="How often it can be used; null: any number.")
    origins: list[str] = strawberry.field(
        default_factory=list,
        description="Websites that may show it within their pages, such as `https://example.vn`; at most 10, for links "
        "without password and bound of uses.",
    )


@strawberry.type(description="The material is shared anew.")
class ShareAssetSuccess:
    asset: Asset = strawberry.field(description="The material as it is now.")


@strawberry.type(description="The link is made. Keep its address: it is not told again.")
class MakeShareLinkSuccess:
    link: ShareLink = strawberry.field(description="The link.")
    url: str = strawberry.field(description="Its address, for whoever is to see the material.")
    embed_url: str | None = strawberry.field(description="What the websites named show in a frame; null without any.")


@strawberry.type(description="The link has ended.")
class RevokeShareLinkSuccess:
    link: ShareLink = strawberry.field(description="The link as it is now.")


@strawberry.type(description="The request is as it is now.")
class AccessRequestSuccess:
    request: AccessRequest = strawberry.field(description="The request.")


ShareAssetResult = result("ShareAssetResult", ShareAssetSuccess, ConsentDoesNotReach)
GrantAssetResult = result("GrantAssetResult", ShareAssetSuccess, ConsentDoesNotReach, service.TooManyGrants)
EndAssetGrantResult = result("EndAssetGrantResult", ShareAssetSuccess)
EndAssetPersonGrantResult = result("EndAssetPersonGrantResult", ShareAssetSuccess)
MakeShareLinkResult = result("MakeShareLinkResult", MakeShareLinkSuccess, ConsentDoesNotReach, links.TooManyShareLinks)
RevokeShareLinkResult = result("RevokeShareLinkResult", RevokeShareLinkSuccess)
AskAccessResult = result(
    "AskAccessResult",
    AccessRequestSuccess,
    requests.AlreadyVisible,
    requests.AlreadyAsked,
    requests.TooManyAccessRequests,
)
AcceptAccessRequestResult = result(
    "AcceptAccessRequestResult",
    AccessRequestSuccess,
    requests.AccessRequestAnswered,
    ConsentDoesNotReach,
    service.TooManyGrants,
)
DeclineAccessRequestResult = result("DeclineAccessRequestResult", AccessRequestSuccess, requests.AccessRequestAnswered)


@strawberry.type
class SharingQuery:
    @strawberry.field(description="To which other units a material is granted. You must be an editor of its unit.")
    async def asset_grants(
        self, info: Info, asset_id: AssetId, first: First = 20, after: After = None
    ) -> Connection[AssetGrant] | None:
        asked = window(first, after, str)
        rows = await service.grants_of(info.context.caller, parse_id(asset_id, "asset"), asked)
        return asked.page(rows, AssetGrant.of, key=lambda row: (str(row["unit_id"]),))

    @strawberry.field(description="To which people a material is granted. You must be an editor of its unit.")
    async def asset_person_grants(
        self, info: Info, asset_id: AssetId, first: First = 20, after: After = None
    ) -> Connection[AssetPersonGrant] | None:
        asked = window(first, after, str)
        rows = await people.person_grants_of(info.context.caller, parse_id(asset_id, "asset"), asked)
        return asked.page(rows, AssetPersonGrant.of, key=lambda row: (str(row["id"]),))

    @strawberry.field(description="The share links of a material, the newest first. You must be an editor of its unit.")
    async def asset_share_links(
        self, info: Info, asset_id: AssetId, first: First = 20, after: After = None
    ) -> Connection[ShareLink] | None:
        asked = window(first, after, int)
        rows = await links.links_of(info.context.caller, parse_id(asset_id, "asset"), asked)
        return asked.page(rows, ShareLink.of, key=lambda row: (row["number"],))

    @strawberry.field(
        description="Open requests for materials of a unit and those below it, the oldest first. You must be an editor "
        "of the unit."
    )
    async def asset_access_requests(
        self, info: Info, unit_id: UnitId, first: First = 20, after: After = None
    ) -> Connection[AccessRequest] | None:
        asked = window(first, after, int)
        rows = await requests.open_requests(info.context.caller, parse_id(unit_id, "unit"), asked)
        return asked.page(rows, AccessRequest.of, key=lambda row: (row["number"],))

    @strawberry.field(description="Your own requests for materials, the newest first.")
    async def my_access_requests(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[AccessRequest] | None:
        asked = window(first, after, int)
        rows = await requests.my_requests(info.context.caller, asked)
        return asked.page(rows, AccessRequest.of, key=lambda row: (row["number"],))


@strawberry.type
class SharingMutation:
    @mutation(
        ShareAssetResult,
        description="Say how far a material is seen, from which day on and before which day. Needs a contributor of "
        "its unit; what is public, or becomes so, an editor.",
    )
    async def share_asset(
        self, info: Info, input: Annotated[ShareAssetInput, strawberry.argument(description="How it is shared.")]
    ) -> ShareAssetSuccess:
        row = await service.set_sight(
            info.context.caller,
            parse_id(input.asset_id, "asset"),
            input.visibility,
            input.embargo_until,
            input.lease_until,
        )
        return ShareAssetSuccess(asset=Asset.of(row))

    @mutation(
        GrantAssetResult,
        description="Let units of other branches see a material, with those above and below them. Needs an editor.",
    )
    async def grant_asset(
        self,
        info: Info,
        asset_id: AssetId,
        unit_ids: Annotated[list[ID], strawberry.argument(description="The units, at most 50 at a time.")],
        until: Until = None,
    ) -> ShareAssetSuccess:
        units = [parse_id(one, "unit") for one in unit_ids]
        row = await service.grant_asset(info.context.caller, parse_id(asset_id, "asset"), units, until)
        return ShareAssetSuccess(asset=Asset.of(row))

    @mutation(EndAssetGrantResult, description="Take a grant to a unit back. Needs an editor.")
    async def end_asset_grant(self, info: Info, asset_id: AssetId, unit_id: UnitId) -> ShareAssetSuccess:
        row = await service.end_grant(info.context.caller, parse_id(asset_id, "asset"), parse_id(unit_id, "unit"))
        return ShareAssetSuccess(asset=Asset.of(row))

    @mutation(EndAssetPersonGrantResult, description="Take a grant to a person back. Needs an editor.")
    async def end_asset_person_grant(
        self, info: Info, id: Annotated[ID, strawberry.argument(description="The grant.")]
    ) -> ShareAssetSuccess:
        asset_id = await people.end_person_grant(info.context.caller, parse_id(id, "grant"))
        return ShareAssetSuccess(asset=Asset.of(await assets.asset(info.context.caller, asset_id)))

    @mutation(
        MakeShareLinkResult, description="Make a link by which somebody outside sees a material. Needs an editor."
    )
    async def make_share_link(
        self, info: Info, input: Annotated[MakeShareLinkInput, strawberry.argument(description="The link.")]
    ) -> MakeShareLinkSuccess:
        new = links.NewLink(
            asset_id=parse_id(input.asset_id, "asset"),
            expires_at=input.expires_at,
            label=input.label,
            with_original=input.with_original,
            password=input.password,
            most_uses=input.most_uses,
            origins=tuple(input.origins),
        )
        link, secret = await links.make_link(info.context.caller, new)
        archive = f"{current().public_url}/archive"
        return MakeShareLinkSuccess(
            link=ShareLink.of(link),
            url=f"{archive}/s/{secret}",
            embed_url=f"{archive}/embed/s/{secret}" if link["origins"] else None,
        )

    @mutation(
        RevokeShareLinkResult,
        description="End a link at once, for downloads under way within seconds. Needs an editor.",
    )
    async def revoke_share_link(
        self, info: Info, id: Annotated[ID, strawberry.argument(description="The link.")]
    ) -> RevokeShareLinkSuccess:
        return RevokeShareLinkSuccess(
            link=ShareLink.of(await links.revoke_link(info.context.caller, parse_id(id, "link")))
        )

    @mutation(
        AskAccessResult,
        description="Ask that a unit of yours may see a material whose id you were handed. The answer is the same "
        "whether there is such a material; its editors, if there are any, answer within days.",
    )
    async def ask_access(
        self,
        info: Info,
        asset_id: AssetId,
        unit_id: UnitId,
        reason: Annotated[str, strawberry.argument(description="What it is needed for, 1 to 1,000 characters.")],
    ) -> AccessRequestSuccess:
        row = await requests.ask_access(
            info.context.caller, parse_id(asset_id, "asset"), parse_id(unit_id, "unit"), reason
        )
        return AccessRequestSuccess(request=AccessRequest.of(row))

    @mutation(
        AcceptAccessRequestResult,
        description="Grant a material to the unit of a request, or to the person who asked alone. Needs an editor of "
        "its unit.",
    )
    async def accept_access_request(
        self,
        info: Info,
        id: RequestId,
        until: Until = None,
        to: Annotated[
            str, strawberry.argument(description="`unit`, or `person`, who needs an `until` within 366 days.")
        ] = "unit",
    ) -> AccessRequestSuccess:
        row = await requests.accept_request(info.context.caller, parse_id(id, "request"), until, to)
        return AccessRequestSuccess(request=AccessRequest.of(row))

    @mutation(
        DeclineAccessRequestResult, description="Decline a request and say why. Needs an editor of the material's unit."
    )
    async def decline_access_request(
        self,
        info: Info,
        id: RequestId,
        reason: Annotated[str, strawberry.argument(description="Why, 1 to 1,000 characters.")],
    ) -> AccessRequestSuccess:
        row = await requests.decline_request(info.context.caller, parse_id(id, "request"), reason)
        return AccessRequestSuccess(request=AccessRequest.of(row))
