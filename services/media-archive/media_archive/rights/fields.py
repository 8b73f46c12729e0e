"""What the graph can ask about rights, and how it has them written down."""

from datetime import date
from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from media_archive.assets.types import Asset, Unit
from media_archive.rights import consents, expiry, service
from media_archive.rights.reach import ConsentDoesNotReach
from media_archive.rights.types import AssetConsent, AssetLicence, ExpiringRight

ID = strawberry.ID
AssetId = Annotated[ID, strawberry.argument(description="The material.")]
ConsentId = Annotated[ID, strawberry.argument(description="The consent.")]


@strawberry.input(description="Under which licence a material may be used. What is left out becomes empty.")
class SetAssetRightsInput:
    asset_id: ID = strawberry.field(description="The material.")
    licence: str = strawberry.field(description="Code of the licence, see `assetLicences`.")
    holder: str = strawberry.field(default="", description="Whose the rights are, at most 300 characters.")
    until: date | None = strawberry.field(
        default=None, description="First day without the right to use it: from then on it is hidden."
    )


@strawberry.input(description="What somebody who is shown agreed to.")
class RecordConsentInput:
    asset_id: ID = strawberry.field(description="The material.")
    person: str = strawberry.field(description="Who agreed, 1 to 200 characters: no more than is needed to find them.")
    scope: str = strawberry.field(description="`internal`, `union`, `public` or `named`.")
    given_on: date = strawberry.field(description="Day of the consent.")
    account: str | None = strawberry.field(
        default=None, description="The person's account, if they have one: they may then withdraw it themselves."
    )
    is_minor: bool = strawberry.field(default=False, description="Whether the person is below 18.")
    guardian: str | None = strawberry.field(
        default=None, description="Parent or guardian who agreed; needed for somebody below 18."
    )
    named_use: str = strawberry.field(default="", description="What they agreed to, for the scope `named`.")
    until: date | None = strawberry.field(default=None, description="First day on which it no longer holds.")
    proof_id: ID | None = strawberry.field(default=None, description="A private material that proves it.")
    replaces_id: ID | None = strawberry.field(default=None, description="An older consent that this one stands for.")


@strawberry.type(description="The rights in the material are written down.")
class SetAssetRightsSuccess:
    asset: Asset = strawberry.field(description="The material as it is now.")


@strawberry.type(description="The consent is written down.")
class ConsentSuccess:
    consent: AssetConsent = strawberry.field(description="The consent as it is now.")


@strawberry.type(description="The consent was taken back, and the material is hidden.")
class WithdrawConsentSuccess:
    consent: AssetConsent = strawberry.field(description="The consent as it is now.")
    reused_by: list[Unit] = strawberry.field(description="The units that used the material or could, to be told.")


SetAssetRightsResult = result("SetAssetRightsResult", SetAssetRightsSuccess)
RecordConsentResult = result(
    "RecordConsentResult",
    ConsentSuccess,
    consents.GuardianRequired,
    consents.ConsentProofNotPrivate,
    consents.TooManyConsents,
    ConsentDoesNotReach,
)
WithdrawConsentResult = result("WithdrawConsentResult", WithdrawConsentSuccess)
SettleConsentResult = result("SettleConsentResult", ConsentSuccess)
EraseConsentResult = result("EraseConsentResult", ConsentSuccess)


