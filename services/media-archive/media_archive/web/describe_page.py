"""Describing a material: all that is said of it, what its file says of itself, and pictures that show the same."""

from dataclasses import fields
from typing import Any, cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.db import Record
from kit.errors import DomainError, InvalidInput, Language, UnknownCode
from kit.graphql import parse_id
from kit.identity import Caller
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.assets.description import role_for
from media_archive.description.about import About, about_of, orgs_terms, terms
from media_archive.metadata.embedded import NOTHING_SAID, Embedded
from media_archive.metadata.service import embedded_of
from media_archive.places.naming import codes_in, lines_of
from media_archive.reuse import derivations
from media_archive.settings import current
from media_archive.similarity import service as similarity
from media_archive.units import service as units
from media_archive.web.cards import cards
from media_archive.web.forms import asset_in, text_in
from media_archive.web.showing import kinds_in, languages_in, outcome, show, with_refusals

_MOST_PAIRS = 20
_TEXTS = ("title", "description", "language", "kind", "creator")
_LINES = ("people", "places", "place_codes")
_CHOICES = ("topics", "events", "audiences", "age_bands", "genders", "regions")

Typed = dict[str, Any]
"""What stands in the form: a text for each of _TEXTS, lists for the others."""


async def describe_page(request: Request) -> Response:
    """`/archive/items/{id}/describe`, for those who may describe it."""
    return await _shown(request)


async def describe_post(request: Request) -> Response:
    """The form was sent: to the material's page, or back with what is wrong and all that was typed.

    With `use`, nothing is kept: what the file says of that field is put into the form.
    """
    require_same_origin(request)
    given = await form(request)
    typed = _typed(given)
    try:
        if use := given.get("use"):
            return await _shown(request, typed, use=str(use))
        asset_id = parse_id(request.path_params["id"], "asset")
        row = await assets.asset(app.caller(request), asset_id)
        codes = await codes_in("place_codes", typed["place_codes"], row["created_on"])
        await assets.describe_asset(app.caller(request), asset_id, _changes({**typed, "place_codes": codes}))
    except DomainError as error:
        return await _shown(request, typed, error=error)
    return RedirectResponse(f"/archive/items/{asset_id}", 303)


async def decide_post(request: Request) -> Response:
    """`POST …/describe/near-duplicate` with `other` and `state`: accepted or rejected."""
    require_same_origin(request)
    given = await form(request)
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        other = parse_id(text_in(given, "other"), "asset")
        await similarity.decide_near_duplicate(app.caller(request), asset_id, other, text_in(given, "state"))
    except DomainError as error:
        return await _shown(request, error=error)
    return RedirectResponse(f"/archive/items/{asset_id}/describe#near", 303)


async def sources_post(request: Request) -> Response:
    """`POST …/describe/sources` with `sources`: addresses of the materials that it was made from, one a line."""
    require_same_origin(request)
    told = text_in(await form(request), "sources")
    try:
        asset_id = parse_id(request.path_params["id"], "asset")
        await derivations.set_sources(app.caller(request), asset_id, [asset_in(one) for one in told.split()])
    except DomainError as error:
        return await _shown(request, error=error, sources=told)
    return RedirectResponse(f"/archive/items/{asset_id}", 303)


async def _shown(
    request: Request,
    typed: Typed | None = None,
    *,
    use: str | None = None,
    error: DomainError | None = None,
    sources: str | None = None,
) -> Response:
    caller, shown_in = app.caller(request), language(request)
    caller.require_someone()
    row = await assets.asset(caller, parse_id(request.path_params["id"], "asset"))
    caller.require(role_for(row["visibility"]), row["unit_path"])
    embedded = (await embedded_of(caller, [row["id"]])).get(row["id"], NOTHING_SAID)
    filled = typed if typed is not None else await _as_it_is(row, shown_in)
    if use is not None:
        filled = {**filled, **_proposed(embedded, use)}
    return show(
        request,
        "describe.html",
        **outcome(error, shown_in),
        faulty=_field_of(error) if sources is None else "sources",
        asset=row,
        typed=filled,
        embedded=embedded if embedded != NOTHING_SAID else None,
        kinds=await kinds_in(shown_in),
        languages=languages_in(shown_in, filled["language"]),
        choices=await choices_in(shown_in),
        near=await _near(caller, row, shown_in),
        sources=await _addresses_of_sources(caller, row) if sources is None else sources,
    )


