"""What a saved question asks: taken out of the address that it is kept as."""

from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import UUID

from kit.errors import NotFound
from kit.graphql import parse_id
from kit.paths import WIDTH, depth
from media_archive.assets.visibility import Sight
from media_archive.search.asking import Facet, Filters, Question
from media_archive.search.service import LONGEST_QUERY, MOST_CHOSEN
from media_archive.search.vietnamese import syllables


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """Words, values of facets, and the unit at or below which is looked."""

    words: str
    unit_id: UUID | None
    filters: Filters

    def asked(self, sight: Sight, path: str | None) -> Question:
        """Return the question of somebody of this sight; `path` is where the unit stands."""
        return Question(
            self.words,
            sight,
            path[-WIDTH:] if path else None,
            level=depth(path) if path else 0,
            filters=self.filters,
        )


def understood(question: str) -> SavedQuestion | None:
    """Return what a question asks; None where the search page would refuse it."""
    told = parse_qs(question)
    words, unit = (told.get(name, [""])[0].strip() for name in ("q", "unit"))
    filters = {facet: tuple(told[facet.value]) for facet in Facet if facet is not Facet.UNIT and facet.value in told}
    if len(words) > LONGEST_QUERY or any(len(values) > MOST_CHOSEN for values in filters.values()):
        return None
    if words and not syllables(words):
        return None
    try:
        return SavedQuestion(words, parse_id(unit, "unit") if unit else None, filters)
    except NotFound:
        return None
