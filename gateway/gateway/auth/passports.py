"""Exchanges a subject at org for a passport, and remembers it for as long as a changed grant may go unnoticed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from gateway.auth.cache import ExpiringCache
from gateway.auth.errors import IdentityUnavailable
from gateway.auth.provider import bounded_request
from gateway.auth.settings import AuthSettings

KEPT_SECONDS = 60.0
SPARE_SECONDS = 5.0
"""A passport is not handed out in its last seconds: it has a way to go."""
MOST_KEPT = 20_000


class Passport(BaseModel):
    """org's answer; `expires_at` in seconds since 1970."""

    passport: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class OrgPassports:
    """Asks org for a passport: `POST /internal/passport`."""

    settings: AuthSettings
    client: httpx.AsyncClient

    async def __call__(self, subject: str) -> Passport:
        status, body = await bounded_request(
            self.client,
            "POST",
            f"{self.settings.org_url.rstrip('/')}/internal/passport",
            content=orjson.dumps({"subject": subject}),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.settings.internal_key.get_secret_value()}",
            },
        )
        if status != 200:
            raise IdentityUnavailable()
        try:
            return Passport.model_validate_json(body)
        except ValidationError as error:
            raise IdentityUnavailable() from error


class Passports:
    """Passports by subject: one question to org at a time for each, each kept at most a minute."""

    def __init__(self, ask: Callable[[str], Awaitable[Passport]], clock: Callable[[], float] = time.time) -> None:
        self._ask = ask
        self._clock = clock
        self._kept: ExpiringCache[str, str] = ExpiringCache(MOST_KEPT, clock)
        self._asked: dict[str, asyncio.Task[str]] = {}

    async def of(self, subject: str) -> str:
        """Return the subject's passport; IdentityUnavailable when org doesn't answer."""
        if (kept := self._kept.get(subject)) is not None:
            return kept
        question = self._asked.get(subject)
        if question is None:
            question = self._asked[subject] = asyncio.create_task(self._exchange(subject))
            question.add_done_callback(lambda task: self._answered(subject, task))
        # A caller who hangs up must not take the answer away from the others who wait for it.
        return await asyncio.shield(question)

    def forget(self, subject: str) -> None:
        """The subject's grants changed: an answer under way may be older than the change, so it isn't kept either."""
        self._kept.forget(subject)
        self._asked.pop(subject, None)

    def forget_all(self) -> None:
        self._kept.clear()
        self._asked.clear()

    async def _exchange(self, subject: str) -> str:
        answer = await self._ask(subject)
        if self._asked.get(subject) is asyncio.current_task():
            until = min(self._clock() + KEPT_SECONDS, answer.expires_at - SPARE_SECONDS)
            self._kept.put(subject, answer.passport, until)
        return answer.passport

    def _answered(self, subject: str, question: asyncio.Task[str]) -> None:
        if self._asked.get(subject) is question:
            del self._asked[subject]
        if not question.cancelled():
            question.exception()  # Seen: whoever waits gets it, and if nobody waits any more it is no news.
