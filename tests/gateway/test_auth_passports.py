"""How long a passport is remembered, and how soon a changed grant is noticed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
import pytest
from auth_world import INTERNAL_KEY, KeyServer, OrgStandIn, bearer, bound_socket, claims_in, serving, url_of
from pydantic import SecretStr
from redis.asyncio import Redis

from gateway.auth import AuthSettings, Callers
from gateway.auth.cache import ExpiringCache
from gateway.auth.errors import IdentityUnavailable
from gateway.auth.passports import Passport, Passports

STREAM = "loa:events:org"


@dataclass
class OrgByHand:
    """Answers at once, or when it is told to."""

    asked: int = 0
    lifetime: float = 300
    now: float = 1000.0
    gate: asyncio.Event | None = None
    is_down: bool = False

    async def __call__(self, subject: str) -> Passport:
        self.asked += 1
        answer = Passport(passport=f"{subject}-{self.asked}", expires_at=self.now + self.lifetime)
        if self.gate is not None:
            await self.gate.wait()
        if self.is_down:
            raise IdentityUnavailable()
        return answer

    def passports(self) -> Passports:
        return Passports(self, clock=lambda: self.now)


async def test_a_passport_is_asked_for_once_in_a_minute() -> None:
    org = OrgByHand()
    passports = org.passports()
    assert await passports.of("lan") == "lan-1"
    org.now += 59
    assert await passports.of("lan") == "lan-1"
    org.now += 2
    assert await passports.of("lan") == "lan-2"


async def test_a_passport_is_not_handed_out_in_its_last_seconds() -> None:
    org = OrgByHand(lifetime=30)
    passports = org.passports()
    await passports.of("lan")
    org.now += 24
    assert await passports.of("lan") == "lan-1"
    org.now += 2
    assert await passports.of("lan") == "lan-2"


async def test_many_at_once_ask_once() -> None:
    org = OrgByHand(gate=asyncio.Event())
    passports = org.passports()
    waiting = [asyncio.create_task(passports.of("lan")) for _ in range(20)]
    await asyncio.sleep(0)
    assert org.gate is not None
    org.gate.set()
    assert await asyncio.gather(*waiting) == ["lan-1"] * 20


async def test_one_who_hangs_up_does_not_spoil_it_for_the_others() -> None:
    org = OrgByHand(gate=asyncio.Event())
    passports = org.passports()
    first, second = asyncio.create_task(passports.of("lan")), asyncio.create_task(passports.of("lan"))
    await asyncio.sleep(0)
    first.cancel()
    assert org.gate is not None
    org.gate.set()
    assert await second == "lan-1"
    assert first.cancelled() or first.cancelling()


async def test_a_failure_is_not_remembered() -> None:
    org = OrgByHand(is_down=True)
    passports = org.passports()
    with pytest.raises(IdentityUnavailable):
        await passports.of("lan")
    org.is_down = False
    assert await passports.of("lan") == "lan-2"


async def test_an_answer_that_is_older_than_the_change_is_not_kept() -> None:
    org = OrgByHand(gate=asyncio.Event())
    passports = org.passports()
    before = asyncio.create_task(passports.of("lan"))
    await asyncio.sleep(0)
    passports.forget("lan")
    after = asyncio.create_task(passports.of("lan"))
    await asyncio.sleep(0)
    assert org.gate is not None
    org.gate.set()
    assert (await before, await after) == ("lan-1", "lan-2")
    assert await passports.of("lan") == "lan-2"


def test_what_is_remembered_is_bounded_and_the_unused_goes_first() -> None:
    now = [0.0]
    cache: ExpiringCache[str, int] = ExpiringCache(2, lambda: now[0])
    cache.put("a", 1, until=10)
    cache.put("b", 2, until=10)
    assert cache.get("a") == 1
    cache.put("c", 3, until=5)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    now[0] = 5
    assert (cache.get("a"), cache.get("c"), len(cache)) == (1, None, 1)


@dataclass
class World:
    provider: KeyServer
    org: OrgStandIn
    redis: Redis
    settings: AuthSettings

    async def grants(self, callers: Callers, subject: str = "lan") -> list[list[str]]:
        passport = await callers.passport_for(bearer(self.provider.token(sub=subject)))
        assert passport is not None
        return claims_in(passport)["grants"]


@pytest.fixture
async def world(valkey: str) -> AsyncIterator[World]:
    provider, org, listening = KeyServer(), OrgStandIn(), bound_socket()
    provider.url = url_of(listening)
    async with serving(provider.app(), listening), serving(org.app()) as org_url, Redis.from_url(valkey) as redis:
        settings = AuthSettings(
            environment="development",
            oidc_issuer=provider.url,
            org_url=org_url,
            internal_key=SecretStr(INTERNAL_KEY),
            redis_url=valkey,
        )
        yield World(provider, org, redis, settings)


async def announce(redis: Redis, number: int, type: str, payload: bytes) -> None:
    await redis.xadd(STREAM, {"type": type, "payload": payload, "at": "2026-01-01T00:00:00+00:00"}, id=f"{number}-0")


async def listening(redis: Redis) -> None:
    """Wait until the gateway waits for events."""
    for _ in range(200):
        clients = await redis.client_list()
        if any(client["cmd"] == "xread" and "b" in client["flags"] for client in clients):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody listens")


async def test_a_withdrawn_right_ends_with_the_event(world: World) -> None:
    world.org.grants["lan"] = [["editor", "u1", "00001"]]
    await announce(world.redis, 1, "grant.changed", orjson.dumps({"subject": "lan"}))
    async with Callers(world.settings) as callers:
        await listening(world.redis)
        assert await world.grants(callers) == [["editor", "u1", "00001"]]
        assert await world.grants(callers, "binh") == []
        world.org.grants["lan"] = []
        assert await world.grants(callers) == [["editor", "u1", "00001"]], "remembered"
        await announce(world.redis, 2, "unit.created", b"{}")
        await announce(world.redis, 3, "grant.changed", orjson.dumps({"subject": "lan"}))
        noticed = time.monotonic()
        while await world.grants(callers):
            assert time.monotonic() - noticed < 2
            await asyncio.sleep(0.01)
        await world.grants(callers, "binh")
    assert world.org.asked == ["lan", "binh", "lan"], "the others' passports stay"


async def test_an_event_that_cannot_be_read_forgets_everybody(world: World) -> None:
    async with Callers(world.settings) as callers:
        await listening(world.redis)
        await world.grants(callers)
        await announce(world.redis, 1, "grant.changed", b"{broken")
        await announce(world.redis, 2, "grant.changed", b'["no subject"]')
        for _ in range(100):
            await world.grants(callers)
            if len(world.org.asked) > 1:
                break
            await asyncio.sleep(0.01)
    assert world.org.asked[:2] == ["lan", "lan"]


async def test_tokens_are_good_while_valkey_is_down(world: World) -> None:
    settings = world.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with Callers(settings) as callers:
        assert await world.grants(callers) == []


async def test_orgs_silence_is_no_anonymity(world: World) -> None:
    world.org.is_down = True
    async with Callers(world.settings) as callers:
        with pytest.raises(IdentityUnavailable) as refusal:
            await world.grants(callers)
    assert (refusal.value.status, refusal.value.code) == (503, "IDENTITY_UNAVAILABLE")


async def test_a_wrong_internal_key_is_told_as_unavailable_not_as_the_callers_fault(world: World) -> None:
    async with Callers(world.settings.model_copy(update={"internal_key": SecretStr("wrong")})) as callers:
        with pytest.raises(IdentityUnavailable):
            await world.grants(callers)
    assert world.org.asked == []
