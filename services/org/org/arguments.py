"""The arguments that every list of this service takes, described once."""

from typing import Annotated

import strawberry

First = Annotated[int, strawberry.argument(description="How many to return, 1 to 100.")]
After = Annotated[
    str | None, strawberry.argument(description="The `endCursor` of the page before; null for the first page.")
]
