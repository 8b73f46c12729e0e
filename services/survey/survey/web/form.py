"""The form on a worker's phone: one small page without cookies that works without JavaScript, and what it posts to."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kit.errors import InvalidInput, Language
from kit.web import SECURITY_HEADERS
from survey.answers import receipts, service
from survey.answers.service import AnswersInvalid
from survey.answers.validation import Issue
from survey.collection.admission import Proof
from survey.collection.refusals import NotAdmitted
from survey.collection.service import Collection, find_collection, is_withdrawn
from survey.envelopes import service as envelopes
from survey.questionnaires.definition import Definition, schema
from survey.questionnaires.service import published_definition, version_mark
from survey.web import assets
from survey.web.asked import Filled, form_page, spoken_in
from survey.web.notices import Notice
from survey.web.pages import Spoken, compressed, headers, language_of, page, query_of

LARGEST_BODY = 512_000
MOST_FIELDS = 2_000
SECONDS_WHEN_FULL = 900
# Fields besides the answers. A name can't be a question's code: those begin with a letter.
KEY, VERSION, SLIP, CREDENTIAL, SEALED = "_key", "_version", "_slip", "_credential", "_sealed"

Fields = dict[str, list[str]]


class NotTaken(Exception):
    """A filled form that is not taken for another reason than its answers."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice.name)
        self.notice = notice


@dataclass(frozen=True, slots=True)
class Posted:
    """A filled form as it came, for the collector that it came to."""

    collection: Collection
    definition: Definition
    fields: Fields

    def one(self, name: str) -> str:
        """Return a field of which there is one; empty when it is missing."""
        return self.fields.get(name, [""])[0]

    @property
    def answers(self) -> Fields:
        """What was answered, by the names of the questions' fields."""
        names = self.definition.fields
        return {name: values for name, values in self.fields.items() if name in names}

    @property
    def proof(self) -> Proof:
        """What shows that the form may be counted."""
        return Proof(self.one(KEY), slip=self.one(SLIP) or None, credential=self.one(CREDENTIAL) or None)


class Wrong(Exception):
    """A filled form of which some answers, or the slip, can't be accepted."""

    def __init__(self, posted: Posted, error: AnswersInvalid | NotAdmitted) -> None:
        super().__init__(error.code)
        self.posted = posted
        self.error = error

    @property
    def issues(self) -> list[Issue]:
        """What is wrong with answers."""
        return self.error.issues if isinstance(self.error, AnswersInvalid) else []

    def slip_problem(self, language: Language, spoken: Spoken | None = None) -> str | None:
        """Return what is wrong with the slip or credential, if that is it."""
        if not isinstance(self.error, NotAdmitted):
            return None
        said = self.error.message("vi" if spoken else language)
        return spoken.language.word(said) if spoken else said

    def filled(self, language: Language, spoken: Spoken | None = None) -> Filled:
        """Return what the form's page shows of it."""
        posted = self.posted
        problem = self.slip_problem(language, spoken)
        return Filled(posted.one(KEY), posted.answers, posted.one(SLIP), self.issues, problem)


async def show_form(request: Request) -> Response:
    """Show the form behind a code."""
    collection = await find_collection(request.path_params["code"])
    if collection is None or collection.phase != "open":
        return await _not_taken(request, await _why_not(request, collection), collection)
    return await show_questions(request, collection, Filled(service.new_key(), {}))


async def take_form(request: Request) -> Response:
    """Store a filled form, or say why not: to people on a page, to scripts that accept JSON in JSON."""
    collection = await service.taking(request.path_params["code"])
    if collection is None or collection.phase != "open":
        return await _not_taken(request, await _why_not(request, collection), collection)
    try:
        posted = await read_posted(request, collection)
        receipt, is_new = await store(posted)
    except NotTaken as refused:
        return await _not_taken(request, refused.notice, collection)
    except Wrong as refused:
        return await _wrong(request, refused)
    if _wants_json(request):
        said = {"code": "STORED" if is_new else "ALREADY_SUBMITTED", "message": "", "receipt": receipt}
        return _json(request, 201 if is_new else 200, said)
    spoken = spoken_in(request, posted.definition)
    query = query_of(request, spoken.code if spoken else language_of(request))
    return RedirectResponse(
        f"/f/{collection.code}/thanks{query}{'&' if query else '?'}r={receipt}", 303, dict(headers())
    )


