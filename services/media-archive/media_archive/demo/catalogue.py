"""What the demo's archive holds: the materials of `catalogue.json`, texts written for it, and how each file is made."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from media_archive.demo import documents, films, scenes, sounds
from media_archive.demo.documents import Letter

_COLOURS: dict[str, documents.Colour] = {"blue": (14, 79, 147), "red": (178, 30, 36), "green": (24, 110, 66)}
_FRAMES, _FRAMES_PER_SECOND = 48, 8


@dataclass(frozen=True, slots=True)
class Made:
    """A file, its usual ending, and where it comes from when that depends on the machine."""

    content: bytes
    ending: str
    source: str = "Chương trình minh họa của Loa"


@dataclass(frozen=True, slots=True)
class Item:
    """One material: what is said about it and how its file is made.

    `owner` is `confederation`, `electricity`, `mining`, `public_employees`, `province` or `grassroots`; `number`
    chooses among several provinces or grassroots units.
    """

    owner: str
    number: int
    kind: str
    title: str
    description: str
    topics: tuple[str, ...]
    visibility: str
    created_on: date
    make: Callable[[], Made]


def catalogue() -> list[Item]:
    """Return all materials of the demo."""
    said: list[dict[str, Any]] = json.loads((Path(__file__).parent / "catalogue.json").read_text("utf-8"))
    return [_item(one) for one in said]


def _item(said: Mapping[str, Any]) -> Item:
    how = said["make"]
    return Item(
        owner=said["owner"],
        number=said["number"],
        kind=said["kind"],
        title=said["title"],
        description=said["description"],
        topics=tuple(said["topics"]),
        visibility=said["visibility"],
        created_on=date.fromisoformat(said["created_on"]),
        make=partial(_MAKERS[how["how"]], said["title"], how),
    )


def _text(_: str, how: Mapping[str, Any]) -> Made:
    return Made("\n\n".join((*how["paragraphs"], documents.MADE_UP + ".")).encode(), "txt")


def _pdf(title: str, how: Mapping[str, Any]) -> Made:
    return Made(documents.text_pdf(title, how["paragraphs"]), "pdf")


def _photo(_: str, how: Mapping[str, Any]) -> Made:
    return Made(documents.jpeg(scenes.scene(how["place"], how["seed"])), "jpg")


def _scan(_: str, how: Mapping[str, Any]) -> Made:
    (letter,) = _letters(how)
    return Made(documents.jpeg(documents.scanned_page(letter, how["seed"])), "jpg")


def _scanned_pdf(_: str, how: Mapping[str, Any]) -> Made:
    pages = [documents.scanned_page(letter, how["seed"] + n) for n, letter in enumerate(_letters(how))]
    return Made(documents.scanned_pdf(pages), "pdf")


def _letters(how: Mapping[str, Any]) -> list[Letter]:
    return [Letter(one["sender"], one["number"], one["title"], tuple(one["paragraphs"])) for one in how["pages"]]


def _chart(title: str, how: Mapping[str, Any]) -> Made:
    note = "Số liệu minh họa, không phải kết quả khảo sát thật"
    heading = title.partition(": ")[2].capitalize()
    return Made(documents.png(documents.chart(heading, [(name, share) for name, share in how["bars"]], note)), "png")


def _sheet(_: str, how: Mapping[str, Any]) -> Made:
    image = documents.sheet(how["heading"], how["lines"], colour=_COLOURS[how["colour"]])
    return Made(documents.png(image), "png")


def _slides(_: str, how: Mapping[str, Any]) -> Made:
    pages = [(page["heading"], page["points"]) for page in how["pages"]]
    return Made(documents.slides(how["heading"], pages), "pdf")


def _essay(_: str, how: Mapping[str, Any]) -> Made:
    pages = [(scenes.scene(page["place"], page["seed"], (1000, 667)), page["caption"]) for page in how["pages"]]
    return Made(documents.picture_pdf(how["heading"], pages), "pdf")


def _film(_: str, how: Mapping[str, Any]) -> Made:
    return Made(films.webm(list(scenes.frames(how["place"], how["seed"], _FRAMES)), _FRAMES_PER_SECOND), "webm")


def _spoken(_: str, how: Mapping[str, Any]) -> Made:
    sound = sounds.bulletin(" ".join(how["paragraphs"]))
    return Made(sound.wav, "wav", sound.source)


_MAKERS: dict[str, Callable[[str, Mapping[str, Any]], Made]] = {
    "text": _text,
    "pdf": _pdf,
    "photo": _photo,
    "scan": _scan,
    "scanned_pdf": _scanned_pdf,
    "chart": _chart,
    "sheet": _sheet,
    "slides": _slides,
    "essay": _essay,
    "film": _film,
    "spoken": _spoken,
}
