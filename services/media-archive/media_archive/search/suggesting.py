"""What a person may be about to type: words as titles have them, topics, and titles themselves."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from kit.errors import InvalidInput
from kit.identity import Caller
from media_archive.assets.service import assets_by_id
from media_archive.assets.visibility import sight_of
from media_archive.search import vietnamese
from media_archive.search.follow import current_follower
from media_archive.units import service as units

MOST = 10
LONGEST_TYPED = 100
_TITLES_READ = 40
_MOST_WORDS = 4

Sort = Literal["words", "topic", "title"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to search for, or with `asset_id` the title of an asset."""

    text: str
    sort: Sort
    asset_id: UUID | None = None


async def suggest(caller: Caller, typed: str, first: int = MOST) -> list[Suggestion]:
    """Return up to `first` suggestions from topics and from titles that the caller may see.

    The last syllable is completed. Accents that were typed are meant. Where nothing begins so, words that were written
    together (`antoanlaodong`) are taken apart. InvalidInput beyond 100 characters or 10 suggestions; SearchNotReady
    while the index is built.
    """
    if len(typed) > LONGEST_TYPED:
        raise InvalidInput("query", f"nhiều nhất {LONGEST_TYPED} ký tự", f"at most {LONGEST_TYPED} characters")
    if not 1 <= first <= MOST:
        raise InvalidInput("first", f"phải từ 1 đến {MOST}", f"must be between 1 and {MOST}")
    begun = vietnamese.syllables(vietnamese.canonical(typed))
    if not begun:
        return []
    titles = await _titles(caller, typed)
    completed = {asset_id: _completed(title, begun) for asset_id, title in titles}
    words = Counter(text for text in completed.values() if text)
    suggestions = [Suggestion(text, "words") for text, _ in words.most_common(_MOST_WORDS)]
    suggestions += [Suggestion(topic.vi, "topic") for topic in await units.topics() if _completed(topic.vi, begun)]
    suggestions += [Suggestion(title, "title", asset_id) for asset_id, title in titles if completed[asset_id]]
    return _distinct(suggestions or await _apart(caller, typed))[:first]


async def _titles(caller: Caller, typed: str) -> list[tuple[UUID, str]]:
    """Return the newest assets that the caller may see in whose titles this stands, with these titles."""
    follower = current_follower()
    found = await follower.ask(follower.index.suggest, typed, sight_of(caller), limit=_TITLES_READ)
    allowed = await assets_by_id(caller, [UUID(one) for one in found])
    return [(row["id"], row["title"]) for one in found if (row := allowed.get(UUID(one))) is not None]


async def _apart(caller: Caller, typed: str) -> list[Suggestion]:
    """Return what was written together apart, as titles spell it if any does."""
    follower = current_follower()
    texts = await follower.ask(follower.index.taken_apart, typed, sight_of(caller))
    return [Suggestion(await _spelled(caller, text), "words") for text in texts]


async def _spelled(caller: Caller, text: str) -> str:
    words = vietnamese.syllables(text)
    found = Counter(_completed(title, words) for _, title in await _titles(caller, text))
    return next((said for said, _ in found.most_common() if vietnamese.fold(said) == vietnamese.fold(text)), text)


def _completed(title: str, begun: list[str]) -> str:
    """Return the words of a title that begin as was typed, in small letters; empty when none do."""
    canonical = vietnamese.canonical(title)
    words = vietnamese.syllables(canonical)
    for place in range(len(words) - len(begun) + 1):
        row = words[place : place + len(begun)]
        if all(map(_is_meant, row[:-1], begun[:-1])) and _is_begun(row[-1], begun[-1]):
            return " ".join(row)
    return ""


def _is_meant(word: str, typed: str) -> bool:
    """Whether a word is the one typed; a syllable without accents stands for any."""
    return word == typed or vietnamese.without_accents(word) == typed


def _is_begun(word: str, typed: str) -> bool:
    """Whether a word may become of what was typed so far; the tone of an unfinished syllable may yet move."""
    if vietnamese.without_accents(typed) == typed:
        return vietnamese.without_accents(word).startswith(typed)
    letters, tone = vietnamese.letters_and_tone(typed)
    whole, its_tone = vietnamese.letters_and_tone(word)
    return whole.startswith(letters) and tone in ("", its_tone)


def _distinct(suggestions: list[Suggestion]) -> list[Suggestion]:
    first: dict[str, Suggestion] = {}
    for one in suggestions:
        first.setdefault(vietnamese.canonical(one.text), one)
    return list(first.values())
