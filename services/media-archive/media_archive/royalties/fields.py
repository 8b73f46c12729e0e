"""How rate cards, authors, charges and statements are asked and changed through the graph."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kit.errors import InvalidInput, NotFound
from kit.graphql import After, Connection, First, Info, foreign_cursor, mutation, parse_id, result, window
from media_archive.royalties import authors, cards, charges, rates, statements
from media_archive.royalties.types import (
    RoyaltyAuthor,
    RoyaltyCharge,
    RoyaltyRate,
    RoyaltyShare,
    RoyaltyStatement,
    RoyaltySum,
    RoyaltyUnitTotal,
)

UnitId = Annotated[strawberry.ID, strawberry.argument(description="The unit; you must be an admin of it.")]
PublicationId = Annotated[strawberry.ID, strawberry.argument(description="The publication, an entry of `reuses`.")]


@strawberry.input(description="What a unit pays for a kind of product from a day on.")
class SetRoyaltyRateInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit.")
    kind: str = strawberry.field(description="Code of the kind, see `assetKinds`.")
    valid_from: date = strawberry.field(description="First day on which it holds.")
    coefficient: float = strawberry.field(description="The highest coefficient of a product, at most two decimals.")
    unit_value: float = strawberry.field(description="Value of one unit of the coefficient, in whole dong.")
    basis: str = strawberry.field(default="", description="The decision on which it rests, at most 300 characters.")


@strawberry.input(description="A whole card that is to hold again, such as that of last year.")
class CopyRoyaltyRatesInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit.")
    held_on: date = strawberry.field(
        description="A day on which the card held: the unit's own rates, or else those of the nearest unit above."
    )
    valid_from: date = strawberry.field(description="First day on which it holds again.")
    unit_value: float | None = strawberry.field(
        default=None, description="New value of one unit of the coefficient, in whole dong; null: as it was."
    )
    basis: str | None = strawberry.field(default=None, description="The new decision; null: as it was.")


@strawberry.input(description="Somebody whom a unit pays.")
class AddRoyaltyAuthorInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit.")
    name: str = strawberry.field(description="The name as it stands on statements, at most 200 characters.")
    account: str | None = strawberry.field(
        default=None, description="The author's account, if any: the name is erased with it."
    )


@strawberry.input(description="An author and a share.")
class RoyaltyShareInput:
    author_id: strawberry.ID = strawberry.field(description="The author.")
    percent: float = strawberry.field(description="The share in percent, at most two decimals.")


@strawberry.type(description="The rate card holds.")
class SetRoyaltyRateSuccess:
    rate: RoyaltyRate = strawberry.field(description="The rate card.")


@strawberry.type(description="The card holds again.")
class CopyRoyaltyRatesSuccess:
    number: int = strawberry.field(description="How many rates it has.")


@strawberry.type(description="The author is noted.")
class AddRoyaltyAuthorSuccess:
    author: RoyaltyAuthor = strawberry.field(description="The author.")


@strawberry.type(description="The author's name is erased.")
class EraseRoyaltyAuthorSuccess:
    id: strawberry.ID = strawberry.field(description="The author's id, which stays.")


@strawberry.type(description="The authors are named.")
class SetAssetAuthorsSuccess:
    authors: list[RoyaltyShare] = strawberry.field(description="Who made it, the largest share first.")


@strawberry.type(description="What is owed is recorded.")
class ChargeRoyaltySuccess:
    charge: RoyaltyCharge = strawberry.field(description="What is owed.")


@strawberry.type(description="What was owed is reversed.")
class ReverseRoyaltySuccess:
    charge: RoyaltyCharge = strawberry.field(description="The reversal.")


SetRoyaltyRateResult = result("SetRoyaltyRateResult", SetRoyaltyRateSuccess, rates.RateCardTaken)
CopyRoyaltyRatesResult = result("CopyRoyaltyRatesResult", CopyRoyaltyRatesSuccess, rates.RateCardTaken)
AddRoyaltyAuthorResult = result("AddRoyaltyAuthorResult", AddRoyaltyAuthorSuccess, authors.AccountIsAuthor)
EraseRoyaltyAuthorResult = result("EraseRoyaltyAuthorResult", EraseRoyaltyAuthorSuccess)
SetAssetAuthorsResult = result("SetAssetAuthorsResult", SetAssetAuthorsSuccess, authors.SharesNotWhole)
ChargeRoyaltyResult = result(
    "ChargeRoyaltyResult",
    ChargeRoyaltySuccess,
    charges.NotAPublication,
    charges.AuthorsMissing,
    charges.RateCardMissing,
    charges.CoefficientTooHigh,
    charges.AlreadyCharged,
)
ReverseRoyaltyResult = result(
    "ReverseRoyaltyResult",
    ReverseRoyaltySuccess,
    charges.NotAPublication,
    charges.NothingToReverse,
    charges.AlreadyCharged,
)


@strawberry.type
class RoyaltyQuery:
    @strawberry.field(description="A unit's rate cards by kind, the newest of each first.")
    async def royalty_rates(
        self, info: Info, unit_id: UnitId, first: First = 20, after: After = None
    ) -> Connection[RoyaltyRate] | None:
        asked = window(first, after, str, str)
        rows = await rates.rates_of(info.context.caller, parse_id(unit_id, "unit"), asked.limit, asked.after)
        return asked.page(rows, RoyaltyRate.of, lambda row: (row["kind"], row["valid_from"].isoformat()))

    @strawberry.field(description="Whom a unit pays, but those whose names were erased.")
    async def royalty_authors(
        self, info: Info, unit_id: UnitId, first: First = 20, after: After = None
    ) -> Connection[RoyaltyAuthor] | None:
        asked = window(first, after, str)
        rows = await authors.authors_of(info.context.caller, parse_id(unit_id, "unit"), asked.limit, _id(asked.after))
        return asked.page(rows, RoyaltyAuthor.of, lambda row: (str(row["id"]),))

    @strawberry.field(description="Who made a material, the largest share first. You must be an admin of its unit.")
    async def royalty_shares(
        self, info: Info, asset_id: Annotated[strawberry.ID, strawberry.argument(description="The material.")]
    ) -> list[RoyaltyShare] | None:
        rows = await authors.asset_authors(info.context.caller, parse_id(asset_id, "asset"))
        return [RoyaltyShare.of(row) for row in rows]

    @strawberry.field(description="What a unit owes its authors for the publications of a half-year.")
    async def royalty_statement(
        self,
        info: Info,
        unit_id: UnitId,
        year: Annotated[int, strawberry.argument(description="The year.")],
        half: Annotated[int, strawberry.argument(description="1: January to June; 2: July to December.")],
        as_of: Annotated[
            date | None, strawberry.argument(description="What was recorded by the end of this day counts; today.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> RoyaltyStatement | None:
        asked, page = statements.period(year, half, as_of), window(first, after, str)
        caller, unit = info.context.caller, parse_id(unit_id, "unit")
        rows = await statements.sums_by_author(caller, unit, asked, page.limit, _id(page.after))
        publications, amount = await statements.total(caller, unit, asked)
        return RoyaltyStatement(
            year=asked.year,
            half=asked.half,
            as_of=asked.as_of,
            publications=publications,
            amount=float(amount),
            authors=page.page(rows, RoyaltySum.of, lambda row: (str(row["id"]),)),
        )

    @strawberry.field(
        description="What a unit and those below it owe for the publications of a half-year, each for itself, in the "
        "order of the tree. You must be an admin of the unit."
    )
    async def royalty_totals(
        self,
        info: Info,
        unit_id: UnitId,
        year: Annotated[int, strawberry.argument(description="The year.")],
        half: Annotated[int, strawberry.argument(description="1: January to June; 2: July to December.")],
        as_of: Annotated[
            date | None, strawberry.argument(description="What was recorded by the end of this day counts; today.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[RoyaltyUnitTotal] | None:
        asked, page = statements.period(year, half, as_of), window(first, after, str)
        rows = await statements.totals_by_unit(
            info.context.caller, parse_id(unit_id, "unit"), asked, page.limit, page.after[0] if page.after else None
        )
        return page.page(rows, RoyaltyUnitTotal.of, lambda row: (row["path"],))


@strawberry.type
class RoyaltyMutation:
    @mutation(SetRoyaltyRateResult, description="Let a rate card hold from a day on. You must be an admin of the unit.")
    async def set_royalty_rate(
        self, info: Info, input: Annotated[SetRoyaltyRateInput, strawberry.argument(description="The rate card.")]
    ) -> SetRoyaltyRateSuccess:
        new = rates.NewRate(
            unit_id=parse_id(input.unit_id, "unit"),
            kind=input.kind,
            valid_from=input.valid_from,
            coefficient=_hundredths(input.coefficient, "coefficient"),
            unit_value=_whole(input.unit_value, "unitValue"),
            basis=input.basis,
        )
        return SetRoyaltyRateSuccess(rate=RoyaltyRate.of(await rates.set_rate(info.context.caller, new)))

    @mutation(
        CopyRoyaltyRatesResult,
        description="Let a whole card hold again from a day on, all of its rates or none. You must be an admin of the "
        "unit.",
    )
    async def copy_royalty_rates(
        self, info: Info, input: Annotated[CopyRoyaltyRatesInput, strawberry.argument(description="Which, from when.")]
    ) -> CopyRoyaltyRatesSuccess:
        number = await cards.copy_card(
            info.context.caller,
            parse_id(input.unit_id, "unit"),
            input.held_on,
            input.valid_from,
            None if input.unit_value is None else _whole(input.unit_value, "unitValue"),
            input.basis,
        )
        return CopyRoyaltyRatesSuccess(number=number)

    @mutation(AddRoyaltyAuthorResult, description="Note somebody whom a unit pays. You must be an admin of the unit.")
    async def add_royalty_author(
        self, info: Info, input: Annotated[AddRoyaltyAuthorInput, strawberry.argument(description="The author.")]
    ) -> AddRoyaltyAuthorSuccess:
        unit_id = parse_id(input.unit_id, "unit")
        row = await authors.add_author(info.context.caller, unit_id, input.name, input.account)
        return AddRoyaltyAuthorSuccess(author=RoyaltyAuthor.of(row))

    @mutation(
        EraseRoyaltyAuthorResult,
        description="Erase an author's name; sums stay. You must be an admin of the unit that noted the author.",
    )
    async def erase_royalty_author(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The author.")]
    ) -> EraseRoyaltyAuthorSuccess:
        erased = await authors.erase_author(info.context.caller, parse_id(id, "author"))
        return EraseRoyaltyAuthorSuccess(id=strawberry.ID(str(erased)))

    @mutation(
        SetAssetAuthorsResult,
        description="Say who made a material and with which shares. You must be an admin of its unit.",
    )
    async def set_asset_authors(
        self,
        info: Info,
        asset_id: Annotated[strawberry.ID, strawberry.argument(description="The material.")],
        shares: Annotated[
            list[RoyaltyShareInput],
            strawberry.argument(description="Its authors, at most 20; replaces who was named before."),
        ],
    ) -> SetAssetAuthorsSuccess:
        wanted: dict[UUID, int] = {}
        for one in shares:
            author_id = parse_id(one.author_id, "author")
            wanted[author_id] = wanted.get(author_id, 0) + _hundredths(one.percent, "percent")
        rows = await authors.set_asset_authors(info.context.caller, parse_id(asset_id, "asset"), wanted)
        return SetAssetAuthorsSuccess(authors=[RoyaltyShare.of(row) for row in rows])

    @mutation(
        ChargeRoyaltyResult,
        description="Record what a unit owes for a publication of its, by the rate card of that day. You must be an "
        "admin of the unit.",
    )
    async def charge_royalty(
        self,
        info: Info,
        publication_id: PublicationId,
        coefficient: Annotated[
            float | None, strawberry.argument(description="The coefficient given to the product; the card's.")
        ] = None,
    ) -> ChargeRoyaltySuccess:
        given = None if coefficient is None else _hundredths(coefficient, "coefficient")
        row = await charges.charge(info.context.caller, _number(publication_id), given)
        return ChargeRoyaltySuccess(charge=RoyaltyCharge.of(row))

    @mutation(
        ReverseRoyaltyResult,
        description="Take back what was recorded as owed for a publication. You must be an admin of the unit.",
    )
    async def reverse_royalty(
        self,
        info: Info,
        publication_id: PublicationId,
        note: Annotated[str, strawberry.argument(description="Why, 1 to 300 characters.")],
    ) -> ReverseRoyaltySuccess:
        row = await charges.reverse(info.context.caller, _number(publication_id), note)
        return ReverseRoyaltySuccess(charge=RoyaltyCharge.of(row))


def _id(after: tuple[str] | None) -> UUID | None:
    try:
        return UUID(after[0]) if after else None
    except ValueError as error:
        raise foreign_cursor() from error


def _number(publication: strawberry.ID) -> int:
    if not (publication.isascii() and publication.isdigit() and len(publication) <= 18):
        raise NotFound("publication", publication)
    return int(publication)


def _hundredths(value: float, field: str) -> int:
    hundredths = round(value * 100) if abs(value) < 1e9 else 0
    if abs(hundredths - value * 100) > 1e-6:
        raise InvalidInput(field, "nhiều nhất hai chữ số thập phân", "at most two decimals")
    return hundredths


def _whole(value: float, field: str) -> int:
    if abs(value) > 1e15 or value != int(value):
        raise InvalidInput(field, "cần số đồng chẵn", "must be a whole number of dong")
    return int(value)
