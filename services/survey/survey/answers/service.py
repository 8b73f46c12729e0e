"""How an answer gets in: checked, its token spent and the answer stored sealed, once, acknowledged when it is on disk.

What can be trusted. A stored answer has no name, address, device, time, serial number or submission key: those columns
do not exist. What let the form in is spent as a token in a table of its own, in the same transaction; the answer lies
in the inbox in a box of standard length that only the day's key opens. That key is a file of the worker's: it is not in
the database, its log or its backups, nor in the web processes. Once a day the boxes are opened and mixed (see
`answers.mixing`), the inbox is rewritten and the key destroyed: from then on the transaction, the place of a row, the
write-ahead log, dead rows and old backups pair a token with a box that nobody opens. An answer names a response group
of at least 50 people, never a unit.

What remains. Whoever controls database and worker *during the day* can pair tokens with answers, and so can whoever
watches this process. A group from which fewer than 50 answers came is mixed as it is when the wave closes. Which day an
answer was mixed on shows on its row. Texts too long for a box of the first length are among fewer alike. An open link
keeps the same page from counting twice, not the same person. `docs/trust.md` says all of this to workers.
"""

import secrets
import time
from typing import NoReturn

import orjson

from kit.errors import DomainError
from survey.answers.inbox import Entry, Full, Inbox, NoKey, Outcome, is_spent
from survey.answers.receipts import Receipt
from survey.answers.room import Room
from survey.answers.validation import Issue, Raw, check
from survey.collection.admission import Proof, admit
from survey.collection.service import Collection, find_collection
from survey.questionnaires.service import published_definition

# Seconds for which an open wave is not looked up again, and of how many codes.
KNOWN_FOR = 2.0
MOST_KNOWN = 10_000


class UnknownCollector(DomainError):
    """No form stands behind this code."""

    code = "UNKNOWN_COLLECTOR"
    vi = "Không có phiếu nào mang mã “{collector}”."
    en = "There is no form with the code “{collector}”."


class WaveClosed(DomainError):
    """The wave takes no answers at this moment: it is closed, or not yet open."""

    code = "WAVE_CLOSED"
    vi = "Đợt khảo sát này hiện không nhận câu trả lời."
    en = "This survey takes no answers at this moment."


class AlreadySubmitted(DomainError):
    """This very form was stored before, under the same submission key; nothing was stored now. Good news for a client
    that saw no reply: it has the receipt here.
    """

    code = "ALREADY_SUBMITTED"
    vi = "Phiếu này đã được gửi rồi."
    en = "This form was submitted before."
    extra = {"receipt": str}


class AlreadyAnswered(DomainError):
    """The slip or credential was used for another form; nothing was stored now."""

    code = "ALREADY_ANSWERED"
    vi = "Mã này đã được dùng để gửi một phiếu khác."
    en = "This code has been used for another form."


class TryLater(DomainError):
    """The answers could not be stored at this moment, through no fault of theirs; nothing was. Send them again soon."""

    code = "TRY_LATER"
    vi = "Hệ thống đang bận, phiếu chưa được gửi. Xin thử lại sau ít phút."
    en = "The service is busy and the form was not sent. Please try again in a few minutes."


class OpenLinkFull(TryLater):
    """The open link has taken as many answers as it may; nothing was. It takes more only if somebody lets it."""

    code = "OPEN_LINK_FULL"
    vi = "Địa chỉ chung này đã nhận đủ số phiếu tối đa và chỉ nhận thêm khi công đoàn cho phép; phiếu chưa được lưu."
    en = "This open address has taken as many forms as it may, and takes more only if the union allows it."


class AnswersInvalid(DomainError):
    """Some answers can't be accepted; nothing was stored. `issues` names each question and what to do about it."""

    code = "ANSWERS_INVALID"
    vi = "Có {count} câu cần xem lại."
    en = "{count} answers need another look."

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(count=len(issues))
        self.issues = issues


def new_key() -> str:
    """Return a submission key: 192 random bits that stand for one filled form and for nobody."""
    return secrets.token_urlsafe(24)


async def submit(collector: str, proof: Proof, raw: Raw) -> Receipt:
    """Check and store the answers of one form; on return they are committed.

    Raises UnknownCollector, WaveClosed, AnswersInvalid, AlreadySubmitted, AlreadyAnswered, TryLater, OpenLinkFull,
    or what `admit` raises.
    """
    collection = await _open_collection(collector)
    assert collection.questionnaire_version_id is not None
    admission = await admit(collection, proof)
    checked = check(await published_definition(collection.questionnaire_version_id), raw)
    if checked.issues:
        raise AnswersInvalid(checked.issues)
    entry = Entry(collection.wave_id, admission, orjson.dumps(checked.values))
    if collection.kind == "open_link" and not await _room.take(entry.place):
        await _refuse(entry)
    try:
        outcome = await _inbox.put(entry)
    except (NoKey, Full) as error:
        raise TryLater() from error
    return _receipt(outcome, Receipt.of(admission.token))


async def _refuse(entry: Entry) -> NoReturn:
    """Say that there is no room, but not to a phone whose form is stored and that waits to hear so."""
    if await is_spent(entry):
        raise AlreadySubmitted(receipt=str(Receipt.of(entry.admission.token)))
    raise OpenLinkFull()


async def taking(collector: str) -> Collection | None:
    """Return what stands behind a code, for forms that come in: an open wave may be known from a moment ago.

    That it is still open is checked where its answer is stored.
    """
    found, until = _open_waves.get(collector, (None, 0.0))
    if found is not None and found.phase == "open" and time.monotonic() < until:
        return found
    collection = await find_collection(collector)
    if collection is not None and collection.phase == "open":
        if len(_open_waves) >= MOST_KNOWN:
            _open_waves.clear()
        _open_waves[collector] = (collection, time.monotonic() + KNOWN_FOR)
    return collection


async def _open_collection(collector: str) -> Collection:
    collection = await taking(collector)
    if collection is None:
        raise UnknownCollector(collector=collector[:40])
    if collection.phase != "open":
        raise WaveClosed()
    return collection


def _receipt(outcome: Outcome, receipt: Receipt) -> Receipt:
    if outcome is Outcome.CLOSED:
        raise WaveClosed()
    if outcome is Outcome.OTHER_FORM:
        raise AlreadyAnswered()
    if outcome is Outcome.SAME_FORM:
        raise AlreadySubmitted(receipt=str(receipt))
    return receipt


_inbox = Inbox()
_room = Room()
_open_waves: dict[str, tuple[Collection, float]] = {}
