"""One signing key for each wave and response group, published; its private half is sealed with a secret kept elsewhere.

A second key for a group could tell one member from the others, so the table takes only one, and everybody can see it.
"""

import asyncio
import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from kit import db
from kit.errors import DomainError
from kit.identity import SYSTEM
from survey import settings
from survey.audit.service import tell_of_wave
from survey.collection.credentials.signing import SigningKey, decoded, encoded

KEY_ID_LENGTH = 8
# A key takes a tenth of a second: so many are made ahead in one run of the job, the rest when they are asked for.
MOST_AHEAD = 200
_NONCE_LENGTH = 12

_KEY = """
SELECT k.wave_id, k.key_id, k.response_group_id, g.name_vi AS group_vi, g.name_en AS group_en, k.public_key
FROM credential_key k LEFT JOIN response_group g ON g.id = k.response_group_id
"""


class CredentialsNotConfigured(DomainError):
    """This installation has no secret with which credential keys could be sealed, so no wave gives credentials."""

    code = "CREDENTIALS_NOT_CONFIGURED"
    vi = "Hệ thống chưa được cấu hình để cấp quyền trả lời."
    en = "This installation is not set up to give credentials."


@dataclass(frozen=True, slots=True)
class CredentialKey:
    """The published half of a wave's key for one of its groups; no group: for those of no particular one."""

    wave_id: UUID
    key_id: bytes
    response_group_id: UUID | None
    group_vi: str | None
    group_en: str | None
    public_key: bytes

    @property
    def numbers(self) -> rsa.RSAPublicNumbers:
        """The modulus and the exponent."""
        return read_key(self.public_key).public_numbers()


async def key_of_group(wave_id: UUID, group_id: UUID | None) -> CredentialKey:
    """Return a group's key, made now if there is none. Raises CredentialsNotConfigured."""
    found = await published_key(wave_id, group_id)
    if found is None:
        await _add(wave_id, group_id, await asyncio.to_thread(SigningKey.new))
        # Somebody else's, if it was faster.
        found = await published_key(wave_id, group_id)
    assert found is not None
    return found


async def find_key(wave_id: UUID, key_id: bytes) -> CredentialKey | None:
    """Return a wave's key by its id: the first eight bytes of the SHA-256 of its public half."""
    found = await db.row(f"{_KEY} WHERE k.wave_id = $1 AND k.key_id = $2", wave_id, key_id)
    return CredentialKey(**found) if found else None


async def signing_key(key: CredentialKey) -> SigningKey | None:
    """Return the private half; None once the wave is over."""
    sealed = await db.value(
        "SELECT sealed_private_key FROM credential_key WHERE wave_id = $1 AND key_id = $2", key.wave_id, key.key_id
    )
    if sealed is None:
        return None
    opened = _sealer().decrypt(sealed[:_NONCE_LENGTH], sealed[_NONCE_LENGTH:], _bound_to(key.wave_id, key.key_id))
    # Checked when it was made, and sealed since: checking again takes longer than signing.
    private = load_der_private_key(opened, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(private, rsa.RSAPrivateKey)
    return SigningKey(private.private_numbers())


async def published_keys(wave_id: UUID, limit: int, after: bytes | None) -> Sequence[CredentialKey]:
    """Return the keys of a wave by their ids: the same for everybody."""
    found = await db.rows(
        f"{_KEY} WHERE k.wave_id = $1 AND ($3::bytea IS NULL OR k.key_id > $3) ORDER BY k.key_id LIMIT $2",
        wave_id,
        limit,
        after,
    )
    return [CredentialKey(**row) for row in found]


async def published_key(wave_id: UUID, group_id: UUID | None) -> CredentialKey | None:
    """Return a group's key as anybody may see it, None when none was made yet."""
    found = await db.row(
        f"{_KEY} WHERE k.wave_id = $1 AND k.response_group_id IS NOT DISTINCT FROM $2::uuid", wave_id, group_id
    )
    return CredentialKey(**found) if found else None


async def make_keys_ahead() -> int:
    """Make keys for groups of open waves that give credentials and lack some, the largest groups first.

    Returns how many were made, at most 200 at a time. Where credentials are not configured nothing is made.
    """
    if not settings.current().credential_secret.get_secret_value():
        return 0
    lacking = await db.rows(
        """
        SELECT w.id AS wave_id, g.id AS group_id
        FROM wave w JOIN collector c ON c.wave_id = w.id AND c.kind = 'credential'
        JOIN response_group g ON g.wave_id = w.id
        WHERE w.state = 'open' AND NOT EXISTS (
            SELECT FROM credential_key k WHERE k.wave_id = w.id AND k.response_group_id = g.id)
        ORDER BY g.people DESC LIMIT $1
        """,
        MOST_AHEAD,
    )
    for row in lacking:
        await key_of_group(row["wave_id"], row["group_id"])
    # Of a key that is made because somebody asks nothing is told: its moment would be that of the asking. All keys are
    # public anyhow.
    for wave_id, keys in Counter(row["wave_id"] for row in lacking).items():
        await tell_of_wave(SYSTEM, "credential_keys.made", wave_id, after={"keys": keys})
    return len(lacking)


async def forget_private_keys() -> None:
    """Delete the private halves of waves that are over, and who was given a credential in them."""
    over = "SELECT id FROM wave WHERE state IN ('closed', 'cancelled')"
    async with db.transaction():
        await db.execute(f"DELETE FROM credential_issue WHERE wave_id IN ({over})")
        await db.execute(
            "UPDATE credential_key SET sealed_private_key = NULL"
            f" WHERE sealed_private_key IS NOT NULL AND wave_id IN ({over})"
        )


def subject_hash(wave_id: UUID, subject: str) -> bytes:
    """Return what is kept of a member who was given a credential: a hash that only this service can make.

    It differs from wave to wave. Raises CredentialsNotConfigured.
    """
    return hmac.digest(_derived("loa survey credential subjects"), wave_id.bytes + subject.encode(), "sha256")


@lru_cache(1_000)
def read_key(der: bytes) -> rsa.RSAPublicKey:
    """Return a public key of its DER form, read once."""
    return decoded(der)


async def _add(wave_id: UUID, group_id: UUID | None, key: SigningKey) -> None:
    public = encoded(key.public_key)
    key_id = hashlib.sha256(public).digest()[:KEY_ID_LENGTH]
    private = key.numbers.private_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    nonce = os.urandom(_NONCE_LENGTH)
    await db.execute(
        """
        INSERT INTO credential_key (wave_id, key_id, response_group_id, public_key, sealed_private_key)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT credential_key_one_per_group DO NOTHING
        """,
        wave_id,
        key_id,
        group_id,
        public,
        nonce + _sealer().encrypt(nonce, private, _bound_to(wave_id, key_id)),
    )


def _bound_to(wave_id: UUID, key_id: bytes) -> bytes:
    # A sealed key that was copied to another row does not open there.
    return wave_id.bytes + key_id


@cache
def _sealer() -> AESGCM:
    return AESGCM(_derived("loa survey credential keys"))


@cache
def _derived(purpose: str) -> bytes:
    secret = settings.current().credential_secret.get_secret_value()
    if not secret:
        raise CredentialsNotConfigured()
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
