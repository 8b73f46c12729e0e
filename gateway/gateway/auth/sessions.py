"""Browser sessions: a random id in the browser's cookie, what it stands for in Valkey under the id's hash."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.auth.cache import ExpiringCache
from gateway.auth.errors import IdentityUnavailable

ID_BYTES = 32
IDS = re.compile(r"[A-Za-z0-9_-]{43}")
KEPT_SECONDS = 5.0
"""A session that another replica ended is known here for this long at most."""
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in, the name for a page's header, and when (seconds since 1970)."""

    subject: str
    name: str
    started_at: float


class Sessions:
    """Starts, finds and ends sessions; IdentityUnavailable while Valkey can't be reached."""

    def __init__(self, redis: Redis, *, idle: float, longest: float, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._idle = idle
        self._longest = longest
        self._clock = clock
        self._kept: ExpiringCache[str, Session] = ExpiringCache(MOST_KEPT, clock)

    async def start(self, subject: str, name: str) -> str:
        """Return the id of a new session."""
        session_id = secrets.token_urlsafe(ID_BYTES)
        session = Session(subject=subject, name=name, started_at=self._clock())
        async with _reachable():
            await self._redis.set(_key(session_id), orjson.dumps(asdict(session)), ex=self._lifetime(session))
        return session_id

    async def find(self, session_id: str) -> Session | None:
        """Return the session, which is thereby not idle; None when it is over or never was."""
        if not IDS.fullmatch(session_id):
            return None
        key = _key(session_id)
        if (kept := self._kept.get(key)) is not None:
            return kept
        async with _reachable():
            stored = await self._redis.get(key)
            if stored is None:
                return None
            session = Session(**orjson.loads(stored))
            if (lifetime := self._lifetime(session)) <= 0:
                return None
            await self._redis.expire(key, lifetime)
        self._kept.put(key, session, self._clock() + min(KEPT_SECONDS, lifetime))
        return session

    async def end(self, session_id: str) -> None:
        key = _key(session_id)
        self._kept.forget(key)
        async with _reachable():
            await self._redis.delete(key)

    def _lifetime(self, session: Session) -> int:
        return int(min(self._idle, session.started_at + self._longest - self._clock()))


def _key(session_id: str) -> str:
    # Whoever reads the store learns no id that a browser could use.
    return "loa:session:" + hashlib.sha256(session_id.encode()).hexdigest()


@asynccontextmanager
async def _reachable() -> AsyncGenerator[None]:
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise IdentityUnavailable() from error
