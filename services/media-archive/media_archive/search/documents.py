"""What the index keeps of an asset: tokens to find it by, terms to filter and count by, numbers to sort by."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

import tantivy

from media_archive.search.alphabet import packed, sort_key
from media_archive.search.passages import Passage
from media_archive.search.tokens import TokenField, tokens

VERSION = 2
"""Of the schema and of what is written into it: an index of another version is built anew."""

TOKEN_FIELDS: tuple[TokenField, ...] = ("folded", "folded_pairs", "accented", "accented_pairs")
_APART = " ¦ "
DEEPEST_UNIT = 8
"""So many levels of units are counted in facets; below, an asset counts for its ancestor on the last one."""

_TITLE_COUNTS = 3
"""A word of a title says more of what a thing is about than one of its text: it counts as if it stood there thrice."""

_BEGINNING = date(1900, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND_BITS, _LAST_DAY = 45, 2**18 - 1


@dataclass(frozen=True, slots=True)
class IndexedAsset:
    """What the index keeps of an asset.

    `units` are the labels of its unit and of all units above, the top first; `sight` the tokens of which a caller
    needs one; `text` all that is searched besides the title; `passages` the stretches of its long texts.
    """

    id: str
    text: str = ""
    title: str = ""
    units: tuple[str, ...] = ()
    kind: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""
    rights: str = ""
    created_on: date = _BEGINNING
    added_at: datetime = _EPOCH
    sight: tuple[str, ...] = ("public",)
    passages: tuple[Passage, ...] = ()


def schema() -> tantivy.Schema:
    """Return the fields of the index."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    # Positions prove phrases; pairs need none.
    for name in ("folded", "accented", "title_folded"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("folded_pairs", "accented_pairs"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("unit", "sight"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("kind", "topic", "language", "rights", *(unit_field(level) for level in range(1, DEEPEST_UNIT + 1))):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("year", "made", "added", "title_packed"):
        builder.add_integer_field(name, indexed=name == "year", fast=True)
    builder.add_text_field("title_key", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("mark", fast=True)
    return builder.build()


def unit_field(level: int) -> str:
    """Return the field that holds an asset's unit on a level of the tree; 1 is the top."""
    return f"unit_{level}"


def mark(asset_id: str) -> int:
    """Return a number of 63 bits that stands for an asset where columns hold numbers only."""
    return int.from_bytes(hashlib.blake2b(asset_id.encode(), digest_size=8).digest()) >> 1


def made(created_on: date, added_at: datetime) -> int:
    """Return a number that sorts by the day a thing was made, then by the moment it came in (to the millisecond)."""
    day = min(max((created_on - _BEGINNING).days, 0), _LAST_DAY)
    return day << _MILLISECOND_BITS | max(microseconds(added_at) // 1000, 0) % 2**_MILLISECOND_BITS


def microseconds(moment: datetime) -> int:
    """Return the microseconds from 1970 to a moment."""
    return (moment - _EPOCH) // datetime.resolution


def document(asset: IndexedAsset) -> tantivy.Document:
    """Return what is written into the index of an asset."""
    made_of = tantivy.Document()
    made_of.add_text("id", asset.id)
    made_of.add_unsigned("mark", mark(asset.id))
    _add_terms(made_of, asset)
    _add_order(made_of, asset)
    title = tokens(asset.title)
    whole = tokens(f"{asset.title}\n{asset.text}")
    for name in TOKEN_FIELDS:
        parts = [whole, *[title] * (_TITLE_COUNTS - 1)]
        # What stands apart is kept apart, or the end of a text and the beginning of the title would be a phrase.
        between = " " if name.endswith("_pairs") else _APART
        made_of.add_text(name, between.join(" ".join(part.of(name)) for part in parts))
    made_of.add_text("title_folded", " ".join(title.folded))
    return made_of


def _add_terms(made_of: tantivy.Document, asset: IndexedAsset) -> None:
    made_of.add_text("kind", asset.kind)
    made_of.add_text("language", asset.language)
    if asset.rights:
        made_of.add_text("rights", asset.rights)
    for topic in asset.topics:
        made_of.add_text("topic", topic)
    for label in asset.units:
        made_of.add_text("unit", label)
    for level, label in enumerate(asset.units[:DEEPEST_UNIT], start=1):
        made_of.add_text(unit_field(level), label)
    for token in asset.sight:
        made_of.add_text("sight", token)


def _add_order(made_of: tantivy.Document, asset: IndexedAsset) -> None:
    key = sort_key(asset.title)
    made_of.add_integer("year", asset.created_on.year)
    made_of.add_integer("made", made(asset.created_on, asset.added_at))
    made_of.add_integer("added", microseconds(asset.added_at))
    made_of.add_integer("title_packed", packed(key))
    # Ends with the asset's own mark: no two assets have one key, so a place in the list is one place.
    made_of.add_text("title_key", f"{key}\x01{mark(asset.id):016x}")
