"""Slips are made in batches for a unit, shown once to whoever made them, and kept only as hashes.

A slip made while its wave is planned counts for the group that its unit is in when the wave has opened.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.graphql.paging import Window
from kit.identity import Caller, scope_predicate
from kit.paths import is_within, parents
from survey.audit.service import tell_of_wave
from survey.calendar import now
from survey.collection.groups import group_of_unit
from survey.collection.refusals import SlipForeign, SlipMissing, SlipRevoked, SlipUnknown
from survey.collection.slips.codes import new_code, read_code, slip_hash
from survey.units.service import path_of

MOST_AT_ONCE = 10_000
# Some get lost or spoilt: twice as many as there are people may be out at a time.
SLIPS_PER_PERSON = 2
# So often may all of them be printed anew, the void ones counted: a bound for what is kept.
MOST_PRINTINGS = 5

_FORGOTTEN_AT_ONCE = 100

SlipWay = Literal["slip", "paper"]


class SurveyWaveOver(DomainError):
    """The wave takes no answers any more, so nothing is made or changed for it."""

    code = "SURVEY_WAVE_OVER"
    vi = "Đợt khảo sát đã kết thúc."
    en = "The wave is over."


class SurveyWayNotOffered(DomainError):
    """The wave was planned without this way to answer."""

    code = "SURVEY_WAY_NOT_OFFERED"
    vi = "Đợt khảo sát này không dùng cách trả lời đó."
    en = "This wave does not offer that way to answer."


class SurveyUnitNotAsked(DomainError):
    """The wave does not ask the people of this unit."""

    code = "SURVEY_UNIT_NOT_ASKED"
    vi = "Đợt khảo sát này không hỏi người của đơn vị đó."
    en = "This wave does not ask the people of that unit."


class TooManySlips(DomainError):
    """More slips would be out than twice the people of the unit, or of one above it that has slips of its own."""

    code = "TOO_MANY_SLIPS"
    vi = "Chỉ còn được in thêm {left} phiếu mã: {name_vi} có {people} người, mỗi người nhiều nhất hai phiếu."
    en = "Only {left} more slips may be printed: {name_en} has {people} people, and two slips are allowed for each."
    extra = {"left": int}


class SurveyUnitNotCounted(DomainError):
    """Nobody has published how many people the unit has, so nobody can say how many slips are too many."""

    code = "SURVEY_UNIT_NOT_COUNTED"
    vi = "Chưa có số liệu người lao động của {name_vi}, nên chưa in phiếu mã được; công bố số liệu ở mục Tổ chức trước."
    en = "It is not known how many people {name_en} has, so no slips can be printed; publish its headcount first."


class SurveySlipsOut(DomainError):
    """Slips are printed for this way to answer: it can't be taken away while they are good."""

    code = "SURVEY_SLIPS_OUT"
    vi = "Đã in {slips} phiếu mã trong {batches} lần cho cách trả lời này; hãy hủy các phiếu đó rồi mới bỏ cách này."
    en = "{slips} slips in {batches} printings are out for this way to answer; make them void before it goes."
    extra = {"slips": int, "batches": int}


