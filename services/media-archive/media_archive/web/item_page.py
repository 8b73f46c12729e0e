"""A material's page: to look at, listen to or leaf through, with what is said of it and what can be done with it."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import Language
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.collections import favourites, items
from media_archive.collections import service as collections
from media_archive.description.about import about_of
from media_archive.files.addresses import ORIGINAL, file_path, rendition_path
from media_archive.interop.linked_data import json_ld
from media_archive.keeping import deletion
from media_archive.places.service import places_of
from media_archive.renditions.plans import HLS, OPUS, PAGES, POSTER, SEARCHABLE, VIDEO, WAVEFORM
from media_archive.renditions.reasons import REASONS
from media_archive.reuse import derivations
from media_archive.reuse.service import using_unit
from media_archive.rights.service import licence_of
from media_archive.settings import current
from media_archive.units import service as units
from media_archive.web.cards import picture, unit_name
from media_archive.web.describe_page import choices_in
from media_archive.web.events import MADE
from media_archive.web.players import Address, captions_of, leaf_of, plays
from media_archive.web.showing import kinds_in, picked, show, with_refusals

_PICTURES = ("thumb_1024", POSTER)
_ABOUT = {
    "creator": ("Người làm ra", "Made by"),
    "people": ("Có mặt", "People"),
    "places": ("Nơi chốn", "Places"),
    "place_codes": ("Tỉnh, huyện, xã", "Administrative units"),
    "events": ("Sự kiện", "Events"),
    "audiences": ("Dành cho", "For"),
    "age_bands": ("Nhóm tuổi", "Age groups"),
    "genders": ("Giới", "Gender"),
    "regions": ("Vùng", "Regions"),
}
_CODED = {"events", "audiences", "age_bands", "genders", "regions"}
_WORK = {
    "describe": ("Mô tả", "Describe"),
    "share": ("Chia sẻ và quyền", "Sharing and rights"),
    "reuse": ("Ai đã dùng lại", "Who reused it"),
    "captions": ("Phụ đề và bản chép lời", "Captions and transcripts"),
    "keep": ("Phiên bản và lịch sử", "Versions and history"),
    "authors": ("Tác giả và nhuận bút", "Authors and royalties"),
}
"""Pages of the work on a material, below its own, and what they are called."""


async def item_page(request: Request) -> Response:
    """`/archive/items/{id}`: one material; `?page=` of a document."""
    caller, shown_in = app.caller(request), language(request)
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    names = await units.names_of([row["unit_id"]])

    def address(variant: str, name: str) -> str:
        return file_path(row["id"], variant, name)

    return show(
        request,
        "item.html",
        asset=row,
        unit=unit_name(names.get(row["unit_id"]), shown_in),
        kinds=await kinds_in(shown_in),
        topics=await _topics(row, shown_in),
        about=await _about(row, shown_in),
        sources=(await derivations.sources_of(caller, [row["id"]]))[row["id"]],
        adaptations=(await derivations.adaptations_of(caller, [row["id"]]))[row["id"]],
        collected=(await items.holding(caller, [row["id"]]))[row["id"]],
        licence=await licence_of(row["licence"]),
        view=await _view(row, address, request.query_params.get("page", "1")),
        texts=await assets.texts_of([row["id"]]),
        reasons=REASONS,
        made=MADE,
        original=address(ORIGINAL, row["file_name"]),
        json_ld=await json_ld(row["id"]) or "",
        embed_url=f"{current().public_url}/archive/embed/{row['id']}",
        tracks=await captions_of(row, address),
        links=[(path, picked(shown_in, *words)) for path, words in _work(caller, row).items()],
        **await _for_caller(caller, row, shown_in),
    )


def _work(caller: Caller, row: Record) -> dict[str, tuple[str, str]]:
    """Return all the work on a material of a caller's units; of others', telling what it was used for."""
    if not caller.may("contributor", row["unit_path"]):
        return {"reuse": _WORK["reuse"]} if caller.scopes("contributor") else {}
    left_out = {
        "captions": not plays(row),
        "authors": not caller.may("admin", row["unit_path"]),
    }
    return {path: words for path, words in _WORK.items() if not left_out.get(path)}


async def _about(row: Record, shown_in: Language) -> list[tuple[str, str, list[str]]]:
    """Return what else is said of a material: the name of the field, what it is called, and what is said."""
    about = (await about_of([row["id"]]))[row["id"]]
    said = {name: value for name in _ABOUT if (value := about[name])}
    names = await choices_in(shown_in) if said.keys() & _CODED else {}
    if "place_codes" in said:
        named = (await places_of([row["id"]]))[row["id"]]
        names["place_codes"] = {one.code: picked(shown_in, one.vi, one.en) for one in named}
    told: list[tuple[str, str, list[str]]] = []
    for name, value in said.items():
        texts = [value] if isinstance(value, str) else [str(one) for one in cast("list[object]", value)]
        told.append((name, picked(shown_in, *_ABOUT[name]), [names.get(name, {}).get(one, one) for one in texts]))
    return told


async def _topics(row: Record, shown_in: Language) -> list[dict[str, str]]:
    known = await units.topics()
    return [
        {"code": topic.code, "name": picked(shown_in, topic.vi, topic.en)}
        for topic in known
        if topic.code in row["topics"]
    ]


async def _view(row: Record, address: Address, asked_page: str) -> dict[str, Any]:
    """Return what there is to look at: addresses of what is done, and what is still to come."""
    renditions = {one["name"]: one for one in await assets.renditions_of([row["id"]])}
    done = {name: rendition_path(one) for name, one in renditions.items() if one["state"] == "done"}
    large = next((renditions[name] for name in _PICTURES if name in done), None)
    return {
        "picture": picture(large),
        "larger": done.get("thumb_2048"),
        "poster": done.get(POSTER),
        "film": done.get(VIDEO),
        "stream": done.get(HLS),
        "sound": done.get(OPUS),
        "waveform": picture(renditions[WAVEFORM]) if WAVEFORM in done else None,
        "searchable": done.get(SEARCHABLE),
        "page": await leaf_of(row, asked_page, address) if PAGES in done else None,
        "preview": renditions.get("thumb_1024"),
        "failed": [one for one in renditions.values() if one["state"] == "failed"],
        "coming": [one for one in renditions.values() if one["state"] in ("waiting", "running")],
    }


async def _for_caller(caller: Caller, row: Record, shown_in: Language) -> dict[str, Any]:
    """Return what the caller may do with it, and what concerns them alone."""
    using = using_unit(caller)
    may_describe = caller.may("contributor", row["unit_path"])
    same = await assets.with_same_file(caller, row) if may_describe else []
    return {
        "may_describe": may_describe,
        "may_delete": caller.may("editor", row["unit_path"]),
        "same": same,
        "may_take_back": bool(same) and await deletion.may_take_back(caller, row),
        "uses_for": unit_name((await units.names_of([using])).get(using), shown_in) if using else None,
        "is_favourite": caller.subject is not None
        and row["id"] in await favourites.which_are_favourites(caller, [row["id"]]),
        "may_collect": await collections.collections_to_choose(caller),
    }


async def favourite_post(request: Request) -> Response:
    """`POST /archive/items/{id}/favourite` with `mark`: `yes` or `no`."""
    require_same_origin(request)
    given = await form(request)
    asset_id = parse_id(request.path_params["id"], "asset")
    if given.get("mark") == "no":
        await favourites.unmark_favourite(app.caller(request), asset_id)
    else:
        await favourites.mark_favourite(app.caller(request), asset_id)
    return RedirectResponse(f"/archive/items/{asset_id}", 303)


async def take_back_post(request: Request) -> Response:
    """`POST /archive/items/{id}/take-back`: what its sender finds to be in the archive already; to where it is."""
    require_same_origin(request)
    same = await deletion.take_back(app.caller(request), parse_id(request.path_params["id"], "asset"))
    return RedirectResponse(f"/archive/items/{same}", 303)


routes: list[BaseRoute] = [
    Route("/archive/items/{id}", with_refusals(item_page)),
    Route("/archive/items/{id}/favourite", with_refusals(favourite_post), methods=["POST"]),
    Route("/archive/items/{id}/take-back", with_refusals(take_back_post), methods=["POST"]),
]
