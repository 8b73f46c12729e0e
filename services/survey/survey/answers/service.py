"""How an answer gets in: checked, stored once, acknowledged only when it is on disk, and mixed before anyone counts it.

What can be trusted today. A stored answer has no name, address, device, time, serial number or submission key: those
columns do not exist. It first lies in `inbox` under the SHA-256 of a random key that the page made for it, so that a
repeated submission is recognised. A job then moves at least 50 at a time, in random order, into `answer`, in one
transaction per batch, and keeps of the keys only their hashes, sorted. Within a batch neither the order of rows nor
their transaction tells who came first. An answer names a response group of at least 50 people, never a unit.

What remains. Until they are mixed, answers lie readable in the inbox beside their key's hash: whoever controls the
database at that time and knows somebody's key, or watches answers arrive, can pair the two. The write-ahead log, dead
rows and backups keep such traces after mixing. A wave closed with fewer than 50 waiting mixes what there is. An open
link keeps the same page from counting twice, but not the same person. Sealing the inbox, destroying what is left of it
and links that work once per person are a further step; until then this is what may be promised to workers, no more.
"""

import secrets
from uuid import UUID

import orjson

from kit import db
from kit.errors import DomainError
from survey.answers.receipts import Receipt
from survey.answers.validation import Issue, Raw, Value, check, segments
from survey.collection.admission import Admission, Proof, admit
from survey.collection.service import Collection, find_collection
from survey.questionnaires.service import published_definition

SMALLEST_BATCH = 50
LARGEST_BATCH = 5_000


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

    Raises UnknownCollector, WaveClosed, AnswersInvalid, AlreadySubmitted, AlreadyAnswered, or what `admit` raises.
    """
    collection = await find_collection(collector)
    if collection is None:
        raise UnknownCollector(collector=collector[:40])
    if collection.phase != "open":
        raise WaveClosed()
    assert collection.questionnaire_version_id is not None
    admission = await admit(collection, proof)
    checked = check(await published_definition(collection.questionnaire_version_id), raw)
    if checked.issues:
        raise AnswersInvalid(checked.issues)
    await _store(collection, admission, checked.values)
    return Receipt.of(admission.token)


async def _store(collection: Collection, admission: Admission, values: dict[str, Value]) -> None:
    async with db.transaction():
        await _spend(collection, admission)
        await db.execute(
            """
            INSERT INTO inbox (wave_id, response_group_id, questionnaire_version_id, values)
            SELECT $1, $2, questionnaire_version_id, $3::jsonb FROM wave WHERE id = $1
            """,
            collection.wave_id,
            admission.response_group_id,
            orjson.dumps(values).decode(),
        )


async def _spend(collection: Collection, admission: Admission) -> None:
    """Write down that the token is spent, or raise why it can't be."""
    spent = await db.execute(
        """
        INSERT INTO spent_key (wave_id, token, key_hash) SELECT id, $2, $3 FROM wave
        -- Locked, so that whoever is closing the wave is waited for: no answer comes after the last one was mixed.
        WHERE id = $1 AND state = 'open' AND closes_at > now() FOR KEY SHARE
        ON CONFLICT DO NOTHING
        """,
        collection.wave_id,
        admission.token,
        admission.key_hash,
    )
    if spent == "INSERT 0 1":
        return
    before = "SELECT key_hash FROM spent_key WHERE token = $2 AND wave_id = $1"
    key_hash = await db.value(before, collection.wave_id, admission.token)
    if key_hash is None:
        raise WaveClosed()
    if key_hash != admission.key_hash:
        raise AlreadyAnswered()
    raise AlreadySubmitted(receipt=str(Receipt.of(admission.token)))


async def waves_to_mix() -> list[UUID]:
    """Return the waves whose inbox holds enough to mix, or anything once they are closed."""
    found = await db.rows(
        "SELECT wave_id FROM inbox JOIN wave ON wave.id = wave_id GROUP BY wave_id, state"
        " HAVING count(*) >= $1 OR state = 'closed'",
        SMALLEST_BATCH,
    )
    return [row["wave_id"] for row in found]


async def mix(wave_id: UUID) -> int:
    """Move what waits in a wave's inbox to its answers, in batches of at least 50; all of it once the wave is closed.

    Returns how many were moved. Fewer than 50 answers of a wave that is still open stay where they are.
    """
    moved = 0
    while count := await _mix_batch(wave_id):
        moved += count
    return moved


async def _mix_batch(wave_id: UUID) -> int:
    async with db.transaction():
        # One batch at a time: what another one that is under way left over could be too few to hide in.
        state = await db.value("SELECT state FROM wave WHERE id = $1 FOR NO KEY UPDATE", wave_id)
        waiting = await db.rows(
            """
            SELECT ctid, response_group_id, questionnaire_version_id, values FROM inbox
            WHERE wave_id = $1 LIMIT $2 FOR UPDATE SKIP LOCKED
            """,
            wave_id,
            LARGEST_BATCH + SMALLEST_BATCH,
        )
        # A full batch leaves at least 50 for the next one.
        batch = waiting[:LARGEST_BATCH] if len(waiting) == LARGEST_BATCH + SMALLEST_BATCH else waiting
        if len(batch) < SMALLEST_BATCH and state != "closed":
            return 0
        answers = [await _answer(row) for row in batch]
        secrets.SystemRandom().shuffle(answers)
        await db.execute("DELETE FROM inbox WHERE ctid = ANY ($1::tid[])", [row["ctid"] for row in batch])
        await db.execute_many(
            """
            INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, values)
            VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
            """,
            [(wave_id, *answer) for answer in answers],
        )
        return len(batch)


async def _answer(row: db.Record) -> tuple[object, ...]:
    definition = await published_definition(row["questionnaire_version_id"])
    coded = segments(definition, orjson.loads(row["values"]))
    return (row["response_group_id"], row["questionnaire_version_id"], *coded, row["values"])
