"""The form on a worker's phone: one small page without cookies that works without JavaScript."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit.calendar import VIETNAM
from kit.errors import InvalidInput, Language
from kit.web import SECURITY_HEADERS
from survey.answers import service
from survey.answers.validation import Issue
from survey.collection.admission import Proof
from survey.collection.service import Collection, find_collection
from survey.questionnaires.definition import Choice, Definition, Question, schema
from survey.questionnaires.ordering import ordered_choices
from survey.questionnaires.service import published_definition
from survey.questionnaires.wording import Wording

HERE = Path(__file__).parent
LARGEST_BODY = 512_000
MOST_FIELDS = 2_000
# A field's name can't be a question's code: those begin with a letter.
KEY_FIELD = "_key"
# More choices than this are a list to pick from, not a column of buttons.
MOST_BUTTONS = 10

_HEADERS = {
    **SECURITY_HEADERS,
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "vary": "accept-encoding",
}
# What is served under each name: its kind, and the files that it is joined from, because each request costs a phone
# two seconds.
_STATIC = {"form.css": ("text/css", ("form.css",)), "form.js": ("text/javascript", ("logic.js", "form.js"))}


class BodyTooLarge(Exception):
    """More bytes came than any form has."""


class BodyUnreadable(Exception):
    """What came is not a form in UTF-8."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as the page shows it: its number (none for a note), what was answered, and what is wrong with that."""

    number: int | None
    asked: Question
    choices: Sequence[Choice]
    answers: Mapping[str, Sequence[str]]
    problem: str | None
    condition: str | None

    @property
    def widget(self) -> str:
        """The kind of control that takes the answer."""
        kind = self.asked.kind
        if kind in ("single", "multiple"):
            if kind == "single" and len(self.asked.choices) > MOST_BUTTONS:
                return "select"
            return "radio" if kind == "single" else "checkbox"
        return kind

    @property
    def given(self) -> Sequence[str]:
        """What was sent under the question's own name."""
        return self.answers.get(self.asked.code, ())

    @property
    def points(self) -> list[tuple[str, str | None]]:
        """The points of a scale as (value, code of the choice that labels it)."""
        labelled = set(self.asked.codes)
        texts = [str(point) for point in range(self.asked.minimum, self.asked.maximum + 1)]
        return [(text, text if text in labelled else None) for text in texts]

    @property
    def logic(self) -> dict[str, str]:
        """What the page's script needs to know, by the names of the attributes that carry it."""
        asked = self.asked
        found = {"data-k": asked.kind}
        if asked.shown_if is not None:
            found["data-if"] = _json(asked.shown_if)
        if asked.constraint is not None:
            found["data-rule"] = _json(asked.constraint.expression)
        if asked.kind in ("scale", "number"):
            found["data-b"] = _json([asked.minimum, asked.maximum, asked.decimals])
        return found


async def show_form(request: Request) -> Response:
    """Show the form behind a code."""
    collection = await find_collection(request.path_params["code"])
    if collection is None or collection.phase != "open":
        return _no_form(request, collection)
    definition = await _definition(collection)
    return _form(request, collection, definition, service.new_key(), {}, [])


async def take_form(request: Request) -> Response:
    """Store a filled form, or show it again with what is wrong."""
    collection = await find_collection(request.path_params["code"])
    if collection is None or collection.phase != "open":
        return _no_form(request, collection)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return _notice(request, 415, "unreadable")
    try:
        fields = _read(await _body(request))
    except BodyTooLarge:
        return _notice(request, 413, "too_large")
    except BodyUnreadable:
        return _notice(request, 400, "unreadable")
    definition = await _definition(collection)
    names = {name for question in definition.questions for name in question.fields}
    raw = {name: values for name, values in fields.items() if name in names}
    key = fields.get(KEY_FIELD, [""])[0]
    try:
        await service.submit(collection.code, Proof(key), raw)
    except service.AnswersInvalid as error:
        return _form(request, collection, definition, key, raw, error.issues)
    except service.AlreadySubmitted:
        # A double click, or a reply that was lost on the way: the first one counts, and this is its answer.
        pass
    except service.WaveClosed:
        return _notice(request, 410, "closed", collection)
    except InvalidInput:
        return _notice(request, 400, "unreadable")
    return RedirectResponse(f"/f/{collection.code}/thanks{_query(request)}", 303, dict(_HEADERS))


