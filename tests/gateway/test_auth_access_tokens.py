"""Which bearer tokens are believed, and which are not whatever they look like."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import jwt
import orjson
import pytest
from auth_world import (
    EC_KEY,
    ED_KEY,
    INTERNAL_KEY,
    RSA_KEYS,
    KeyServer,
    OrgStandIn,
    bearer,
    bound_socket,
    claims_in,
    request_with,
    rsa_jwk,
    serving,
    url_of,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr, ValidationError

from gateway.auth import AuthSettings, Callers
from gateway.auth.errors import IdentityUnavailable, TokenExpired, TokenInvalid
from gateway.auth.keys import SigningKeys, read_keys


@dataclass
class World:
    provider: KeyServer
    org: OrgStandIn
    callers: Callers

    async def subject(self, token: str) -> str:
        passport = await self.callers.passport_for(bearer(token, "POST"))
        assert passport is not None
        return claims_in(passport)["sub"]


@pytest.fixture(scope="module")
async def servers() -> AsyncIterator[tuple[KeyServer, OrgStandIn, str]]:
    provider, org, listening = KeyServer(), OrgStandIn(), bound_socket()
    provider.url = url_of(listening)
    async with serving(provider.app(), listening), serving(org.app()) as org_url:
        yield provider, org, org_url


@pytest.fixture
async def world(servers: tuple[KeyServer, OrgStandIn, str]) -> AsyncIterator[World]:
    provider, org, org_url = servers
    provider.fetches, provider.is_down = 0, False
    org.asked.clear()
    settings = AuthSettings(
        environment="development",
        oidc_issuer=provider.url,
        org_url=org_url,
        internal_key=SecretStr(INTERNAL_KEY),
        redis_url="",
    )
    async with Callers(settings) as callers:
        yield World(provider, org, callers)


async def refused(world: World, token: str, error: type[Exception] = TokenInvalid) -> None:
    """Assert that the token is refused and that org never heard of it."""
    with pytest.raises(error):
        await world.callers.passport_for(bearer(token))
    assert world.org.asked == []


def part(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


async def test_a_good_token_brings_its_subjects_passport(world: World) -> None:
    assert await world.subject(world.provider.token()) == "lan"
    assert world.org.asked == ["lan"]


async def test_elliptic_curve_and_edwards_keys_are_good_too(world: World) -> None:
    assert await world.subject(world.provider.token(key=EC_KEY, algorithm="ES256", kid="ec", sub="a")) == "a"
    assert await world.subject(world.provider.token(key=ED_KEY, algorithm="EdDSA", kid="ed", sub="b")) == "b"


async def test_no_credentials_is_nobody(world: World) -> None:
    assert await world.callers.passport_for(request_with({})) is None
    assert world.provider.fetches == 0


async def test_an_expired_token_says_so(world: World) -> None:
    await refused(world, world.provider.token(exp=int(time.time()) - 60), TokenExpired)


async def test_a_token_of_a_few_seconds_ago_is_forgiven(world: World) -> None:
    assert await world.subject(world.provider.token(exp=int(time.time()) - 3)) == "lan"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "someone-else"},
        {"aud": ["x", "y"]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1e400},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
        {"sub": "line\nbreak"},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
async def test_a_token_with_wrong_claims_is_refused(world: World, claims: dict[str, object]) -> None:
    await refused(world, world.provider.token(**claims))


async def test_a_subject_that_is_no_text_is_refused(world: World) -> None:
    payload = {"iss": world.provider.url, "aud": "loa", "sub": 7, "exp": int(time.time()) + 60}
    token = jwt.api_jws.encode(orjson.dumps(payload), RSA_KEYS[0], "RS256", {"kid": "first"})
    await refused(world, token)


async def test_a_token_without_a_signature_is_refused(world: World) -> None:
    claims = {"iss": world.provider.url, "aud": "loa", "sub": "lan", "exp": int(time.time()) + 60}
    for algorithm in ("none", "None", "NONE", ""):
        await refused(world, f"{part({'alg': algorithm, 'kid': 'first'})}.{part(claims)}.")


async def test_the_public_key_is_no_shared_secret(world: World) -> None:
    import hmac

    pem = (
        RSA_KEYS[0]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    claims = {"iss": world.provider.url, "aud": "loa", "sub": "lan", "exp": int(time.time()) + 60}
    signed = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
    signature = base64.urlsafe_b64encode(hmac.digest(pem, signed.encode(), "sha256")).rstrip(b"=").decode()
    await refused(world, f"{signed}.{signature}")


async def test_an_algorithm_that_is_not_the_keys_is_refused(world: World) -> None:
    await refused(world, world.provider.token(key=EC_KEY, algorithm="ES256", kid="first"))
    await refused(world, world.provider.token(algorithm="PS256"))
    await refused(world, world.provider.token(algorithm="RS512"))


async def test_a_tampered_token_is_refused(world: World) -> None:
    header, _, signature = world.provider.token().split(".")
    claims = {"iss": world.provider.url, "aud": "loa", "sub": "admin", "exp": int(time.time()) + 60}
    await refused(world, f"{header}.{part(claims)}.{signature}")


async def test_a_token_signed_by_a_stranger_under_a_known_kid_is_refused(world: World) -> None:
    await refused(world, world.provider.token(key=RSA_KEYS[1]))


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "....", "é.é.é", "\x80.\x80.\x80", "e30.e30.e30", f"{part([1])}.{part([1])}.e30", "a" * 9000],
    ids=lambda token: repr(token)[:20],
)
async def test_what_is_no_token_is_refused(world: World, token: str) -> None:
    await refused(world, token)


async def test_a_huge_token_is_refused_without_being_read(world: World) -> None:
    await refused(world, world.provider.token(padding="x" * 9000))
    assert world.provider.fetches == 0


async def test_another_scheme_or_two_headers_are_refused(world: World) -> None:
    with pytest.raises(TokenInvalid):
        await world.callers.passport_for(request_with({"authorization": "Basic bGFuOmxhbg=="}))
    twice = bearer(world.provider.token())
    twice.scope["headers"].append((b"authorization", b"Bearer x"))
    with pytest.raises(TokenInvalid):
        await world.callers.passport_for(twice)


async def test_the_refusal_speaks_the_callers_language(world: World) -> None:
    for language, text in (("en-GB,vi;q=0.5", "The access token is not valid."), ("vi", "Mã truy cập không hợp lệ.")):
        with pytest.raises(TokenInvalid) as refusal:
            await world.callers.passport_for(bearer("x", **{"accept-language": language}))
        assert refusal.value.formatted() == [{"message": text, "extensions": {"code": "TOKEN_INVALID"}}]
        assert refusal.value.status == 401


async def test_an_unknown_kid_fetches_the_keys_once_however_often_it_comes(world: World) -> None:
    await world.subject(world.provider.token())
    assert world.provider.fetches == 1
    for number in range(20):
        with pytest.raises(TokenInvalid):
            await world.callers.passport_for(bearer(world.provider.token(kid=f"unknown-{number}")))
    assert world.provider.fetches == 1


async def test_rotated_keys_are_found_and_withdrawn_ones_forgotten() -> None:
    provider, now = KeyServer(), [0.0]

    async def fetch() -> bytes:
        provider.fetches += 1
        return orjson.dumps({"keys": provider.keys})

    keys = SigningKeys(fetch, clock=lambda: now[0])
    assert await keys.find("first") is not None
    provider.keys = [rsa_jwk(RSA_KEYS[1], "second")]
    assert await keys.find("second") is None, "fetched a moment ago"
    now[0] += 11
    assert await keys.find("second") is not None
    assert await keys.find("first") is None
    assert provider.fetches == 2


async def test_keys_outlive_a_provider_that_is_down_but_not_for_ever() -> None:
    now, is_down = [0.0], [False]

    async def fetch() -> bytes:
        if is_down[0]:
            raise IdentityUnavailable()
        return orjson.dumps({"keys": KeyServer().keys})

    keys = SigningKeys(fetch, clock=lambda: now[0])
    assert await keys.find("first") is not None
    is_down[0] = True
    now[0] += 3600
    assert await keys.find("first") is not None
    now[0] += 24 * 3600
    with pytest.raises(IdentityUnavailable):
        await keys.find("first")


async def test_nothing_can_be_said_while_there_are_no_keys(world: World) -> None:
    world.provider.is_down = True
    await refused(world, world.provider.token(), IdentityUnavailable)


def test_weak_secret_and_foreign_keys_are_left_out() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    document = {
        "keys": [
            rsa_jwk(RSA_KEYS[0], "good"),
            rsa_jwk(RSA_KEYS[0], "labelled", alg="HS256"),
            rsa_jwk(RSA_KEYS[1], "for-encryption", use="enc"),
            rsa_jwk(weak, "weak"),
            {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
            {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "AA", "y": "AA"},
            "nonsense",
        ]
    }
    keys = read_keys(orjson.dumps(document))
    assert {kid: key.algorithm_name for kid, key in keys.items()} == {"good": "RS256", "labelled": "RS256"}
    for broken in (b"", b"[]", b'{"keys": 1}', b"{"):
        with pytest.raises(ValueError):  # noqa: PT011 - that it is a ValueError is the promise
            read_keys(broken)


def test_production_insists_on_a_real_provider_and_a_long_secret() -> None:
    good = {"environment": "production", "oidc_issuer": "https://id.example", "internal_key": "k" * 32}
    AuthSettings.model_validate(good)
    for wrong in ({"oidc_issuer": "http://id.example"}, {"internal_key": "short"}, {"oidc_client_id": "loa"}):
        with pytest.raises(ValidationError):
            AuthSettings.model_validate({**good, **wrong})
