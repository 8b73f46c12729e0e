"""Authorization codes: each is good once, for a minute, and for the client, address and verifier it was made for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

CODE_SECONDS = 60.0
MOST_CODES = 1_000
CHALLENGES = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIERS = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    subject: str
    name: str
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None


class Codes:
    """Codes under way, in this process's memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._grants: dict[str, tuple[float, Grant]] = {}

    def issue(self, grant: Grant) -> str:
        code = secrets.token_urlsafe(32)
        self._grants[code] = (self._clock() + CODE_SECONDS, grant)
        if len(self._grants) > MOST_CODES:
            del self._grants[next(iter(self._grants))]
        return code

    def redeem(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> Grant | None:
        """Return what the code stands for; None, and the code is spent, when anything about it is wrong."""
        until, grant = self._grants.pop(code, (0.0, None))
        if grant is None or until <= self._clock():
            return None
        fits = grant.client_id == client_id and grant.redirect_uri == redirect_uri
        return grant if fits and _proves(verifier, grant.challenge) else None


def _proves(verifier: str, challenge: str) -> bool:
    if not VERIFIERS.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)