async def _addresses_of_sources(caller: Caller, row: Record) -> str:
    found = (await derivations.sources_of(caller, [row["id"]]))[row["id"]]
    return "\n".join(f"{current().public_url}/archive/items/{one['id']}" for one in found)


def _field_of(error: DomainError | None) -> str | None:
    if isinstance(error, InvalidInput | UnknownCode):
        return str(error.details["field"])
    return None


async def _as_it_is(row: Record, shown_in: Language) -> Typed:
    about = (await about_of([row["id"]]))[row["id"]]
    own = {name: row[name] for name in ("title", "description", "language", "kind", "topics")}
    codes = cast("list[str]", about["place_codes"])
    return {**own, **about, "place_codes": await lines_of(row["id"], codes, shown_in)}


def _typed(given: FormData) -> Typed:
    typed: Typed = {name: text_in(given, name) for name in _TEXTS}
    for name in _LINES:
        typed[name] = [line.strip() for line in text_in(given, name).splitlines() if line.strip()]
    for name in _CHOICES:
        typed[name] = [str(one) for one in given.getlist(name)]
    return typed


def _changes(typed: Typed) -> assets.Changes:
    lists = {one.name: tuple(typed[one.name]) for one in fields(About) if one.name != "creator"}
    return assets.Changes(
        title=typed["title"],
        # Browsers end lines as telegraphs did.
        description=typed["description"].replace("\r\n", "\n"),
        language=typed["language"],
        kind=typed["kind"],
        topics=tuple(typed["topics"]),
        about=About(creator=typed["creator"], **lists),
    )


def _proposed(embedded: Embedded, use: str) -> Typed:
    """Return what the file says of one field of the form."""
    match use:
        case "title" | "creator":
            return {use: getattr(embedded, use)}
        case "description":
            return {use: embedded.description}
        case "people":
            return {use: list(embedded.people)}
        case _:
            return {}


async def choices_in(shown_in: Language) -> dict[str, dict[str, str]]:
    """Return what each field with codes is chosen from: names by code; a vocabulary without terms is left out."""
    found = {
        "topics": [{"code": one.code, "vi": one.vi, "en": one.en} for one in await units.topics()],
        "events": await terms("union_event"),
        "audiences": await terms("audience"),
        "age_bands": await orgs_terms("age_band"),
        "genders": await orgs_terms("gender"),
        "regions": await orgs_terms("region"),
    }
    return {name: {row["code"]: row[shown_in] for row in rows} for name, rows in found.items() if rows}


async def _near(caller: Caller, row: Record, shown_in: Language) -> list[dict[str, Any]]:
    """Return the pairs that the material's picture makes, the material's own card first in each."""
    found = (await similarity.near_duplicates_of(caller, [row["id"]], _MOST_PAIRS, None))[row["id"]]
    if not found:
        return []
    mine, *others = await cards([(row, []), *((other, []) for other in found)], shown_in)
    return [
        {"pair": (mine, other), "state": pair["pair_state"], "is_mirrored": pair["is_mirrored"]}
        for other, pair in zip(others, found, strict=True)
    ]


routes: list[BaseRoute] = [
    Route("/archive/items/{id}/describe", with_refusals(describe_page), methods=["GET"]),
    Route("/archive/items/{id}/describe", with_refusals(describe_post), methods=["POST"]),
    Route("/archive/items/{id}/describe/sources", with_refusals(sources_post), methods=["POST"]),
    Route("/archive/items/{id}/describe/near-duplicate", with_refusals(decide_post), methods=["POST"]),
]