async def show_thanks(request: Request) -> Response:
    """Thank for an answer. Shows its receipt, when the address has one, and knows of nobody."""
    collection = await find_collection(request.path_params["code"])
    if collection is None:
        return await _not_taken(request, Notice.UNKNOWN, None)
    receipt = receipts.Receipt.read(request.query_params.get("r", ""))
    spoken = await _spoken(request, collection)
    return page(request, "thanks.html", spoken=spoken, collection=collection, receipt=str(receipt) if receipt else None)


async def show_receipt(request: Request) -> Response:
    """Say whether a form arrived, to whoever has its receipt, and nothing else about it."""
    asked = request.query_params.get("r", "").strip()[:60]
    receipt = receipts.Receipt.read(asked)
    state = "" if not asked else "unreadable" if receipt is None else "unknown"
    if receipt and await receipts.is_received(asked):
        state = "received"
    return page(request, "receipt.html", asked=str(receipt or asked), state=state)


async def show_trust(request: Request) -> Response:
    """Say what anonymity is kept, how, and what remains."""
    return page(request, "trust.html")


async def show_offline(request: Request) -> Response:
    """What the service worker shows for a page that it has not kept while there is no network."""
    return page(request, "offline.html")


async def show_static(request: Request) -> Response:
    """Serve the form's scripts; for good, under the address that names its content."""
    name = request.path_params["name"]
    if name not in ("form.js", "more.js", "embed.js"):
        return await _not_taken(request, Notice.UNKNOWN, None)
    named = request.query_params.get("v") == assets.mark(name)
    kept = "public, max-age=31536000, immutable" if named else "no-cache"
    return _file(request, name, {"cache-control": kept, "x-content-type-options": "nosniff"})


async def show_service_worker(request: Request) -> Response:
    """Serve the service worker, from a place that makes it the forms' and nobody else's."""
    return _file(request, "sw.js", {**headers(), "cache-control": "no-cache"})


async def show_schema(request: Request) -> Response:
    """Serve the JSON Schema of questionnaires."""
    said = {"cache-control": "public, max-age=86400", "vary": "accept-encoding", **SECURITY_HEADERS}
    return compressed(request, Response(orjson.dumps(schema()), 200, said, "application/schema+json"))


routes: list[BaseRoute] = [
    # First, because it is what thousands a second are wanted of.
    Route("/f/{code}", take_form, methods=["POST"]),
    Route("/f/questionnaire.schema.json", show_schema, methods=["GET"]),
    Route("/f/static/{name}", show_static, methods=["GET"]),
    Route("/f/sw.js", show_service_worker, methods=["GET"]),
    Route("/f/receipt", show_receipt, methods=["GET"]),
    Route("/f/trust", show_trust, methods=["GET"]),
    Route("/f/offline", show_offline, methods=["GET"]),
    Route("/f/{code}", show_form, methods=["GET"]),
    Route("/f/{code}/thanks", show_thanks, methods=["GET"]),
]


async def read_posted(request: Request, collection: Collection) -> Posted:
    """Return a filled form as it came; NotTaken when it can't be read, or comes with somebody's name."""
    if "authorization" in request.headers:
        raise NotTaken(Notice.SIGNED_IN)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise NotTaken(Notice.NOT_A_FORM)
    fields = _fields(await _body(request))
    if SEALED in fields:
        fields = _fields(await _opened(collection, fields[SEALED][0]))
    assert collection.questionnaire_version_id is not None
    posted = Posted(collection, await published_definition(collection.questionnaire_version_id), fields)
    if posted.one(VERSION) not in ("", await version_mark(collection.questionnaire_version_id)):
        raise NotTaken(Notice.UNKNOWN_VERSION)
    return posted


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise NotTaken(Notice.TOO_LARGE)
    return bytes(body)


def _fields(body: bytes) -> Fields:
    """Return the fields of an urlencoded form; not taken when they are not UTF-8 or too many."""
    if body.count(b"&") >= MOST_FIELDS:
        raise NotTaken(Notice.UNREADABLE)
    fields: Fields = {}
    try:
        for pair in body.decode().split("&"):
            name, _, value = pair.partition("=")
            # Most names and values are codes with nothing to decode.
            if "%" in pair or "+" in pair:
                name, value = unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
            if pair:
                fields.setdefault(name, []).append(value)
    except ValueError as error:
        raise NotTaken(Notice.UNREADABLE) from error
    return fields


