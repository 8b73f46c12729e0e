"""The identity provider as the gateway sees it: discovery, keys, codes for tokens (OpenID Connect Core 1.0)."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx
import orjson

from gateway.auth.errors import IdentityUnavailable, SignInFailed
from gateway.auth.settings import AuthSettings

log = logging.getLogger("gateway.auth")

LONGEST_ANSWER = 256 * 1024
TIMEOUT = httpx.Timeout(5.0, connect=2.0)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of an identity provider, from its discovery document."""

    jwks: str
    token: str
    authorize: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gives for a sign-in code."""

    id_token: str
    access_token: str


def trust(settings: AuthSettings) -> ssl.SSLContext:
    """Return whom we believe when a provider shows a certificate: the system's authorities and the operator's."""
    context = ssl.create_default_context()
    if settings.oidc_ca_file is not None:
        context.load_verify_locations(settings.oidc_ca_file)
    return context


async def bounded_request(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> tuple[int, bytes]:
    """Send a request and return status and body; IdentityUnavailable when nothing sensible comes back in time."""
    body = bytearray()
    try:
        async with client.stream(method, url, **options) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    raise IdentityUnavailable()
            return response.status_code, bytes(body)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        log.warning("%s could not be reached: %s", httpx.URL(url).path, type(error).__name__)
        raise IdentityUnavailable() from error


class Provider:
    """Asks the provider; where its endpoints are is discovered once unless the operator has said it."""

    def __init__(self, settings: AuthSettings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client
        self._endpoints: Endpoints | None = None
        self._one_at_a_time = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        async with self._one_at_a_time:
            if self._endpoints is None:
                self._endpoints = self._configured() or await self._discover()
            return self._endpoints

    async def signing_keys(self) -> bytes:
        """Return the JWKS document."""
        # An operator who names the keys' address wants bearer tokens to work without discovery.
        url = self._settings.oidc_jwks_url or (await self.endpoints()).jwks
        status, body = await bounded_request(self._client, "GET", url)
        if status != 200:
            raise IdentityUnavailable()
        return body

    async def redeem(self, code: str, verifier: str) -> Tokens:
        """Exchange an authorization code for tokens. Raises SignInFailed when the provider says no."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "client_id": self._settings.oidc_client_id,
            "code_verifier": verifier,
        }
        url = (await self.endpoints()).token
        status, body = await bounded_request(self._client, "POST", url, data=form, auth=self._client_secret())
        if status >= 500:
            raise IdentityUnavailable()
        answer = _json_object(body)
        id_token, access_token = answer.get("id_token"), answer.get("access_token")
        if status != 200 or not isinstance(id_token, str) or not isinstance(access_token, str):
            raise SignInFailed()
        return Tokens(id_token=id_token, access_token=access_token)

    def _client_secret(self) -> httpx.BasicAuth | None:
        if self._settings.oidc_client_secret is None:
            return None
        # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        secret = self._settings.oidc_client_secret.get_secret_value()
        return httpx.BasicAuth(quote(self._settings.oidc_client_id, safe=""), quote(secret, safe=""))

    def _configured(self) -> Endpoints | None:
        settings = self._settings
        if settings.oidc_jwks_url and settings.oidc_token_url and settings.oidc_authorize_url:
            return Endpoints(settings.oidc_jwks_url, settings.oidc_token_url, settings.oidc_authorize_url)
        return None

    async def _discover(self) -> Endpoints:
        issuer = self._settings.issuer
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        status, body = await bounded_request(self._client, "GET", url)
        document = _json_object(body) if status == 200 else {}
        if document.get("issuer") != issuer:
            log.error("the discovery document is not that of the configured issuer")
            raise IdentityUnavailable()
        return Endpoints(
            jwks=self._settings.oidc_jwks_url or _address(document, "jwks_uri"),
            token=self._settings.oidc_token_url or _address(document, "token_endpoint"),
            authorize=self._settings.oidc_authorize_url or _address(document, "authorization_endpoint"),
        )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}


def _address(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        log.error("the discovery document lacks %s", name)
        raise IdentityUnavailable()
    return value
