"""Vocabularies as the graph shows them."""

from datetime import date
from typing import Annotated

import strawberry

from kit import db
from kit.calendar import today
from kit.graphql import After, Connection, First, Info, window


@strawberry.type(
    description="One code of a vocabulary, with its meaning in both languages and the days on which it holds."
)
class VocabularyTerm:
    code: str = strawberry.field(description="Stable code that stands in other fields, such as `red_river_delta`.")
    label_vi: str = strawberry.field(description="Meaning in Vietnamese.")
    label_en: str = strawberry.field(description="Meaning in English.")
    position: int = strawberry.field(description="Place in the vocabulary's own order, from 1.")
    valid_from: date | None = strawberry.field(
        description="First day on which the code holds; null when it always did."
    )
    valid_until: date | None = strawberry.field(
        description="First day on which it no longer holds; null when no end is known."
    )

    @classmethod
    def of(cls, row: db.Record) -> "VocabularyTerm":
        """Return the term of a row."""
        return cls(
            code=row["code"],
            label_vi=row["label_vi"],
            label_en=row["label_en"],
            position=row["position"],
            valid_from=row["since"],
            valid_until=row["until"],
        )

    @strawberry.field(description="Meaning in the language of the request.")
    def label(self, info: Info) -> str:
        return self.label_en if info.context.language == "en" else self.label_vi


@strawberry.type(
    description="A list of codes that all parts of the product share, such as regions, age bands or topics."
)
class Vocabulary:
    name: str = strawberry.field(description="Stable name, such as `region`.")
    label_vi: str = strawberry.field(description="What the list is about, in Vietnamese.")
    label_en: str = strawberry.field(description="What the list is about, in English.")

    @classmethod
    def of(cls, row: db.Record) -> "Vocabulary":
        """Return the vocabulary of a row."""
        return cls(name=row["name"], label_vi=row["label_vi"], label_en=row["label_en"])

    @strawberry.field(description="The terms that hold on a day, in their own order.")
    async def terms(
        self,
        info: Info,
        first: First = 100,
        after: After = None,
        on: Annotated[date | None, strawberry.argument(description="The day; today when left out.")] = None,
    ) -> Connection[VocabularyTerm]:
        asked = window(first, after, int, str)
        rows = await info.context.loaders.terms_by_vocabulary.load((self.name, asked, on or today()))
        return asked.page(rows, VocabularyTerm.of, lambda row: (row["position"], row["code"]))


@strawberry.type(description="That units of a level may stand directly under units of another level, on some days.")
class LevelRule:
    parent_level: str | None = strawberry.field(
        description="Code of the vocabulary `level`; null: the child may stand at the top."
    )
    child_level: str = strawberry.field(description="Code of the vocabulary `level`.")
    valid_from: date | None = strawberry.field(
        description="First day on which the rule holds; null when it always did."
    )
    valid_until: date | None = strawberry.field(
        description="First day on which it no longer holds; null when no end is known."
    )

    @classmethod
    def of(cls, row: db.Record) -> "LevelRule":
        """Return the rule of a row."""
        return cls(
            parent_level=row["parent_level"],
            child_level=row["child_level"],
            valid_from=row["since"],
            valid_until=row["until"],
        )
