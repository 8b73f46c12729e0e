"""What lets a filled form in, once: its own random key at an open link, else a slip or a credential.

What was let in is remembered as a token: a hash that differs from wave to wave, of which a wave takes one answer.
"""

import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from kit.errors import InvalidInput
from survey.collection.credentials.service import find_credential
from survey.collection.service import Collection
from survey.collection.slips.service import find_slip

_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")


@dataclass(frozen=True, slots=True)
class Proof:
    """What comes with a filled form to show that it may be counted.

    `submission_key`: 22 to 64 random characters that stand for this form alone, so that sending it again is recognised.
    `slip`: the code of a slip as somebody typed it. `credential`: a blind-signed one, in base64url.
    """

    submission_key: str
    slip: str | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """A form that may be counted: the token it spends (32 bytes), its key's hash, and its group; None: not known.

    At an open link the token is the key's hash, and the group that of the link. A slip has the group of the unit that
    gave it out, a credential that of the key which signed it.
    """

    token: bytes
    key_hash: bytes
    response_group_id: UUID | None


async def admit(collection: Collection, proof: Proof) -> Admission:
    """Say what a filled form spends. Nothing is spent yet; only what the collector asks for is looked at.

    Raises InvalidInput for a key we can't take, and NotAdmitted for a slip or credential that lets nobody in.
    """
    if not _KEY.fullmatch(proof.submission_key):
        raise InvalidInput(
            "submissionKey", "phải là 22–64 ký tự A–Z, a–z, 0–9, _ hoặc -", "takes 22–64 of A–Z a–z 0–9 _ -"
        )
    hashed = key_hash(collection.wave_id, proof.submission_key)
    if collection.kind == "open_link":
        return Admission(hashed, hashed, collection.response_group_id)
    if collection.kind == "credential":
        shown = await find_credential(collection.wave_id, proof.credential)
    else:
        shown = await find_slip(collection.wave_id, proof.slip)
    return Admission(shown.token, hashed, shown.response_group_id)


def key_hash(wave_id: UUID, key: str) -> bytes:
    """Return what is kept of a submission key: a hash that differs from wave to wave."""
    return hashlib.sha256(wave_id.bytes + key.encode()).digest()
