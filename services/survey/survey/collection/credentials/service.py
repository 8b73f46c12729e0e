"""A member fetches one credential a wave; whoever shows it later lets one form in, and can't be told from the others.

Kept of a member is a keyed hash and what he had signed, so that a reply that was lost can be asked for again; kept of a
spent credential is its token. The two have nothing in common: the credential was never seen before it was spent.
"""

import base64
import binascii
import hashlib
import logging
from dataclasses import dataclass
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput, NotFound
from kit.identity import Caller
from survey.calendar import now
from survey.collection.credentials import keys
from survey.collection.credentials.keys import KEY_ID_LENGTH, CredentialKey
from survey.collection.credentials.signing import KEY_BITS, PREFIX_LENGTH, NotBlinded, is_signed
from survey.collection.groups import group_of_unit
from survey.collection.refusals import CredentialInvalid, CredentialMissing

log = logging.getLogger("survey.credentials")

SIGNATURE_LENGTH = KEY_BITS // 8
CREDENTIAL_LENGTH = KEY_ID_LENGTH + PREFIX_LENGTH + SIGNATURE_LENGTH
"""A credential's bytes: its key's id, the random prefix of its message, the signature."""
_LONGEST_WRITTEN = 4 * CREDENTIAL_LENGTH


class SurveyNotYours(DomainError):
    """The wave does not ask the caller: no unit of his is in it."""

    code = "SURVEY_NOT_YOURS"
    vi = "Đợt khảo sát này không hỏi đơn vị của anh/chị."
    en = "This survey does not ask your unit."


class CredentialsNotGiven(DomainError):
    """The wave gives no credentials now: it is not open, or was planned without them."""

    code = "CREDENTIALS_NOT_GIVEN"
    vi = "Đợt khảo sát này hiện không cấp quyền trả lời."
    en = "This survey gives no credentials at this moment."


class CredentialAlreadyIssued(DomainError):
    """The caller was given a credential in this wave, for another blinded message; there is one each."""

    code = "CREDENTIAL_ALREADY_ISSUED"
    vi = (
        "Anh/chị đã nhận quyền trả lời của đợt này rồi, có thể trên một điện thoại hay trình duyệt khác. "
        "Mỗi người chỉ được nhận một lần."
    )
    en = (
        "You have already been given a credential in this survey, perhaps on another phone or browser. "
        "There is one for each person."
    )


class CredentialKeyChanged(DomainError):
    """The message was blinded for a key that is not the caller's: ask for the key again and begin anew."""

    code = "CREDENTIAL_KEY_CHANGED"
    vi = "Khóa của đơn vị anh/chị đã khác. Hãy tải lại trang và thử lại."
    en = "The key of your unit is another one. Please load the page again and try once more."


@dataclass(frozen=True, slots=True)
class Credential:
    """What a shown credential lets in: the token that it spends in its wave, and its group there."""

    token: bytes
    response_group_id: UUID | None


async def own_key(caller: Caller, wave_id: UUID) -> CredentialKey:
    """Return the key for which the caller has to blind his message. Needs somebody whose unit the wave asks.

    Raises NotFound, CredentialsNotGiven, SurveyNotYours, CredentialsNotConfigured.
    """
    caller.require_someone()
    return await keys.key_of_group(wave_id, await _own_group(caller, wave_id))


async def issue(caller: Caller, wave_id: UUID, key_id: bytes, blinded: bytes) -> bytes:
    """Return the blind signature of a blinded message, once for each person and wave.

    For the same message it is given again. Raises what `own_key` does, CredentialKeyChanged, CredentialAlreadyIssued,
    and InvalidInput for bytes that are not blinded for this key.
    """
    caller.require_someone()
    assert caller.subject is not None
    subject = keys.subject_hash(wave_id, caller.subject)
    blinded_hash = hashlib.sha256(blinded).digest()
    key = await _key_of_issue(wave_id, subject, key_id, blinded_hash) or await own_key(caller, wave_id)
    if key.key_id != key_id:
        raise CredentialKeyChanged()
    signature = await _sign(key, blinded)
    # Signed before it is written down: what can't be signed does not use up anybody's turn.
    await db.execute(
        "INSERT INTO credential_issue (wave_id, subject_hash, key_id, blinded_hash) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        wave_id,
        subject,
        key_id,
        blinded_hash,
    )
    if await _key_of_issue(wave_id, subject, key_id, blinded_hash) is None:
        raise CredentialsNotGiven()
    return signature