async def _opened(collection: Collection, envelope: str) -> bytes:
    try:
        sealed = base64.urlsafe_b64decode(envelope + "=" * (-len(envelope) % 4))
        return await envelopes.opened(collection.wave_id, collection.code, sealed)
    except (envelopes.EnvelopeBroken, binascii.Error, ValueError) as error:
        raise NotTaken(Notice.SEAL_BROKEN) from error


async def store(posted: Posted) -> tuple[str, bool]:
    """Return the form's receipt, and whether it was stored only now. Raises Wrong or NotTaken."""
    try:
        return str(await service.submit(posted.collection.code, posted.proof, posted.answers)), True
    except service.AlreadySubmitted as before:
        # A double click, or a reply that was lost on the way: the first one counts, and this is its answer.
        return before.details["receipt"], False
    except (AnswersInvalid, NotAdmitted) as error:
        raise Wrong(posted, error) from error
    except service.AlreadyAnswered as error:
        raise NotTaken(Notice.USED) from error
    except service.WaveClosed as error:
        raise NotTaken(Notice.CLOSED) from error
    except service.TryLater as error:
        raise NotTaken(Notice.LINK_FULL if isinstance(error, service.OpenLinkFull) else Notice.TRY_LATER) from error
    except InvalidInput as error:
        raise NotTaken(Notice.UNREADABLE) from error


async def show_questions(
    request: Request, collection: Collection, filled: Filled, *, template: str = "form.html", **values: Any
) -> Response:
    """Show an open form, empty or with what is wrong with it."""
    version = collection.questionnaire_version_id
    assert version is not None
    point = base64.urlsafe_b64encode(await envelopes.public_key(collection.wave_id)).decode().rstrip("=")
    definition, mark = await published_definition(version), await version_mark(version)
    return form_page(request, collection, definition, mark, point, filled, template=template, **values)


async def _wrong(request: Request, refused: Wrong) -> Response:
    shown_in, posted = language_of(request), refused.posted
    spoken = spoken_in(request, posted.definition)
    slip_problem = refused.slip_problem(shown_in, spoken)
    if not _wants_json(request):
        return await show_questions(request, posted.collection, refused.filled(shown_in, spoken))
    further = (spoken.code, spoken.language) if spoken else None
    code = refused.error.code
    told = [
        {"question": each.question, "code": each.code, "message": each.message(shown_in, further)}
        for each in refused.issues
    ]
    if slip_problem:
        told = [{"question": SLIP, "code": code, "message": slip_problem}]
    error = refused.error
    message = spoken.language.say(error.vi, **error.details) if spoken else error.message(shown_in)
    return _json(request, 422, {"code": code, "message": message, "issues": told})


def in_the_way(collection: Collection | None) -> Notice:
    """Return why there is no form to fill."""
    if collection is None:
        return Notice.UNKNOWN
    return Notice.CLOSED if collection.phase == "closed" else Notice.NOT_YET_OPEN


async def _why_not(request: Request, collection: Collection | None) -> Notice:
    if collection is None and await is_withdrawn(request.path_params["code"]):
        return Notice.WITHDRAWN
    return in_the_way(collection)


async def _not_taken(request: Request, notice: Notice, collection: Collection | None) -> Response:
    said, spoken = notice.value, await _spoken(request, collection)
    if _wants_json(request):
        message = said.message_in(spoken.language) if spoken else said.message(language_of(request))
        told = _json(request, said.status, {"code": said.code, "message": message})
    else:
        told = page(request, "notice.html", said.status, spoken=spoken, said=said, collection=collection)
    if notice is Notice.LINK_FULL:
        # Somebody has to raise the bound first: phones that hold a form need not ask more often.
        told.headers["retry-after"] = str(SECONDS_WHEN_FULL)
    return told


async def _spoken(request: Request, collection: Collection | None) -> Spoken | None:
    """Return the further language that the address asks for, if what is asked behind it has it."""
    version = collection.questionnaire_version_id if collection else None
    if version is None or request.query_params.get("lang", "vi") in ("vi", "en"):
        return None
    return spoken_in(request, await published_definition(version))


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _json(request: Request, status: int, said: Mapping[str, object]) -> Response:
    return compressed(request, Response(orjson.dumps(said), status, headers(), "application/json"))


def _file(request: Request, name: str, said: Mapping[str, str]) -> Response:
    tag = f'"{assets.mark(name)}"'
    said = {**said, "etag": tag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=said)
    return compressed(request, Response(assets.content(name), 200, said, assets.FILES[name][0]))
