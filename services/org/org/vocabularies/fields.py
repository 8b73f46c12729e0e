"""Questions about vocabularies and level rules, which everybody may ask, and changes of them by admins of the top."""

from datetime import date
from typing import Annotated

import strawberry

from kit.calendar import today
from kit.graphql import After, Connection, First, Info, mutation, result, window
from org.vocabularies import service
from org.vocabularies.types import LevelRule, Vocabulary


@strawberry.input(description="A term that is to be added to a vocabulary.")
class AddVocabularyTermInput:
    vocabulary: str = strawberry.field(description="The vocabulary's name, such as `topic`.")
    code: str = strawberry.field(description="Lower-case letters a–z, digits and `_`; at most 60 characters.")
    label_vi: str = strawberry.field(description="Meaning in Vietnamese, at most 200 characters.")
    label_en: str = strawberry.field(description="Meaning in English, at most 200 characters.")
    since: date | None = strawberry.field(default=None, description="Its first day; today when left out.")


@strawberry.input(description="Other labels of a term from a day on.")
class RelabelVocabularyTermInput:
    vocabulary: str = strawberry.field(description="The vocabulary's name.")
    code: str = strawberry.field(description="The term's code.")
    label_vi: str = strawberry.field(description="Meaning in Vietnamese, at most 200 characters.")
    label_en: str = strawberry.field(description="Meaning in English, at most 200 characters.")
    on: date | None = strawberry.field(default=None, description="The first day; today when left out.")


@strawberry.input(description="A term that no longer holds from a day on.")
class EndVocabularyTermInput:
    vocabulary: str = strawberry.field(description="The vocabulary's name.")
    code: str = strawberry.field(description="The term's code.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which it no longer holds; today when left out."
    )


@strawberry.input(description="The order of a vocabulary's terms.")
class ReorderVocabularyInput:
    vocabulary: str = strawberry.field(description="The vocabulary's name.")
    codes: list[str] = strawberry.field(description="Each code that holds today, once, in the new order.")


@strawberry.input(description="Which level may stand directly under which, from a day on.")
class AllowLevelInput:
    parent_level: str | None = strawberry.field(
        default=None, description="Code of the vocabulary `level`; left out: the child may stand at the top."
    )
    child_level: str = strawberry.field(description="Code of the vocabulary `level`.")
    since: date | None = strawberry.field(default=None, description="The rule's first day; today when left out.")


@strawberry.input(description="Which level may no longer stand directly under which, from a day on.")
class EndLevelRuleInput:
    parent_level: str | None = strawberry.field(
        default=None, description="Code of the vocabulary `level`; left out: the rule about the top."
    )
    child_level: str = strawberry.field(description="Code of the vocabulary `level`.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which the rule no longer holds; today when left out."
    )


@strawberry.type(description="The vocabulary has the term.")
class AddVocabularyTermSuccess:
    updated_vocabulary: Vocabulary = strawberry.field(description="The vocabulary as it is now.")


@strawberry.type(description="The term has its labels.")
class RelabelVocabularyTermSuccess:
    updated_vocabulary: Vocabulary = strawberry.field(description="The vocabulary as it is now.")


@strawberry.type(description="The term has an end.")
class EndVocabularyTermSuccess:
    updated_vocabulary: Vocabulary = strawberry.field(description="The vocabulary as it is now.")


@strawberry.type(description="The terms have their order.")
class ReorderVocabularySuccess:
    updated_vocabulary: Vocabulary = strawberry.field(description="The vocabulary as it is now.")


@strawberry.type(description="The rule holds.")
class AllowLevelSuccess:
    rule: LevelRule = strawberry.field(description="The new rule.")


@strawberry.type(description="The rule has an end. Units that stand so stay where they are until they are moved.")
class EndLevelRuleSuccess:
    units_standing: int = strawberry.field(description="How many units stand so on the day on which it ends.")


AddVocabularyTermResult = result("AddVocabularyTermResult", AddVocabularyTermSuccess, service.TermExists)
RelabelVocabularyTermResult = result("RelabelVocabularyTermResult", RelabelVocabularyTermSuccess)
EndVocabularyTermResult = result("EndVocabularyTermResult", EndVocabularyTermSuccess, service.TermInUse)
ReorderVocabularyResult = result("ReorderVocabularyResult", ReorderVocabularySuccess)
AllowLevelResult = result("AllowLevelResult", AllowLevelSuccess, service.LevelRuleExists)
EndLevelRuleResult = result("EndLevelRuleResult", EndLevelRuleSuccess, service.LevelRuleUnknown)


