"""What there is of a material to look at, listen to and leaf through, by whatever address its files are given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kit.db import Record
from media_archive.assets import service as assets
from media_archive.captions.service import tracks_of
from media_archive.files.addresses import ENDINGS, ORIGINAL
from media_archive.renditions.plans import OPUS, PAGES, POSTER, VIDEO

Address = Callable[[str, str], str]
"""Gives the address of a variant, by its name and that of the file."""

_PICTURES = ("thumb_1024", "thumb_320")
_DOWNLOADS = {"image": "thumb_2048", "video": VIDEO, "audio": OPUS, "application": "thumb_2048"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """The page of a document that is leafed to: its number, that of the last one, and its picture."""

    number: int
    last: int
    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Track:
    """Captions that a player shows: where it loads them, and their language."""

    url: str
    language: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A page's picture (address, width, height), player (`video` or `audio`, address, type) and download.

    `leaf` is a page of a document, `tracks` are a player's captions.
    """

    picture: tuple[str, int, int] | None
    player: tuple[str, str, str] | None
    download: str | None
    is_original: bool
    leaf: Leaf | None
    tracks: Sequence[Track]


async def shown(asset: Record, address: Address, *, with_original: bool, page: str = "1") -> Shown:
    """Choose from what is done; with the original that is what can be loaded, else the best of its renditions."""
    done = {row["name"]: row for row in await assets.renditions_of([asset["id"]]) if row["state"] == "done"}
    family = str(asset["media_type"]).partition("/")[0]
    picture = next((done[name] for name in (*_PICTURES, POSTER) if name in done), None)
    smaller = done.get(_DOWNLOADS.get(family, ""))
    download = address(ORIGINAL, asset["file_name"]) if with_original else _of(smaller, address)
    return Shown(
        picture=(_of(picture, address) or "", picture["width"], picture["height"]) if picture else None,
        player=_player(family, asset, done, address, with_original=with_original),
        download=download,
        is_original=with_original,
        leaf=await leaf_of(asset, page, address) if PAGES in done else None,
        tracks=await captions_of(asset, address),
    )


def plays(asset: Record) -> bool:
    """Whether a material is a film or a sound."""
    return asset["media_type"].startswith(("audio/", "video/"))


async def leaf_of(asset: Record, asked: str, address: Address) -> Leaf | None:
    """Return the page of a document that is asked for; the first for a number that is none of its pages."""
    pages = await assets.pages_of(asset["id"])
    if not pages:
        return None
    is_number = asked.isascii() and asked.isdecimal() and len(asked) < 5
    number = int(asked) if is_number and 1 <= int(asked) <= len(pages) else 1
    drawn = pages[number - 1]
    url = address(f"page-{number}", f"page-{number}.webp")
    return Leaf(number, len(pages), url, drawn["width"], drawn["height"])


async def captions_of(asset: Record, address: Address) -> list[Track]:
    """Return what a player shows while it plays, the material's own language first."""
    tracks = [one for one in await tracks_of([asset["id"]]) if one["kind"] == "captions"] if plays(asset) else []
    tracks.sort(key=lambda one: one["language"] != asset["language"])
    names = [(f"captions-{one['language']}", one["language"]) for one in tracks]
    return [Track(address(name, f"{name}.vtt"), language) for name, language in names]


def _player(
    family: str, asset: Record, done: Mapping[str, Record], address: Address, *, with_original: bool
) -> tuple[str, str, str] | None:
    played = done.get({"video": VIDEO, "audio": OPUS}.get(family, ""))
    if played is not None:
        return family, _of(played, address) or "", played["media_type"]
    if family in ("video", "audio") and with_original:
        return family, address(ORIGINAL, asset["file_name"]), asset["media_type"]
    return None


def _of(row: Record | None, address: Address) -> str | None:
    if row is None:
        return None
    return address(row["name"], f"{row['name']}.{ENDINGS.get(row['media_type'], 'bin')}")
