"""Materials as cards: what a list shows of each."""

from collections.abc import Sequence
from typing import Any

from kit.db import Record
from kit.errors import Language
from media_archive.assets import service as assets
from media_archive.files.addresses import file_path
from media_archive.renditions.plans import WAVEFORM
from media_archive.search.snippets import Piece
from media_archive.units import service as units

_PICTURES = ("thumb_320", WAVEFORM)


async def cards(found: Sequence[tuple[Record, list[Piece]]], shown_in: Language) -> list[dict[str, Any]]:
    """Return what is shown of materials: the row, the passage that answers, its unit's name and its small picture."""
    names = await units.names_of([row["unit_id"] for row, _ in found])
    small = {
        one["asset_id"]: one
        for one in await assets.renditions_of([row["id"] for row, _ in found])
        if one["name"] in _PICTURES and one["state"] == "done"
    }
    return [
        {
            "asset": row,
            "pieces": pieces,
            "unit": unit_name(names.get(row["unit_id"]), shown_in),
            "picture": picture(small.get(row["id"])),
        }
        for row, pieces in found
    ]


def picture(rendition: Record | None) -> dict[str, Any] | None:
    """Return the address and the size of a picture; None where there is none."""
    if rendition is None:
        return None
    name = rendition["name"]
    return {
        "url": file_path(rendition["asset_id"], name, f"{name}.webp"),
        "width": rendition["width"],
        "height": rendition["height"],
    }


def unit_name(unit: units.KnownUnit | None, shown_in: Language) -> str:
    """Return what a unit is called; a unit we know nothing of yet is three dots."""
    if unit is None:
        return "…"
    return unit.name_vi if shown_in == "vi" else unit.name_en or unit.name_vi
