"""What of a material a page outside of the archive shows: a picture, a player, and what can be loaded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kit.db import Record
from media_archive.files.addresses import ENDINGS, ORIGINAL
from media_archive.renditions.plans import OPUS, POSTER, VIDEO

Address = Callable[[str, str], str]
"""Gives the address of a variant, by its name and that of the file."""

_PICTURES = ("thumb_1024", "thumb_320")
_DOWNLOADS = {"image": "thumb_2048", "video": VIDEO, "audio": OPUS, "application": "thumb_2048"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page's picture (address, width, height), player (`video` or `audio`, address, type) and download."""

    picture: tuple[str, int, int] | None
    player: tuple[str, str, str] | None
    download: str | None
    is_original: bool


def shown(asset: Record, renditions: Sequence[Record], address: Address, *, with_original: bool) -> Shown:
    """Choose from what is done; with the original that is what can be loaded, else the best of its renditions."""
    done = {row["name"]: row for row in renditions if row["state"] == "done"}
    family = str(asset["media_type"]).partition("/")[0]
    picture = next((done[name] for name in (*_PICTURES, POSTER) if name in done), None)
    smaller = done.get(_DOWNLOADS.get(family, ""))
    download = address(ORIGINAL, asset["file_name"]) if with_original else _of(smaller, address)
    return Shown(
        picture=(_of(picture, address) or "", picture["width"], picture["height"]) if picture else None,
        player=_player(family, asset, done, address, with_original=with_original),
        download=download,
        is_original=with_original,
    )


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