@dataclass(frozen=True, slots=True)
class SlipBatch:
    """Slips that were made together for one unit."""

    id: UUID
    wave_id: UUID
    unit_id: UUID
    amount: int
    made_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewSlips:
    """A batch with its codes, which nobody can show a second time, and the address at which they are used."""

    batch: SlipBatch
    collector: str
    codes: list[str]


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip that may let a form in: the token it spends in its wave, and its group there."""

    token: bytes
    response_group_id: UUID | None


async def make_slips(
    caller: Caller,
    *,
    wave_id: UUID,
    unit_id: UUID,
    amount: int,
    way: SlipWay = "slip",
    replaces: UUID | None = None,
) -> NewSlips:
    """Make slips for a unit's people; their codes are returned here and never again. Needs a contributor of the unit.

    With `replaces`, the unspent slips of that batch are void from then on. Raises NotFound, SurveyWaveOver,
    SurveyWayNotOffered, SurveyUnitNotAsked, SurveyUnitNotCounted, TooManySlips, and InvalidInput for an amount outside
    1 to 10,000.
    """
    path = await path_of(unit_id)
    caller.require("contributor", path)
    if not 1 <= amount <= MOST_AT_ONCE:
        raise InvalidInput("amount", f"phải từ 1 đến {MOST_AT_ONCE}", f"must be from 1 to {MOST_AT_ONCE:,}")
    codes = [new_code() for _ in range(amount)]
    async with db.transaction():
        collector = await _collector(wave_id, path, unit_id, way)
        if replaces is not None:
            replaced = await _revoke(caller, replaces)
            if (replaced.wave_id, replaced.unit_id) != (wave_id, unit_id):
                raise NotFound("slip batch", replaces)
        await _require_room(wave_id, path, amount)
        batch = SlipBatch(uuid4(), wave_id, unit_id, amount, now(), None)
        await _store(batch, way, codes)
        printed = {"batch_id": batch.id, "unit_id": unit_id, "amount": amount, "way": way}
        await tell_of_wave(caller, "slips.printed", wave_id, after=printed)
    return NewSlips(batch, collector, codes)


async def revoke_slips(caller: Caller, batch_id: UUID) -> SlipBatch:
    """Make the slips of a batch void that are not yet spent. Needs a contributor of the unit. Once is enough."""
    async with db.transaction():
        return await _revoke(caller, batch_id)


async def require_none_out(wave_id: UUID, ways: Iterable[str]) -> None:
    """Raise SurveySlipsOut when good slips of a wave were made for one of these ways. Its row must be locked."""
    out = await db.row(
        "SELECT coalesce(sum(amount), 0)::int AS slips, count(*)::int AS batches FROM slip_batch"
        " WHERE wave_id = $1 AND way = ANY ($2::text[]) AND revoked_at IS NULL",
        wave_id,
        list(ways),
    )
    if out is not None and out["batches"]:
        raise SurveySlipsOut(slips=out["slips"], batches=out["batches"])


async def slip_batches(caller: Caller, wave_id: UUID, window: Window) -> list[db.Record]:
    """Return a wave's batches of the units whose contributor the caller is, the newest first, with the units' names.

    The window's cursor holds when the last batch already seen was made (a datetime) and its id (a UUID). How many are
    spent is not told: participation is counted by groups of 50 people and once a day.
    """
    scope, scopes = scope_predicate(caller, "contributor", "u.path", 5)
    made_at, last = window.after or (None, None)
    return await db.rows(
        f"""
        SELECT b.id, b.wave_id, b.unit_id, b.amount, b.made_at, b.revoked_at, u.name_vi, u.name_en, u.code
        FROM slip_batch b JOIN unit u ON u.id = b.unit_id
        WHERE b.wave_id = $1 AND ($3::timestamptz IS NULL OR (b.made_at, b.id) < ($3, $4::uuid)) AND {scope}
        ORDER BY b.made_at DESC, b.id DESC LIMIT $2
        """,
        wave_id,
        window.limit,
        made_at,
        last,
        *scopes,
    )


async def find_slip(wave_id: UUID, written: str | None) -> Slip:
    """Return the slip that somebody wrote at a form of a wave.

    Raises SlipMissing, SlipMistyped, SlipUnknown, SlipForeign, SlipRevoked. Whether it is spent is not looked at: only
    spending it can tell.
    """
    if not written or not written.strip():
        raise SlipMissing()
    hashed = slip_hash(read_code(written))
    found = await db.row(
        """
        SELECT b.wave_id, b.unit_id, b.revoked_at IS NOT NULL AS is_revoked
        FROM slip JOIN slip_batch b ON b.id = slip.batch_id WHERE slip.hash = $1
        """,
        hashed,
    )
    if found is None:
        raise SlipUnknown()
    if found["wave_id"] != wave_id:
        raise SlipForeign()
    token = slip_token(wave_id, hashed)
    # Who sends again what was stored before its slip became void must hear that it is stored.
    if found["is_revoked"] and not await _is_spent(wave_id, token):
        raise SlipRevoked()
    return Slip(token, await group_of_unit(wave_id, found["unit_id"]))


def slip_token(wave_id: UUID, hashed: bytes) -> bytes:
    """Return what a slip spends; see `_SPENT` for the same in SQL."""
    return hashlib.sha256(wave_id.bytes + hashed).digest()


async def forget_slips() -> None:
    """Delete the hashes of the slips of waves that are over: nobody needs them, and they tell who was given one."""
    over = """
        DELETE FROM slip WHERE batch_id IN (
            SELECT b.id FROM slip_batch b JOIN wave w ON w.id = b.wave_id
            WHERE w.state IN ('closed', 'cancelled') AND EXISTS (SELECT FROM slip s WHERE s.batch_id = b.id)
            LIMIT $1)
    """
    # Some at a time: a wave of the whole union has millions.
    while await db.execute(over, _FORGOTTEN_AT_ONCE) != "DELETE 0":
        pass


async def _collector(wave_id: UUID, path: str, unit_id: UUID, way: SlipWay) -> str:
    """Return the address at which a wave's slips are used, after looking whether this unit may have some.

    Locks the wave, so that nobody else takes the same room; who submits an answer need not wait for that.
    """
    wave = await db.row(
        """
        SELECT w.state, w.closes_at, t.path AS target_path,
               EXISTS (SELECT FROM frame_unit f JOIN frame_unit target
                           ON target.wave_id = f.wave_id AND target.unit_id = p.target_unit_id
                       WHERE f.wave_id = w.id AND f.unit_id = $2 AND starts_with(f.path, target.path)) AS is_in_frame,
               (SELECT code FROM collector c WHERE c.wave_id = w.id AND c.kind = $3) AS collector
        FROM wave w JOIN programme p ON p.id = w.programme_id LEFT JOIN unit t ON t.id = p.target_unit_id
        WHERE w.id = $1 FOR NO KEY UPDATE OF w
        """,
        wave_id,
        unit_id,
        way,
    )
    if wave is None:
        raise NotFound("survey wave", wave_id)
    if wave["state"] in ("closed", "cancelled") or wave["closes_at"] <= now():
        raise SurveyWaveOver()
    if wave["collector"] is None:
        raise SurveyWayNotOffered()
    will_be_asked = wave["state"] == "planned" and wave["target_path"] and is_within(path, wave["target_path"])
    if not (will_be_asked or wave["is_in_frame"]):
        raise SurveyUnitNotAsked()
    return wave["collector"]


_SPENT = """
    SELECT count(*) FROM slip JOIN spent_key k
        ON k.wave_id = b.wave_id AND k.token = sha256(uuid_send(b.wave_id) || slip.hash)
    WHERE slip.batch_id = b.id