async def find_credential(wave_id: UUID, written: str | None) -> Credential:
    """Return the credential that came with a form of a wave, as base64url.

    Raises CredentialMissing, CredentialInvalid. Whether it is spent is not looked at: only spending it can tell.
    """
    if not written:
        raise CredentialMissing()
    shown = read_bytes(written)
    if shown is None or len(shown) != CREDENTIAL_LENGTH:
        raise CredentialInvalid()
    key = await keys.find_key(wave_id, shown[:KEY_ID_LENGTH])
    message = shown[KEY_ID_LENGTH : KEY_ID_LENGTH + PREFIX_LENGTH] + message_of(wave_id)
    if key is None or not is_signed(keys.read_key(key.public_key), message, shown[-SIGNATURE_LENGTH:]):
        raise CredentialInvalid()
    return Credential(hashlib.sha256(wave_id.bytes + message).digest(), key.response_group_id)


def message_of(wave_id: UUID) -> bytes:
    """Return what every credential of a wave says; 32 random bytes before it make each one different."""
    return f"loa survey {wave_id}".encode()


def read_bytes(text: str) -> bytes | None:
    """Return the bytes of base64url with or without its padding; None for anything else."""
    if len(text) > _LONGEST_WRITTEN:
        return None
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def written_bytes(value: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


async def _sign(key: CredentialKey, blinded: bytes) -> bytes:
    private = await keys.signing_key(key)
    if private is None:
        raise CredentialsNotGiven()
    try:
        return private.sign(blinded)
    except NotBlinded as error:
        raise InvalidInput(
            "blindedMessage", "không phải thông điệp đã làm mù cho khóa này", "is not a message blinded for this key"
        ) from error


async def _key_of_issue(wave_id: UUID, subject: bytes, key_id: bytes, blinded_hash: bytes) -> CredentialKey | None:
    """Return the key of a credential that was issued before, None when there was none; refuse a second message."""
    issued = await db.row(
        "SELECT key_id, blinded_hash FROM credential_issue WHERE wave_id = $1 AND subject_hash = $2", wave_id, subject
    )
    if issued is None:
        return None
    if (issued["key_id"], issued["blinded_hash"]) != (key_id, blinded_hash):
        raise CredentialAlreadyIssued()
    return await keys.find_key(wave_id, key_id)


async def _own_group(caller: Caller, wave_id: UUID) -> UUID | None:
    wave = await db.row(
        """
        SELECT w.state = 'open' AND w.closes_at > $2 AND EXISTS (
                   SELECT FROM collector c WHERE c.wave_id = w.id AND c.kind = 'credential') AS gives,
               (SELECT f.path FROM frame_unit f WHERE f.wave_id = w.id AND f.unit_id = p.target_unit_id) AS target_path
        FROM wave w JOIN programme p ON p.id = w.programme_id WHERE w.id = $1
        """,
        wave_id,
        now(),
    )
    if wave is None:
        raise NotFound("survey wave", wave_id)
    if not wave["gives"] or wave["target_path"] is None:
        raise CredentialsNotGiven()
    unit_id = await _own_unit(caller, wave_id, wave["target_path"])
    if unit_id is None:
        raise SurveyNotYours()
    return await group_of_unit(wave_id, unit_id)


async def _own_unit(caller: Caller, wave_id: UUID, target_path: str) -> UUID | None:
    """Return the unit in a wave's frame to which somebody belongs: where he is a worker, or else holds another role.

    Of several the lowest, and of these the first by path, so that the answer is always the same.
    """
    roles = {UUID(grant.unit_id): grant.role for grant in caller.grants if grant.unit_id}
    workers = [UUID(grant.unit_id) for grant in caller.grants if grant.unit_id and grant.role == "worker"]
    return await db.value(
        """
        SELECT unit_id FROM frame_unit WHERE wave_id = $1 AND unit_id = ANY ($2::uuid[]) AND starts_with(path, $3)
        ORDER BY unit_id = ANY ($4::uuid[]) DESC, length(path) DESC, path LIMIT 1
        """,
        wave_id,
        list(roles),
        target_path,
        workers,
    )