async def show_thanks(request: Request) -> Response:
    """Thank for an answer. Shows the same to everybody and knows of nobody."""
    collection = await find_collection(request.path_params["code"])
    if collection is None:
        return _no_form(request, None)
    return _page(request, "thanks.html", 200, collection=collection)


async def show_static(request: Request) -> Response:
    """Serve the form's style and script."""
    name = request.path_params["name"]
    if name not in _STATIC:
        return _notice(request, 404, "unknown")
    content, tag = _static(name)
    headers = {"etag": tag, "cache-control": "public, max-age=86400", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return _compressed(request, Response(content, 200, headers, _STATIC[name][0]))


async def show_schema(request: Request) -> Response:
    """Serve the JSON Schema of questionnaires."""
    headers = {"cache-control": "public, max-age=86400", "vary": "accept-encoding", **SECURITY_HEADERS}
    return _compressed(request, Response(orjson.dumps(schema()), 200, headers, "application/schema+json"))


routes: list[BaseRoute] = [
    Route("/f/questionnaire.schema.json", show_schema, methods=["GET"]),
    Route("/f/static/{name}", show_static, methods=["GET"]),
    Route("/f/{code}", show_form, methods=["GET"]),
    Route("/f/{code}", take_form, methods=["POST"]),
    Route("/f/{code}/thanks", show_thanks, methods=["GET"]),
]


async def _definition(collection: Collection) -> Definition:
    assert collection.questionnaire_version_id is not None
    return await published_definition(collection.questionnaire_version_id)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge()
    return bytes(body)


def _read(body: bytes) -> dict[str, list[str]]:
    """Return the fields of an urlencoded form; BodyUnreadable for what is not UTF-8 or has too many fields."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BodyUnreadable() from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _form(
    request: Request,
    collection: Collection,
    definition: Definition,
    key: str,
    raw: Mapping[str, Sequence[str]],
    issues: Sequence[Issue],
) -> Response:
    shown_in = _language(request)
    by_code = {question.code: question for question in definition.questions}
    numbered = [question.code for question in definition.questions if question.kind != "note"]
    numbers = {code: number for number, code in enumerate(numbered, 1)}
    problems = {issue.question: issue.message(shown_in) for issue in issues}
    wording = Wording(by_code, numbers, shown_in)

    def asked(question: Question) -> AskedQuestion:
        return AskedQuestion(
            numbers.get(question.code),
            question,
            ordered_choices(question, key),
            raw,
            problems.get(question.code),
            wording.condition(question.shown_if) if question.shown_if is not None else None,
        )

    return _page(
        request,
        "form.html",
        422 if issues else 200,
        collection=collection,
        definition=definition,
        sections=[(section, [asked(question) for question in section.questions]) for section in definition.sections],
        wrong=[asked(by_code[issue.question]) for issue in issues],
        key_field=KEY_FIELD,
        key=key,
    )


def _no_form(request: Request, collection: Collection | None) -> Response:
    if collection is None:
        return _notice(request, 404, "unknown")
    if collection.phase == "closed":
        return _notice(request, 410, "closed", collection)
    return _notice(request, 403, "not_yet_open", collection)


def _notice(request: Request, status: int, kind: str, collection: Collection | None = None) -> Response:
    return _page(request, "notice.html", status, kind=kind, collection=collection)


def _page(request: Request, template: str, status: int, **values: Any) -> Response:
    shown_in = _language(request)

    def t(vi: str, en: str) -> str:
        return vi if shown_in == "vi" else en

    html = (
        _environment()
        .get_template(template)
        .render(
            language=shown_in,
            t=t,
            query=_query(request),
            moment=_moment,
            static=_static_url,
            **values,
        )
    )
    return _compressed(request, HTMLResponse(html, status, {**_HEADERS, "content-language": shown_in}))


def _language(request: Request) -> Language:
    """Return the page's language: Vietnamese, unless English is asked for in the address."""
    return "en" if request.query_params.get("lang") == "en" else "vi"


def _query(request: Request) -> str:
    return "?lang=en" if _language(request) == "en" else ""


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _moment(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%H:%M, %d/%m/%Y")


def _static_url(name: str) -> str:
    """Return a file's address, which changes with its content."""
    return f"/f/static/{name}?v={_static(name)[1][1:9]}"


def _compressed(request: Request, response: Response) -> Response:
    if "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(bytes(response.body), 6)
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    return response


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _static(name: str) -> tuple[bytes, str]:
    content = b"".join((HERE / "static" / file).read_bytes() for file in _STATIC[name][1])
    return content, f'"{sha256(content).hexdigest()[:16]}"'