"""

# Of the unit, and of those above it that have slips of their own: these reach the same people. A unit whose slips are
# all those of units below it can have no more than they together.
_ROOM = f"""
SELECT u.name_vi, u.name_en, counted.people, out.now, out.ever
FROM unit u
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.workers), 0)::int AS people
    FROM unit below JOIN headcount_cell c ON c.unit_id = below.id
    WHERE below.path >= u.path AND below.path < u.path || '~'
      AND c.day = (SELECT max(day) FROM headcount_cell h WHERE h.unit_id = below.id)
) counted
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE WHEN b.revoked_at IS NULL THEN b.amount ELSE ({_SPENT}) END), 0)::int AS now,
           coalesce(sum(b.amount), 0)::int AS ever
    FROM slip_batch b JOIN unit below ON below.id = b.unit_id
    WHERE b.wave_id = $1 AND below.path >= u.path AND below.path < u.path || '~'
) out
WHERE u.path = $2
   OR u.path = ANY ($3::text[]) AND EXISTS (SELECT FROM slip_batch o WHERE o.wave_id = $1 AND o.unit_id = u.id)
ORDER BY u.path DESC
"""


async def _require_room(wave_id: UUID, path: str, amount: int) -> None:
    for row in await db.rows(_ROOM, wave_id, path, parents(path)):
        most = SLIPS_PER_PERSON * row["people"]
        left = max(0, min(most - row["now"], MOST_PRINTINGS * most - row["ever"]))
        if not most:
            raise SurveyUnitNotCounted(name_vi=row["name_vi"], name_en=row["name_en"])
        if amount > left:
            raise TooManySlips(left=left, people=row["people"], name_vi=row["name_vi"], name_en=row["name_en"])


async def _store(batch: SlipBatch, way: SlipWay, codes: list[str]) -> None:
    await db.execute(
        "INSERT INTO slip_batch (id, wave_id, unit_id, amount, made_at, way) VALUES ($1, $2, $3, $4, $5, $6)",
        batch.id,
        batch.wave_id,
        batch.unit_id,
        batch.amount,
        batch.made_at,
        way,
    )
    # In the order of the hashes: where a row lies does not tell which sheet of the pile it was on.
    await db.execute(
        "INSERT INTO slip (hash, batch_id) SELECT hash, $1 FROM unnest($2::bytea[]) AS made (hash)",
        batch.id,
        sorted(slip_hash(code) for code in codes),
    )


async def _revoke(caller: Caller, batch_id: UUID) -> SlipBatch:
    found = await db.row(
        """
        SELECT b.id, b.wave_id, b.unit_id, b.amount, b.made_at, b.revoked_at, u.path, w.state
        FROM slip_batch b JOIN wave w ON w.id = b.wave_id LEFT JOIN unit u ON u.id = b.unit_id
        WHERE b.id = $1 FOR UPDATE OF b
        """,
        batch_id,
    )
    if found is None or found["path"] is None:
        raise NotFound("slip batch", batch_id)
    caller.require("contributor", found["path"])
    if found["state"] in ("closed", "cancelled"):
        raise SurveyWaveOver()
    revoked_at = found["revoked_at"] or now()
    if found["revoked_at"] is None:
        await db.execute("UPDATE slip_batch SET revoked_at = $2 WHERE id = $1", batch_id, revoked_at)
        voided = {"batch_id": batch_id, "unit_id": found["unit_id"], "amount": found["amount"]}
        await tell_of_wave(caller, "slips.voided", found["wave_id"], before=voided)
    return SlipBatch(found["id"], found["wave_id"], found["unit_id"], found["amount"], found["made_at"], revoked_at)


async def _is_spent(wave_id: UUID, token: bytes) -> bool:
    return await db.value("SELECT EXISTS (SELECT FROM spent_key WHERE wave_id = $1 AND token = $2)", wave_id, token)