@strawberry.type
class RightsQuery:
    @strawberry.field(description="The licences that can be chosen today.")
    async def asset_licences(self) -> list[AssetLicence]:
        return [AssetLicence.of(row) for row in await service.licences()]

    @strawberry.field(description="Consents of those who are shown in a material. You must be an editor of its unit.")
    async def asset_consents(
        self, info: Info, asset_id: AssetId, first: First = 20, after: After = None
    ) -> Connection[AssetConsent] | None:
        asked = window(first, after, int)
        rows = await consents.consents_of(info.context.caller, parse_id(asset_id, "asset"), asked)
        return asked.page(rows, AssetConsent.of, key=lambda row: (row["number"],))

    @strawberry.field(
        description="Consents that name your account, the newest first: you may withdraw them. Materials that you may "
        "not see are told by their id alone."
    )
    async def my_consents(self, info: Info, first: First = 20, after: After = None) -> Connection[AssetConsent] | None:
        asked = window(first, after, int)
        rows = await consents.consents_by(info.context.caller, asked)
        return asked.page(rows, AssetConsent.of, key=lambda row: (row["number"],))

    @strawberry.field(
        description="Rights, leases, consents, grants and links that end soon, for materials of a unit and those below "
        "it, the nearest first. You must be an editor of the unit."
    )
    async def expiring_rights(
        self,
        info: Info,
        unit_id: Annotated[ID, strawberry.argument(description="The unit.")],
        days: Annotated[int, strawberry.argument(description="Within how many days, 1 to 366.")] = 30,
        first: First = 20,
        after: After = None,
    ) -> Connection[ExpiringRight] | None:
        asked = window(first, after, str, str, str)
        rows = await expiry.expiring(info.context.caller, parse_id(unit_id, "unit"), days, asked)
        return asked.page(
            rows, ExpiringRight.of, key=lambda row: (row["ends_on"].isoformat(), row["kind"], row["thing_id"])
        )


@strawberry.type
class RightsMutation:
    @mutation(SetAssetRightsResult, description="Say under which licence a material may be used. Needs an editor.")
    async def set_asset_rights(
        self,
        info: Info,
        input: Annotated[SetAssetRightsInput, strawberry.argument(description="The material and its rights.")],
    ) -> SetAssetRightsSuccess:
        asset_id = parse_id(input.asset_id, "asset")
        row = await service.set_rights(info.context.caller, asset_id, input.licence, input.holder, input.until)
        return SetAssetRightsSuccess(asset=Asset.of(row))

    @mutation(
        RecordConsentResult,
        description="Write down what somebody who is shown in a material agreed to. Needs an editor.",
    )
    async def record_consent(
        self, info: Info, input: Annotated[RecordConsentInput, strawberry.argument(description="The consent.")]
    ) -> ConsentSuccess:
        new = consents.NewConsent(
            asset_id=parse_id(input.asset_id, "asset"),
            person=input.person,
            scope=input.scope,
            given_on=input.given_on,
            account=input.account,
            is_minor=input.is_minor,
            guardian=input.guardian,
            named_use=input.named_use,
            until=input.until,
            proof_id=parse_id(input.proof_id, "asset") if input.proof_id is not None else None,
            replaces=parse_id(input.replaces_id, "consent") if input.replaces_id is not None else None,
        )
        return ConsentSuccess(consent=AssetConsent.of(await consents.record_consent(info.context.caller, new)))

    @mutation(
        WithdrawConsentResult,
        description="Take a consent back: the material, its renditions, files and links are hidden at once. Editors of "
        "its unit may, and the person whose account the consent names.",
    )
    async def withdraw_consent(self, info: Info, id: ConsentId) -> WithdrawConsentSuccess:
        done = await consents.withdraw_consent(info.context.caller, parse_id(id, "consent"))
        return WithdrawConsentSuccess(
            consent=AssetConsent.of(done.consent), reused_by=[Unit(id=ID(str(one))) for one in done.reused_by]
        )

    @mutation(
        SettleConsentResult,
        description="Say why a consent is needed no more, such as that the person is no longer shown. Needs an editor.",
    )
    async def settle_consent(
        self,
        info: Info,
        id: ConsentId,
        why: Annotated[str, strawberry.argument(description="The reason, 1 to 500 characters.")],
    ) -> ConsentSuccess:
        row = await consents.settle_consent(info.context.caller, parse_id(id, "consent"), why)
        return ConsentSuccess(consent=AssetConsent.of(row))

    @mutation(
        EraseConsentResult,
        description="Erase who agreed, for good. The consent counts as withdrawn from then on. Needs an editor.",
    )
    async def erase_consent(self, info: Info, id: ConsentId) -> ConsentSuccess:
        row = await consents.erase_consent(info.context.caller, parse_id(id, "consent"))
        return ConsentSuccess(consent=AssetConsent.of(row))
