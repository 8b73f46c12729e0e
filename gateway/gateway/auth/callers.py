"""Answers the gateway's one question about a request: whose passport goes with it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Self

import httpx
from redis.asyncio import Redis
from starlette.requests import Request

from gateway.auth.cache import ExpiringCache
from gateway.auth.credentials import Credentials, credentials_of, language_of, require_same_origin
from gateway.auth.errors import AuthError, IdentityUnavailable, SessionExpired
from gateway.auth.grant_changes import follow_grant_changes
from gateway.auth.keys import SigningKeys
from gateway.auth.login import Logins
from gateway.auth.passports import OrgPassports, Passports
from gateway.auth.provider import TIMEOUT, Provider, trust
from gateway.auth.sessions import Sessions
from gateway.auth.settings import AuthSettings
from gateway.auth.tokens import TokenVerifier

VERIFIED_SECONDS = 60.0
"""How long a verified token isn't verified again: a key that the provider withdraws is noticed after this time."""
MOST_VERIFIED = 20_000


@dataclass(frozen=True, slots=True)
class Person:
    """Who a request's credentials stand for; the name is for a page's header and may be empty."""

    subject: str
    name: str


class Callers:
    """Holds what identity needs in one process: keys, passports, sessions, and who listens to changed grants.

    `async with Callers(settings) as callers:` for the life of the application.
    """

    def __init__(self, settings: AuthSettings | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings = settings or AuthSettings()
        self._clock = clock
        self._http = httpx.AsyncClient(verify=trust(settings), timeout=TIMEOUT, trust_env=False)
        self._redis = (
            Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)
            if settings.redis_url
            else None
        )
        self._listening: asyncio.Task[None] | None = None
        self._verified: ExpiringCache[bytes, Person] = ExpiringCache(MOST_VERIFIED, clock)
        self._provider = Provider(settings, self._http)
        self._keys = SigningKeys(self._provider.signing_keys)
        self._access_tokens = TokenVerifier(self._keys, settings.issuer, settings.oidc_audience)
        self._passports = Passports(OrgPassports(settings, self._http), clock)
        self._sessions = (
            Sessions(
                self._redis, idle=settings.session_idle_minutes * 60, longest=settings.session_hours * 3600, clock=clock
            )
            if self._redis
            else None
        )
        id_tokens = TokenVerifier(self._keys, settings.issuer, settings.oidc_client_id)
        self.logins = Logins(settings, self._provider, id_tokens, self._access_tokens)

    async def __aenter__(self) -> Self:
        if self._redis is not None:
            self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._http.aclose)
            if self._redis is not None:
                stack.push_async_callback(self._redis.aclose)

    @property
    def sessions(self) -> Sessions:
        """The browser sessions; IdentityUnavailable when this gateway has no store for them."""
        if self._sessions is None:
            raise IdentityUnavailable()
        return self._sessions

    async def passport_for(self, request: Request) -> str | None:
        """Return the passport to send to the subgraphs, None for a caller who doesn't say who they are.

        Raises an AuthError in the caller's language: credentials that are shown and bad never make an anonymous caller.
        """
        return await self.passport_of(request, request.method)

    async def passport_of(self, request: Request, method: str) -> str | None:
        """The same for a request that asks on behalf of another one, made with that method."""
        try:
            person = await self.person_of(request, method)
            return await self._passports.of(person.subject) if person else None
        except AuthError as error:
            raise type(error)(language_of(request.headers)) from error

    async def person_of(self, request: Request, method: str) -> Person | None:
        """Return whom the request's credentials stand for, None when it has none."""
        credentials = credentials_of(request, self.settings)
        if credentials.session_id is not None:
            require_same_origin(request.headers, method, self.settings)
        return await self._person(credentials)

    async def _person(self, credentials: Credentials) -> Person | None:
        if credentials.bearer is not None:
            return await self._bearer(credentials.bearer)
        if credentials.session_id is not None:
            return await self._signed_in(credentials.session_id)
        return None

    async def _bearer(self, token: str) -> Person:
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        if (known := self._verified.get(digest)) is not None:
            return known
        claims = await self._access_tokens.verify(token)
        name = claims.get("name")
        person = Person(subject=claims["sub"], name=name[:200] if isinstance(name, str) else "")
        self._verified.put(digest, person, min(self._clock() + VERIFIED_SECONDS, float(claims["exp"])))
        return person

    async def _signed_in(self, session_id: str) -> Person:
        session = await self.sessions.find(session_id)
        if session is None:
            raise SessionExpired()
        return Person(subject=session.subject, name=session.name)

    async def _listen(self) -> None:
        # A connection of its own: it waits longer for an event than anybody waits for a session.
        async with Redis.from_url(self.settings.redis_url, socket_timeout=10, socket_connect_timeout=2) as redis:
            await follow_grant_changes(redis, self._passports)
