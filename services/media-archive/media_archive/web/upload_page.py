"""The page on which files come in. It works without JavaScript; with it, many files at once that go on after a cut."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit import app
from kit.errors import DomainError, Forbidden, InvalidInput, Language, NotFound, SignInRequired
from kit.graphql import parse_id
from kit.identity import Caller
from kit.paths import depth
from kit.web import language, require_same_origin
from media_archive.settings import current
from media_archive.units import service as units
from media_archive.uploads.routes import add_from_form, read_form, require_contributor_somewhere
from media_archive.uploads.tus import service as resumable
from media_archive.web.cards import unit_name
from media_archive.web.showing import STATUS, kinds_in, problem_page, said, show

_BLANK: dict[str, Any] = {
    **dict.fromkeys(("title", "unit", "kind", "visibility", "description", "created_on"), ""),
    "topics": [],
}


async def upload_page(request: Request) -> Response:
    """`/archive/upload`: the form."""
    try:
        require_contributor_somewhere(app.caller(request))
    except (SignInRequired, Forbidden) as error:
        return problem_page(request, error)
    asked = request.query_params
    return await _upload_form(request, {"unit": asked.get("unit", ""), "topics": asked.getlist("topic")}, None)


async def upload_post(request: Request) -> Response:
    """The form was sent: to the item's page, or back with what is wrong and all that was typed."""
    require_same_origin(request)
    try:
        require_contributor_somewhere(app.caller(request))
        given = await read_form(request)
    except (SignInRequired, Forbidden) as error:
        return problem_page(request, error)
    except DomainError as error:
        return await _upload_form(request, {}, error)
    try:
        asset_id = await add_from_form(app.caller(request), given)
    except DomainError as error:
        typed = {name: text for name, text in given.items() if isinstance(text, str)}
        return await _upload_form(request, typed | {"topics": given.getlist("topic")}, error)
    finally:
        await given.close()
    return RedirectResponse(f"/archive/items/{asset_id}", 303)


async def _upload_form(request: Request, typed: dict[str, Any], error: DomainError | None) -> Response:
    shown_in = language(request)
    topics = [(topic.code, topic.vi if shown_in == "vi" else topic.en) for topic in await units.topics()]
    return show(
        request,
        "upload.html",
        status=200 if error is None else STATUS.get(type(error), 422),
        typed=_BLANK | typed,
        problem=said(error, shown_in) if error else None,
        faulty=_faulty_field(error),
        kinds=await kinds_in(shown_in),
        topics=topics,
        places=await _places(app.caller(request), typed.get("unit", ""), shown_in),
        unfinished=await resumable.unfinished(app.caller(request)),
        most_megabytes=current().upload_most_megabytes,
    )


def _faulty_field(error: DomainError | None) -> str | None:
    if isinstance(error, InvalidInput):
        return str(error.details["field"])
    if error is None:
        return None
    return "unit" if isinstance(error, NotFound | Forbidden) else "file"


async def _places(caller: Caller, chosen: str, shown_in: Language) -> list[dict[str, Any]]:
    """Where the caller may put something: the tops of subtrees, what is right below, and a unit chosen by a link."""
    try:
        chosen_id = parse_id(chosen, "unit")
    except NotFound:
        chosen_id = None
    found = await units.units_to_choose(caller.scopes("contributor"), chosen_id)
    return [{"id": str(unit.id), "name": unit_name(unit, shown_in), "depth": depth(unit.path)} for unit in found]


routes: list[BaseRoute] = [
    Route("/archive/upload", upload_page, methods=["GET"]),
    Route("/archive/upload", upload_post, methods=["POST"]),
]
