"""How the graph names places; org tells what they are."""

from datetime import date
from typing import Self

import strawberry

from kit.errors import InvalidInput
from media_archive.places.service import KnownPlace


@strawberry.federation.type(
    keys=["code day"],
    description="A province, district or commune of the statistics office's lists on a day. "
    "Codes are used again for other places, so a code means a place only together with a day.",
)
class Place:
    code: str = strawberry.field(description="The statistics office's code: two, three or five digits.")
    day: date = strawberry.field(description="The day on which the code means this place: the one that led here.")

    @classmethod
    def of(cls, place: KnownPlace) -> Self:
        """Return a reference to a place, for org to resolve."""
        return cls(code=place.code, day=place.day)

    @classmethod
    def resolve_reference(cls, code: str, day: str) -> Self:
        """Stand in for a place; whether there is one is asked of org."""
        try:
            return cls(code=str(code), day=date.fromisoformat(day))
        except (TypeError, ValueError) as error:
            raise InvalidInput("day", "cần ngày dạng 2026-05-01", "needs a day such as 2026-05-01") from error
