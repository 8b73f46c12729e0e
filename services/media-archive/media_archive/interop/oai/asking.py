"""What a harvester asks: its arguments checked as the protocol says, and tokens that carry the rest of a list.

OAI-PMH 2.0, https://www.openarchives.org/OAI/2.0/openarchivesprotocol.htm, sections 2.5, 2.7, 3.3, 3.5 and 3.6.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import orjson

from media_archive.interop.oai.errors import OaiError, bad_argument, bad_token, bad_verb, wrong_format
from media_archive.settings import current

PREFIX = "oai_dc"
_SETS = re.compile(r"(unit|collection):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_LONGEST_TOKEN = 1_000
_LAST_SECOND = 86_399  # of a day

# Of each verb: what it needs, and what it may have besides.
_ARGUMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset()),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
}
_IN_PIECES = ("ListSets", "ListIdentifiers", "ListRecords")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came: a known verb and arguments, each once."""

    verb: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A list and how far it was told. Moments are seconds since 1970; `number` is that of the last record told."""

    verb: str
    since: int | None = None
    until: int | None = None
    set: str | None = None
    datestamp: int = 0
    number: int = 0
    path: str = ""
    told: int = 0


def read_arguments(given: Sequence[tuple[str, str]]) -> Asked:
    """Return the request; OaiError badVerb or badArgument."""
    verbs = [value for name, value in given if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise bad_verb()
    arguments = {name: value for name, value in given if name != "verb"}
    if len(arguments) != len(given) - 1:
        raise bad_argument("An argument is given more than once.")
    asked = Asked(verbs[0], arguments)
    _check_names(asked)
    return asked


def _check_names(asked: Asked) -> None:
    names = set(asked.arguments)
    if asked.verb in _IN_PIECES and "resumptionToken" in names:
        if len(names) > 1:
            raise bad_argument("With resumptionToken no other argument may be given.")
        return
    needed, allowed = _ARGUMENTS[asked.verb]
    if missing := needed - names:
        raise bad_argument(f"Missing: {', '.join(sorted(missing))}.")
    if names - needed - allowed:
        raise bad_argument(f"{asked.verb} has no such argument.")


def place_of(asked: Asked) -> Place:
    """Return which list is asked and from where on.

    OaiError badArgument, badResumptionToken or cannotDisseminateFormat.
    """
    arguments = asked.arguments
    if "resumptionToken" in arguments:
        return _read_token(arguments["resumptionToken"], asked.verb)
    if asked.verb == "ListSets":
        return Place(asked.verb)
    if arguments["metadataPrefix"] != PREFIX:
        raise wrong_format(arguments["metadataPrefix"])
    since, until = arguments.get("from"), arguments.get("until")
    if since and until and len(since) != len(until):
        raise bad_argument("from and until must have the same granularity.")
    begins = _moment(since, is_end=False) if since is not None else None
    ends = _moment(until, is_end=True) if until is not None else None
    if begins is not None and ends is not None and begins > ends:
        raise bad_argument("from must not be later than until.")
    if (name := arguments.get("set")) is not None and not _SETS.fullmatch(name):
        raise bad_argument("A set is called unit:ID or collection:ID, see ListSets.")
    return Place(asked.verb, begins, ends, name)


def set_of(name: str) -> tuple[str, str]:
    """Return kind and id of a set that was checked."""
    kind, _, identifier = name.partition(":")
    return kind, identifier


def _moment(text: str, *, is_end: bool) -> int:
    """Return the second; of a day its first one, or as the end of a range its last."""
    is_day = _DAY.fullmatch(text) is not None
    if not is_day and not _SECOND.fullmatch(text):
        raise bad_argument("A date is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError as error:
        raise bad_argument("There is no such date.") from error
    return int(moment.timestamp()) + (_LAST_SECOND if is_day and is_end else 0)


def token_of(place: Place) -> str:
    """Return the token that goes on from a place; it holds for ever."""
    content = orjson.dumps(asdict(place))
    return base64.urlsafe_b64encode(_seal(content) + content).decode().rstrip("=")


def _read_token(token: str, verb: str) -> Place:
    if len(token) > _LONGEST_TOKEN:
        raise bad_token()
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise bad_token() from error
    seal, content = sealed[:16], sealed[16:]
    if not hmac.compare_digest(seal, _seal(content)):
        raise bad_token()
    place = Place(**orjson.loads(content))
    if place.verb != verb:
        raise bad_token()
    return place


def _seal(content: bytes) -> bytes:
    key = current().file_url_key.get_secret_value().encode()
    return hmac.digest(key, b"oai-pmh:" + content, hashlib.sha256)[:16]


__all__ = ["PREFIX", "Asked", "OaiError", "Place", "place_of", "read_arguments", "set_of", "token_of"]