@strawberry.type
class VocabularyQuery:
    """Root fields of vocabularies."""

    @strawberry.field(description="The vocabulary of a name; NOT_FOUND when there is none.")
    async def vocabulary(
        self, name: Annotated[str, strawberry.argument(description="Such as `region`.")]
    ) -> Vocabulary | None:
        return Vocabulary.of(await service.find_vocabulary(name))

    @strawberry.field(description="All vocabularies, by name.")
    async def vocabularies(self, first: First = 20, after: After = None) -> Connection[Vocabulary]:
        asked = window(first, after, str)
        rows = await service.list_vocabularies(asked.limit, asked.after[0] if asked.after else None)
        return asked.page(rows, Vocabulary.of, lambda row: (row["name"],))

    @strawberry.field(
        description="Which level may stand directly under which on a day; rules about the top first, then by parent."
    )
    async def level_rules(
        self,
        first: First = 100,
        after: After = None,
        as_of: Annotated[date | None, strawberry.argument(description="The day; today when left out.")] = None,
    ) -> Connection[LevelRule]:
        asked = window(first, after, str, str)
        rows = await service.level_rules(asked.limit, as_of or today(), asked.after)
        return asked.page(rows, LevelRule.of, lambda row: (row["parent_level"] or "", row["child_level"]))


@strawberry.type
class VocabularyMutation:
    """Changes of vocabularies and level rules."""

    @mutation(
        AddVocabularyTermResult,
        description="Give a vocabulary a term from a day on, at the end of its order. You must be an admin of the top.",
    )
    async def add_vocabulary_term(
        self, info: Info, input: Annotated[AddVocabularyTermInput, strawberry.argument(description="The term.")]
    ) -> AddVocabularyTermSuccess:
        row = await service.add_term(
            info.context.caller, input.vocabulary, input.code, input.label_vi, input.label_en, input.since
        )
        return AddVocabularyTermSuccess(updated_vocabulary=Vocabulary.of(row))

    @mutation(
        RelabelVocabularyTermResult,
        description="Give a term other labels from a day on; the former stay on record. "
        "You must be an admin of the top.",
    )
    async def relabel_vocabulary_term(
        self, info: Info, input: Annotated[RelabelVocabularyTermInput, strawberry.argument(description="The labels.")]
    ) -> RelabelVocabularyTermSuccess:
        row = await service.relabel_term(
            info.context.caller, input.vocabulary, input.code, input.label_vi, input.label_en, input.on
        )
        return RelabelVocabularyTermSuccess(updated_vocabulary=Vocabulary.of(row))

    @mutation(
        EndVocabularyTermResult,
        description="Let a term no longer hold from a day on, unless it is in use then. "
        "You must be an admin of the top.",
    )
    async def end_vocabulary_term(
        self, info: Info, input: Annotated[EndVocabularyTermInput, strawberry.argument(description="The term.")]
    ) -> EndVocabularyTermSuccess:
        row = await service.end_term(info.context.caller, input.vocabulary, input.code, input.on)
        return EndVocabularyTermSuccess(updated_vocabulary=Vocabulary.of(row))

    @mutation(
        ReorderVocabularyResult, description="Put a vocabulary's terms in an order. You must be an admin of the top."
    )
    async def reorder_vocabulary(
        self, info: Info, input: Annotated[ReorderVocabularyInput, strawberry.argument(description="The order.")]
    ) -> ReorderVocabularySuccess:
        row = await service.reorder_terms(info.context.caller, input.vocabulary, input.codes)
        return ReorderVocabularySuccess(updated_vocabulary=Vocabulary.of(row))

    @mutation(
        AllowLevelResult,
        description="Let a level stand directly under another from a day on. You must be an admin of the top.",
    )
    async def allow_level(
        self, info: Info, input: Annotated[AllowLevelInput, strawberry.argument(description="The rule.")]
    ) -> AllowLevelSuccess:
        row = await service.allow_level(info.context.caller, input.parent_level, input.child_level, input.since)
        return AllowLevelSuccess(rule=LevelRule.of(row))

    @mutation(
        EndLevelRuleResult,
        description="Let a level no longer be put directly under another from a day on. "
        "You must be an admin of the top.",
    )
    async def end_level_rule(
        self, info: Info, input: Annotated[EndLevelRuleInput, strawberry.argument(description="The rule.")]
    ) -> EndLevelRuleSuccess:
        standing = await service.end_level_rule(info.context.caller, input.parent_level, input.child_level, input.on)
        return EndLevelRuleSuccess(units_standing=standing)
