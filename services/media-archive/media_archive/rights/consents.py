"""Consents of the people who are shown: given for a scope and a time, proved, withdrawn, settled, erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from kit import db
from kit.calendar import today
from kit.db import Record
from kit.errors import DomainError, InvalidInput, NotFound, none_of
from kit.graphql import Window
from kit.identity import SYSTEM, Caller
from media_archive.audit.service import tell_of_asset
from media_archive.rights.hiding import settle_hidden
from media_archive.rights.holding import asset_of_editor, held_asset
from media_archive.rights.reach import SCOPES, require_no_grants, require_wide_enough
from media_archive.rights.reused import units_that_reused
from media_archive.rights.service import checked_line

COLUMNS = """id, number, asset_id, person, account, is_minor, guardian, scope, named_use, given_on, until, proof_id,
    recorded_at, withdrawn_at, settled_at, settled_why, erased_at"""
_LONGEST_NAME = 200
_LONGEST_TEXT = 500
_MOST_OF_AN_ASSET = 500


class GuardianRequired(DomainError):
    """For somebody below 18 a parent or guardian agrees."""

    code = "GUARDIAN_REQUIRED"
    vi = "Người dưới 18 tuổi cần cha, mẹ hoặc người giám hộ đồng ý."
    en = "For somebody below 18, a parent or guardian must agree."


class ConsentProofNotPrivate(DomainError):
    """A proof names people, so it is kept as a private material."""

    code = "CONSENT_PROOF_NOT_PRIVATE"
    vi = "Bằng chứng đồng ý phải là một tài liệu ở chế độ riêng tư."
    en = "The proof of a consent must be a material that is private."


class TooManyConsents(DomainError):
    """An asset has as many consents as it can have."""

    code = "TOO_MANY_CONSENTS"
    vi = "Một tài liệu có nhiều nhất {most} bản đồng ý."
    en = "A material has at most {most} consents."
    extra = {"most": int}


@dataclass(frozen=True, slots=True)
class NewConsent:
    """What somebody agreed to. `until` is the first day on which it no longer holds."""

    asset_id: UUID
    person: str
    scope: str
    given_on: date
    account: str | None = None
    is_minor: bool = False
    guardian: str | None = None
    named_use: str = ""
    until: date | None = None
    proof_id: UUID | None = None
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A consent that was withdrawn, and which units had reused the asset or may see it by a grant."""

    consent: Record
    reused_by: list[UUID]


async def record_consent(caller: Caller, new: NewConsent) -> Record:
    """Write down a consent, in the place of an older one if it `replaces` that; needs an editor of the asset's unit.

    GuardianRequired, ConsentProofNotPrivate, ConsentDoesNotReach when the asset is shown or granted
    further than this, TooManyConsents. One that has ended already hides the asset.
    """
    async with db.transaction():
        held = await held_asset(caller, new.asset_id)
        said = _checked(new)
        await require_wide_enough(said.scope, held["visibility"])
        await require_no_grants(said.asset_id, said.scope)
        if said.proof_id is not None:
            await _check_proof(caller, said.proof_id)
        if await db.value("SELECT count(*) FROM consent WHERE asset_id = $1", new.asset_id) >= _MOST_OF_AN_ASSET:
            raise TooManyConsents(most=_MOST_OF_AN_ASSET)
        if said.replaces is not None:
            await _settle(await _consent_of(said.asset_id, said.replaces), "replaced")
        consent_id = await _insert(said)
        told = {"consent": str(consent_id), "scope": said.scope, "until": said.until, "is_minor": said.is_minor}
        await tell_of_asset(caller, "consent.recorded", said.asset_id, None, told)
        await settle_hidden(caller, [said.asset_id])
        return await _consent(consent_id)


def _checked(new: NewConsent) -> NewConsent:
    if new.scope not in SCOPES:
        raise none_of("scope", SCOPES)
    guardian = checked_line("guardian", new.guardian or "", _LONGEST_NAME) or None
    if new.is_minor and guardian is None:
        raise GuardianRequired()
    if new.until is not None and new.until <= new.given_on:
        raise InvalidInput("until", "phải sau ngày đồng ý", "must come after the day of the consent")
    if new.given_on > today():
        raise InvalidInput("given_on", "ngày chưa đến", "is in the future")
    return NewConsent(
        asset_id=new.asset_id,
        person=checked_line("person", new.person, _LONGEST_NAME, least=1),
        scope=new.scope,
        given_on=new.given_on,
        account=checked_line("account", new.account or "", _LONGEST_NAME) or None,
        is_minor=new.is_minor,
        guardian=guardian,
        named_use=checked_line("named_use", new.named_use, _LONGEST_TEXT, least=1) if new.scope == "named" else "",
        until=new.until,
        proof_id=new.proof_id,
        replaces=new.replaces,
    )


async def _check_proof(caller: Caller, proof_id: UUID) -> None:
    proof = await held_asset(caller, proof_id)
    if proof["visibility"] != "private":
        raise ConsentProofNotPrivate()


