"""The identity provider's signing keys, fetched again when it has rotated them, never as often as a stranger likes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.auth.errors import IdentityUnavailable

log = logging.getLogger("gateway.auth")

ALGORITHMS = ("RS256", "ES256", "EdDSA")
SHORTEST_RSA_KEY = 2048
MOST_KEYS = 32

FRESH_SECONDS = 600.0
"""Keys are fetched again after this time even if all are known, so that a withdrawn key is noticed."""
USABLE_SECONDS = 24 * 3600.0
"""How long keys are trusted while the provider doesn't answer."""
REFETCH_SECONDS = 10.0
"""Strangers send unknown key ids at will: at most one fetch in this time."""
FIRST_FETCH_SECONDS = 1.0
"""The same while there are no keys at all, at start-up."""


class SigningKeys:
    """Finds the public key of a key id in the provider's JWKS (RFC 7517)."""

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._attempted_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        """Return the key, or None when the provider has no such key.

        Raises IdentityUnavailable when there are no keys to judge by.
        """
        if self._age() < FRESH_SECONDS and (key := self._lookup(kid)):
            return key
        await self._refresh()
        if self._age() >= USABLE_SECONDS:
            raise IdentityUnavailable()
        return self._lookup(kid)

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _lookup(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        async with self._one_at_a_time:
            pause = REFETCH_SECONDS if self._keys else FIRST_FETCH_SECONDS
            if self._clock() - self._attempted_at < pause:
                return
            self._attempted_at = self._clock()
            try:
                self._keys = read_keys(await self._fetch())
            except (IdentityUnavailable, ValueError) as error:
                log.warning("the identity provider's keys could not be fetched: %s", type(error).__name__)
                return
            self._fetched_at = self._clock()


def read_keys(document: bytes) -> dict[str | None, jwt.PyJWK]:
    """Return the usable public keys of a JWKS by key id; ValueError when it is not one.

    Symmetric keys, encryption keys, weak keys and kinds that are not allowed are left out.
    """
    parsed: Any = orjson.loads(document)
    entries: Any = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a key set")  # noqa: TRY004 - a document of the wrong shape, not a wrong argument
    candidates = [key for entry in cast("list[Any]", entries)[:MOST_KEYS] if (key := _read_key(entry))]
    return {key.key_id: key for key in candidates}


def _read_key(entry: object) -> jwt.PyJWK | None:
    if not isinstance(entry, dict):
        return None
    # `alg` may not turn a public key into a shared secret: what a key can do follows from its kind.
    jwk = {name: value for name, value in cast("dict[str, Any]", entry).items() if name != "alg"}
    try:
        key = jwt.PyJWK(jwk)
    except (jwt.PyJWTError, TypeError, ValueError, AttributeError):
        return None
    if key.algorithm_name not in ALGORITHMS or key.public_key_use not in (None, "sig"):
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < SHORTEST_RSA_KEY:
        return None
    return key
