"""`/oai`: the six verbs of OAI-PMH 2.0, by GET and by POST."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kit.db import Record
from kit.web import form
from media_archive.interop import following
from media_archive.interop.oai import records, writing
from media_archive.interop.oai.asking import PREFIX, Asked, Place, place_of, read_arguments, token_of
from media_archive.interop.oai.errors import (
    OaiError,
    bad_argument,
    bad_token,
    no_records,
    no_sets,
    unknown_id,
    wrong_format,
)
from media_archive.interop.oai.records import Names

RECORDS_AT_ONCE = 500
_HEADERS_AT_ONCE = 2_000
_SETS_AT_ONCE = 500
_NOT_REPEATED = ("badVerb", "badArgument")


async def oai(request: Request) -> Response:
    """`/oai?verb=…`."""
    given = list(request.query_params.multi_items())
    if request.method == "POST":
        given = [(name, str(value)) for name, value in (await form(request, max_bytes=20_000)).multi_items()]
    await following.catch_up()
    # Before anything is read: see `following`.
    now = await following.now()
    verb, arguments = None, {}
    try:
        asked = read_arguments(given)
        verb, arguments = asked.verb, dict(asked.arguments)
        body = await _VERBS[asked.verb](asked, now)
    except OaiError as error:
        body = writing.error(error.code, error.text)
        if error.code in _NOT_REPEATED:
            verb, arguments = None, {}
    return Response(
        writing.document(now, verb, arguments, body),
        media_type="text/xml; charset=utf-8",
        headers={"x-content-type-options": "nosniff", "cache-control": "no-store"},
    )


async def _identify(_: Asked, now: datetime) -> str:
    first = await records.earliest() or now
    told = (
        ("repositoryName", "Loa – Kho tư liệu công đoàn"),
        ("baseURL", writing.base_url()),
        ("protocolVersion", "2.0"),
        ("adminEmail", f"postmaster@{writing.host()}"),
        ("earliestDatestamp", writing.stamp(first)),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
    )
    return f"<Identify>{''.join(writing.element(name, value) for name, value in told)}</Identify>"


async def _list_formats(asked: Asked, _: datetime) -> str:
    if "identifier" in asked.arguments and await records.record(_asset_id(asked.arguments["identifier"])) is None:
        raise unknown_id()
    return f"<ListMetadataFormats>{writing.FORMAT}</ListMetadataFormats>"


async def _list_sets(asked: Asked, _: datetime) -> str:
    place = place_of(asked)
    found = await records.sets(place, _SETS_AT_ONCE + 1)
    shown = found[:_SETS_AT_ONCE]
    if not shown:
        raise bad_token() if place.told else no_sets()
    after = replace(place, path=shown[-1]["path"], told=place.told + len(shown))
    body = "".join(writing.one_set(row) for row in shown)
    return f"<ListSets>{body}{_rest(place, after, is_more=len(found) > len(shown))}</ListSets>"


async def _get_record(asked: Asked, _: datetime) -> str:
    asset_id = _asset_id(asked.arguments["identifier"])
    found = await records.record(asset_id)
    if found is None:
        raise unknown_id()
    if asked.arguments["metadataPrefix"] != PREFIX:
        raise wrong_format(asked.arguments["metadataPrefix"])
    return f"<GetRecord>{writing.record(found, await records.names([found]))}</GetRecord>"


async def _list_identifiers(asked: Asked, _: datetime) -> str:
    return await _list(asked, _HEADERS_AT_ONCE, writing.header)


async def _list_records(asked: Asked, _: datetime) -> str:
    return await _list(asked, RECORDS_AT_ONCE, writing.record)


async def _list(asked: Asked, most: int, write: Callable[[Record, Names], str]) -> str:
    place = place_of(asked)
    found = await records.records(place, most + 1, described=asked.verb == "ListRecords")
    shown = found[:most]
    if not shown:
        if not place.told:
            raise no_records()
        # All that was left when the token was given has changed since. A list has at least one record: it is one of
        # those, though it bears a later stamp now.
        shown = await records.records(replace(place, until=None, set=None), 1, described=asked.verb == "ListRecords")
    names = await records.names(shown)
    last = shown[-1]
    after = replace(
        place, datestamp=int(last["datestamp"].timestamp()), number=last["number"], told=place.told + len(shown)
    )
    body = "".join([write(row, names) for row in shown])
    return f"<{asked.verb}>{body}{_rest(place, after, is_more=len(found) > len(shown))}</{asked.verb}>"


def _rest(place: Place, after: Place, *, is_more: bool) -> str:
    if is_more:
        return writing.resumption(token_of(after), place.told)
    return writing.resumption("", place.told) if place.told else ""


def _asset_id(identifier: str) -> UUID:
    start = f"oai:{writing.host()}:"
    if not identifier.startswith("oai:") and ":" not in identifier:
        raise bad_argument("An identifier is a URI such as oai:HOST:ID.")
    try:
        return UUID(identifier.removeprefix(start)) if identifier.startswith(start) else UUID(int=0)
    except ValueError as error:
        raise unknown_id() from error


_VERBS: dict[str, Callable[[Asked, datetime], Awaitable[str]]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "GetRecord": _get_record,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
}

routes: list[BaseRoute] = [Route("/oai", oai, methods=["GET", "POST"])]
