"""A small real world around identity: servers on free ports, a provider whose keys can be changed, org's exchange by hand."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import orjson
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

INTERNAL_KEY = "internal-key-of-the-tests-0123456789"
PASSPORT_KEY = ed25519.Ed25519PrivateKey.generate()
LAN = {"subject": "lan", "name": "Nguyễn Thị Lan", "role": "editor", "unit_name": "LĐLĐ tỉnh Cà Mau"}
BINH = {"subject": "binh", "name": "Trần Văn Bình <b>", "role": "worker", "unit_name": "CĐCS Điện lực"}
HOA = {"subject": "hoa", "name": "Lê Thị Hoà", "role": "editor", "unit_name": "LĐLĐ tỉnh Cà Mau"}


def bound_socket() -> socket.socket:
    """Return a socket on a free port, so that an address is known before anything answers there."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


def url_of(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@asynccontextmanager
async def serving(
    app: ASGIApp, listening: socket.socket | None = None, server: uvicorn.Server | None = None
) -> AsyncGenerator[str]:
    """Serve the application until left; yields its address."""
    listening = listening or bound_socket()
    if server is None:
        config = uvicorn.Config(app, lifespan="off", log_level="error", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    loop = asyncio.create_task(server.main_loop())
    try:
        yield url_of(listening)
    finally:
        # At once: a graceful end takes its time, and nobody is left to wait for.
        loop.cancel()
        server.force_exit = True
        await server.shutdown(sockets=[listening])


@dataclass
class OrgStandIn:
    """Honours org's contract for `POST /internal/passport` and `GET /internal/people`; counts what it is asked."""

    grants: dict[str, list[list[str]]] = field(default_factory=dict)
    people: list[dict[str, str]] = field(default_factory=lambda: [LAN, BINH, HOA])
    asked: list[str] = field(default_factory=list)
    lifetime: float = 300
    is_down: bool = False
    pause: float = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/internal/passport", self._passport, methods=["POST"]),
                Route("/internal/people", self._people),
            ]
        )

    async def _passport(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        subject = orjson.loads(await request.body())["subject"]
        self.asked.append(subject)
        grants = self.grants.get(subject, [])
        await asyncio.sleep(self.pause)
        expires = time.time() + self.lifetime
        claims = {"sub": subject, "grants": grants, "n": len(self.asked), "exp": int(expires)}
        return JSONResponse({"passport": jwt.encode(claims, PASSPORT_KEY, algorithm="EdDSA"), "expires_at": expires})

    async def _people(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse(self.people)

    def _refusal(self, request: Request) -> Response | None:
        if self.is_down:
            return Response(status_code=503)
        if request.headers.get("authorization") != f"Bearer {INTERNAL_KEY}":
            return Response(status_code=401)
        return None


def claims_in(passport: str) -> dict[str, Any]:
    """Return what the stand-in wrote into a passport."""
    return jwt.decode(passport, PASSPORT_KEY.public_key(), algorithms=["EdDSA"])


RSA_KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str, **members: str) -> dict[str, Any]:
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "key_ops": ["verify"]} | members


def ec_jwk(kid: str) -> dict[str, Any]:
    return ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True) | {"kid": kid}


def ed_jwk(kid: str) -> dict[str, Any]:
    return OKPAlgorithm.to_jwk(ED_KEY.public_key(), as_dict=True) | {"kid": kid}


@dataclass
class KeyServer:
    """A provider that only tells its keys, which a test may change at will."""

    keys: list[dict[str, Any]] = field(
        default_factory=lambda: [rsa_jwk(RSA_KEYS[0], "first"), ec_jwk("ec"), ed_jwk("ed")]
    )
    fetches: int = 0
    is_down: bool = False
    url: str = ""

    async def _discovery(self, request: Request) -> Response:
        document = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"}
        return JSONResponse(document | {"authorization_endpoint": f"{self.url}/authorize"})

    async def _jwks(self, request: Request) -> Response:
        self.fetches += 1
        return Response(status_code=503) if self.is_down else JSONResponse({"keys": self.keys})

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/.well-known/openid-configuration", self._discovery), Route("/jwks", self._jwks)]
        )

    def token(
        self, *, key: Any = RSA_KEYS[0], algorithm: str = "RS256", kid: str | None = "first", **claims: Any
    ) -> str:
        """Return a token that is good but for what the caller asks for; a claim that is None is left out."""
        now = int(time.time())
        all_claims = {"iss": self.url, "aud": "loa", "sub": "lan", "iat": now, "exp": now + 600} | claims
        headers = {"kid": kid} if kid is not None else None
        present = {name: value for name, value in all_claims.items() if value is not None}
        return jwt.encode(present, key, algorithm=algorithm, headers=headers)


def request_with(headers: Mapping[str, str], method: str = "GET") -> Request:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/graphql", "query_string": b"", "headers": raw})


def bearer(token: str, method: str = "GET", **more: str) -> Request:
    return request_with({"authorization": f"Bearer {token}"} | more, method)


@dataclass
class Browser:
    """Follows nothing by itself: each step of a login is a test's to look at. Cookies are kept as a browser keeps them."""

    client: httpx.AsyncClient
    origin: str

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(self._address(path), headers={"accept": "text/html", **headers})

    async def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"} | headers
        return await self.client.post(self._address(path), data=dict(form or {}), headers=headers)

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else f"{self.origin}{path}"

    async def begin(self, next_page: str = "/") -> httpx.Response:
        """Open the login; return the provider's page."""
        response = await self.client.get(f"{self.origin}/auth/login", params={"next": next_page})
        assert response.status_code == 303, response.text
        return await self.get(response.headers["location"])

    async def choose(self, page: httpx.Response, subject: str) -> str:
        """Press a person's button; return the address that the provider sends the browser back to."""
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text))
        response = await self.post("/issuer/authorize", {**hidden, "subject": subject})
        assert response.status_code == 303, response.text
        return response.headers["location"]

    async def sign_in(self, subject: str = "lan", next_page: str = "/") -> httpx.Response:
        """Go through the whole login; return the answer that carries the session's cookie."""
        back = await self.choose(await self.begin(next_page), subject)
        return await self.get(back)


@asynccontextmanager
async def browsing(origin: str) -> AsyncGenerator[Browser]:
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=10) as client:
        yield Browser(client, origin)


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
