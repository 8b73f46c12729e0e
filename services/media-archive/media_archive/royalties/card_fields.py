"""A whole rate card comes in through the graph as on its page: looked through first, then all of it or nothing."""

from typing import Annotated, Self

import strawberry

from kit.errors import DomainError, Language
from kit.graphql import Info, mutation, parse_id, result, small_file
from media_archive.royalties import cards, rates


@strawberry.input(description="A table of a unit's rates.")
class ImportRoyaltyRatesInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an admin of it.")
    content: str = strawberry.field(
        description="The file in base64 (CSV in UTF-8, or XLSX), at most 150 KB and 500 lines, its columns as "
        "`/archive/royalties/card.xlsx` gives them: kind (code or name), day from which it holds, highest coefficient, "
        "value of a unit in dong, basis."
    )
    check_only: bool = strawberry.field(
        default=False, description="Whether only to look through it: then nothing is written."
    )


@strawberry.type(description="Why a line of a table can't hold.")
class RoyaltyRateLineProblem:
    code: str = strawberry.field(description="Stable name of the problem, for programs.")
    message: str = strawberry.field(description="What is wrong, in the language of the request.")
    field: str | None = strawberry.field(description="The value concerned, such as `unitValue`; null: the whole line.")

    @classmethod
    def of(cls, problem: DomainError, language: Language) -> Self:
        """Show what is wrong with a line."""
        return cls(code=problem.code, message=problem.message(language), field=problem.details.get("field"))


@strawberry.type(description="A line of a table of rates, its cells as they were read.")
class RoyaltyRateLine:
    number: int = strawberry.field(description="Number of the line in the file, from 1.")
    kind: str = strawberry.field(description="What is paid for.")
    valid_from: str = strawberry.field(description="First day on which it is to hold.")
    coefficient: str = strawberry.field(description="The highest coefficient.")
    unit_value: str = strawberry.field(description="Value of one unit of the coefficient, in dong.")
    basis: str = strawberry.field(description="The decision on which it rests; may be empty.")
    problem: RoyaltyRateLineProblem | None = strawberry.field(description="Why it can't hold; null when it can.")

    @classmethod
    def of(cls, line: cards.Line, language: Language) -> Self:
        """Show a line."""
        return cls(
            number=line.number,
            **line.cells,
            problem=None if line.problem is None else RoyaltyRateLineProblem.of(line.problem, language),
        )


@strawberry.type(description="A table was read.")
class ImportRoyaltyRatesSuccess:
    number: int = strawberry.field(description="How many rates it brought in; 0 when it was only looked through.")
    lines: list[RoyaltyRateLine] = strawberry.field(description="Its lines in their order, at most 500.")


ImportRoyaltyRatesResult = result(
    "ImportRoyaltyRatesResult", ImportRoyaltyRatesSuccess, cards.RoyaltyCardRefused, rates.RateCardTaken
)


@strawberry.type
class RoyaltyCardMutation:
    @mutation(
        ImportRoyaltyRatesResult,
        description="Let all rates of a table hold, or, with one wrong line, none; or only look through it. You must "
        "be an admin of the unit.",
    )
    async def import_royalty_rates(
        self, info: Info, input: Annotated[ImportRoyaltyRatesInput, strawberry.argument(description="The table.")]
    ) -> ImportRoyaltyRatesSuccess:
        unit_id, content, check_only = parse_id(input.unit_id, "unit"), small_file(input.content), input.check_only
        lines = await cards.import_card(info.context.caller, unit_id, content, check_only=check_only)
        return ImportRoyaltyRatesSuccess(
            number=0 if check_only else len(lines),
            lines=[RoyaltyRateLine.of(line, info.context.language) for line in lines],
        )
