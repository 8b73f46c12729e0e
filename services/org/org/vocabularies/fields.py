"""Questions about vocabularies; everybody may ask them."""

from typing import Annotated

import strawberry

from kit.graphql import After, Connection, First, window
from org.vocabularies import service
from org.vocabularies.types import Vocabulary


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