async def _insert(said: NewConsent) -> UUID:
    consent_id = uuid4()
    await db.execute(
        """INSERT INTO consent (id, asset_id, person, account, is_minor, guardian, scope, named_use, given_on, until,
                                proof_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        consent_id,
        said.asset_id,
        said.person,
        said.account,
        said.is_minor,
        said.guardian,
        said.scope,
        said.named_use,
        said.given_on,
        said.until,
        said.proof_id,
    )
    return consent_id


async def withdraw_consent(caller: Caller, consent_id: UUID) -> Withdrawal:
    """Take a consent back: the asset is hidden in the same transaction.

    The person whose account it names may, and editors of the asset's unit. A second time changes nothing.
    """
    async with db.transaction():
        consent = await _held_consent(caller, consent_id, own=True)
        if consent["withdrawn_at"] is None:
            await db.execute("UPDATE consent SET withdrawn_at = now() WHERE id = $1", consent_id)
            await tell_of_asset(caller, "consent.withdrawn", consent["asset_id"], None, {"consent": str(consent_id)})
            await settle_hidden(caller, [consent["asset_id"]])
        return Withdrawal(await _consent(consent_id), await units_that_reused(consent["asset_id"]))


async def settle_consent(caller: Caller, consent_id: UUID, why: str) -> Record:
    """Say why a consent is needed no more, such as that the person is no longer shown; needs an editor.

    An asset that was hidden only for its sake is shown again.
    """
    async with db.transaction():
        consent = await _held_consent(caller, consent_id)
        await _settle(consent, checked_line("why", why, _LONGEST_TEXT, least=1))
        await tell_of_asset(caller, "consent.settled", consent["asset_id"], None, {"consent": str(consent_id)})
        await settle_hidden(caller, [consent["asset_id"]])
        return await _consent(consent_id)


async def erase_consent(caller: Caller, consent_id: UUID) -> Record:
    """Erase who agreed; needs an editor. Nobody can show any more that somebody did, so it is withdrawn, too."""
    async with db.transaction():
        consent = await _held_consent(caller, consent_id)
        await db.execute(ERASE.format(condition="id = $1"), consent_id)
        await tell_of_asset(caller, "consent.erased", consent["asset_id"], None, {"consent": str(consent_id)})
        await settle_hidden(caller, [consent["asset_id"]])
        return await _consent(consent_id)


ERASE = """
UPDATE consent SET person = NULL, guardian = NULL, account = NULL,
    named_use = CASE scope WHEN 'named' THEN '…' ELSE '' END,
    settled_why = CASE WHEN settled_at IS NOT NULL THEN '…' END,
    withdrawn_at = coalesce(withdrawn_at, now()), erased_at = coalesce(erased_at, now())
WHERE {condition} RETURNING asset_id
"""
"""Forgets who agreed: free texts may name the person, too."""


async def forget_account(told: Mapping[str, str]) -> None:
    """Erase the consents of an account that org's event `account.forgotten` tells of, by its salted hash."""
    erased = await db.rows(
        ERASE.format(condition="encode(sha256(convert_to($1 || account, 'UTF8')), 'hex') = $2"),
        told["salt"],
        told["hash"],
    )
    assets = sorted({row["asset_id"] for row in erased})
    for asset_id in assets:
        await tell_of_asset(SYSTEM, "consent.erased", asset_id)
    await settle_hidden(SYSTEM, assets)


async def consents_of(caller: Caller, asset_id: UUID, window: Window) -> list[Record]:
    """Return up to `window.limit` consents of an asset in the order in which they were recorded; needs an editor."""
    await asset_of_editor(caller, asset_id)
    return await db.rows(
        f"SELECT {COLUMNS} FROM consent WHERE asset_id = $1 AND number > $3 ORDER BY number LIMIT $2",
        asset_id,
        window.limit,
        window.after[0] if window.after else 0,
    )


async def consents_by(caller: Caller, window: Window) -> list[Record]:
    """Return up to `window.limit` consents that name the caller's account, the newest first."""
    caller.require_someone()
    return await db.rows(
        f"""SELECT {COLUMNS} FROM consent WHERE account = $1 AND ($3::bigint IS NULL OR number < $3)
            ORDER BY number DESC LIMIT $2""",
        caller.subject,
        window.limit,
        window.after[0] if window.after else None,
    )


async def _settle(consent: Record, why: str) -> None:
    await db.execute(
        "UPDATE consent SET settled_at = coalesce(settled_at, now()), settled_why = $2 WHERE id = $1",
        consent["id"],
        why,
    )


async def _consent(consent_id: UUID) -> Record:
    found = await db.row(f"SELECT {COLUMNS} FROM consent WHERE id = $1", consent_id)
    if found is None:
        raise NotFound("consent", consent_id)
    return found


async def _consent_of(asset_id: UUID, consent_id: UUID) -> Record:
    found = await _consent(consent_id)
    if found["asset_id"] != asset_id:
        raise NotFound("consent", consent_id)
    return found


async def _held_consent(caller: Caller, consent_id: UUID, *, own: bool = False) -> Record:
    """Lock a consent's asset and return the consent; strangers are told NotFound, as they are of the asset."""
    caller.require_someone()
    consent = await _consent(consent_id)
    if own and consent["account"] == caller.subject:
        await db.execute("SELECT FROM asset WHERE id = $1 FOR UPDATE", consent["asset_id"])
        return await _consent(consent_id)
    try:
        await held_asset(caller, consent["asset_id"])
    except NotFound as error:
        raise NotFound("consent", consent_id) from error
    # Again: what another transaction did to it while the lock was waited for.
    return await _consent(consent_id)
