"""Describing several materials alike: those that were ticked on the search page."""

from dataclasses import fields
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, Forbidden, NotFound
from kit.graphql import parse_id
from kit.web import form, language, require_same_origin
from media_archive.assets import service as assets
from media_archive.assets.description import role_for
from media_archive.description.about import About
from media_archive.web.cards import cards
from media_archive.web.describe_page import choices_in
from media_archive.web.forms import text_in, texts_in
from media_archive.web.showing import kinds_in, languages_in, outcome, show, with_refusals

_PLACE = "/archive/describe"
_TEXTS = ("kind", "language", "creator", "visibility")
_LISTS = ("topics", "events", "audiences", "age_bands", "genders", "regions")


async def many_page(request: Request) -> Response:
    """`/archive/describe?id=…&id=…`: the form, in which all is left as it is."""
    return await _show(request, request.query_params.getlist("id"))


async def many_post(request: Request) -> Response:
    """The form was sent: all of them are described, or none and it is said why."""
    require_same_origin(request)
    given = await form(request)
    ids = [one for one in given.getlist("id") if isinstance(one, str)]
    try:
        chosen = [parse_id(one, "asset") for one in ids]
        titles = {one: title for one in chosen if (title := text_in(given, f"title-{one}").strip())}
        await assets.describe_assets(app.caller(request), chosen, _changes(given), titles)
    except DomainError as error:
        return await _show(request, ids, error, given)
    return RedirectResponse(f"{_PLACE}?{urlencode([('id', one) for one in ids] + [('done', '1')])}", 303)


def _changes(given: FormData) -> assets.Changes:
    """What was filled in; an empty field leaves a thing as it is."""
    said = {name: text for name in _TEXTS if (text := text_in(given, name).strip())}
    lists = {name: tuple(str(one) for one in given.getlist(name)) for name in _LISTS if given.getlist(name)}
    if places := tuple(line.strip() for line in text_in(given, "places").splitlines() if line.strip()):
        lists["places"] = places
    about = {one.name: value for one in fields(About) if (value := {**said, **lists}.get(one.name)) is not None}
    return assets.Changes(
        kind=said.get("kind"),
        language=said.get("language"),
        topics=lists.get("topics"),
        visibility=said.get("visibility"),
        about=About(**about),  # pyright: ignore[reportArgumentType]  # texts and lists by the names of their fields
    )


async def _show(
    request: Request, asked: list[str], error: DomainError | None = None, given: FormData | None = None
) -> Response:
    caller, shown_in = app.caller(request), language(request)
    caller.require_someone()
    if not caller.scopes("contributor"):
        raise Forbidden()
    ids = dict.fromkeys(known for one in asked[: assets.MOST_AT_ONCE] if (known := _id(one)) is not None)
    seen = await assets.assets_by_id(caller, list(ids))
    rows = [
        row
        for one in ids
        if (row := seen.get(one)) is not None and caller.may(role_for(row["visibility"]), row["unit_path"])
    ]
    return show(
        request,
        "describe_many.html",
        **outcome(error, shown_in),
        done=error is None and "done" in request.query_params,
        rows=rows,
        cards=await cards([(row, []) for row in rows], shown_in),
        left_out=len(set(asked)) - len(rows),
        typed={**dict.fromkeys((*_TEXTS, "places"), ""), **(texts_in(given) if given else {})},
        ticked={name: given.getlist(name) if given else [] for name in _LISTS},
        may_publish=all(caller.may("editor", row["unit_path"]) for row in rows),
        kinds=await kinds_in(shown_in),
        languages=languages_in(shown_in, text_in(given or {}, "language").strip()),
        choices=await choices_in(shown_in),
    )


def _id(text: str) -> UUID | None:
    try:
        return parse_id(text, "asset")
    except NotFound:
        return None


routes: list[BaseRoute] = [
    Route(_PLACE, with_refusals(many_page), methods=["GET"]),
    Route(_PLACE, with_refusals(many_post), methods=["POST"]),
]
