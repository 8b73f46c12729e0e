"""The endpoints of the development issuer, as a client of OpenID Connect expects them; mounted at /issuer."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from loa.issuer.codes import CHALLENGES, Codes, Grant
from loa.issuer.keys import ACCESS_MINUTES, ALGORITHM, ensure_key, public_jwk, sign_access_token, sign_id_token
from loa.issuer.pages import choose_person, notice
from loa.issuer.people import OrgPeople, PeopleUnavailable, Person
from loa.issuer.settings import IssuerSettings

QUESTION = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
LONGEST_FORM = 16 * 1024
NO_STORE = {"Cache-Control": "no-store"}


class NotForProduction(Exception):
    """An issuer without passwords has no place in production."""


class FormTooLarge(Exception):
    """More than any honest client sends."""


class Refused(Exception):
    """An error in the words of RFC 6749, 5.2."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def issuer_app(settings: IssuerSettings) -> Starlette:
    """Return the issuer's application. Raises NotForProduction unless the environment is development."""
    if settings.environment != "development":
        raise NotForProduction("the development issuer runs only with LOA_ENVIRONMENT=development")
    ensure_key(settings.issuer_key_file)
    issuer = Issuer(settings)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.discovery),
            Route("/jwks", issuer.jwks),
            Route("/authorize", issuer.ask, methods=["GET"]),
            Route("/authorize", issuer.choose, methods=["POST"]),
            Route("/token", issuer.token, methods=["POST"]),
        ],
        exception_handlers={FormTooLarge: _form_too_large},
    )


class Issuer:
    """The handlers, over one set of codes."""

    def __init__(self, settings: IssuerSettings) -> None:
        self._settings = settings
        self._codes = Codes()
        self._people = OrgPeople(settings.org_url, settings.internal_key.get_secret_value())

    async def discovery(self, request: Request) -> Response:
        issuer = self._settings.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [ALGORITHM],
                "scopes_supported": ["openid", "profile"],
                "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [public_jwk(self._settings.issuer_key_file)]})

    async def ask(self, request: Request) -> Response:
        """Show the page on which a person is chosen."""
        return await self._with_people(request.query_params.multi_items(), chosen=None)

    async def choose(self, request: Request) -> Response:
        """Send the browser back with a code for the chosen person."""
        form = await _form(request)
        chosen = dict(form).get("subject", "")
        return await self._with_people([pair for pair in form if pair[0] != "subject"], chosen)

    async def _with_people(self, pairs: list[tuple[str, str]], chosen: str | None) -> Response:
        question = {name: value for name, value in pairs if name in QUESTION}
        if not self._knows(question):
            # Nobody is sent to an address that is not ours (RFC 6749, 4.1.2.1).
            return notice(400, "Ứng dụng hoặc địa chỉ quay lại không đúng.", "Unknown client or return address.")
        if (error := _fault(question, pairs)) is not None:
            return self._back(question, {"error": error})
        try:
            people = await self._people()
        except PeopleUnavailable:
            return notice(
                503,
                "Danh sách người dùng thử chưa sẵn sàng. Hãy thử lại sau.",
                "The list of demo people is not ready. Try again soon.",
            )
        if chosen is None:
            return choose_person(people, question, self._settings.redirect_uri)
        person = next((person for person in people if person.subject == chosen), None)
        if person is None:
            return self._back(question, {"error": "access_denied"})
        return self._back(question, {"code": self._codes.issue(_grant(person, question))})

    async def token(self, request: Request) -> Response:
        """Exchange a code for tokens."""
        form = await _form(request)
        try:
            grant = self._redeem(request, form)
        except Refused as refused:
            status = 401 if refused.error == "invalid_client" else 400
            return JSONResponse({"error": refused.error}, status_code=status, headers=NO_STORE)
        return JSONResponse(self._tokens(grant), headers=NO_STORE)

    def _redeem(self, request: Request, pairs: list[tuple[str, str]]) -> Grant:
        form = dict(pairs)
        if len(form) != len(pairs):
            raise Refused("invalid_request")
        client_id = self._authenticate(request, form)
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type")
        grant = self._codes.redeem(
            form.get("code", ""),
            client_id=client_id,
            redirect_uri=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
        )
        if grant is None:
            raise Refused("invalid_grant")
        return grant

    def _authenticate(self, request: Request, form: Mapping[str, str]) -> str:
        client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        expected = self._settings.oidc_client_secret
        known = client_id == self._settings.oidc_client_id
        proven = expected is None or hmac.compare_digest(secret.encode(), expected.get_secret_value().encode())
        if not known or not proven:
            raise Refused("invalid_client")
        return client_id

    def _tokens(self, grant: Grant) -> dict[str, str | int]:
        settings = self._settings
        access = sign_access_token(settings.issuer_key_file, settings.issuer, grant.subject, settings.oidc_audience)
        identity = sign_id_token(
            settings.issuer_key_file,
            issuer=settings.issuer,
            subject=grant.subject,
            name=grant.name,
            client_id=grant.client_id,
            nonce=grant.nonce,
            access_token=access,
        )
        return {
            "access_token": access,
            "id_token": identity,
            "token_type": "Bearer",
            "expires_in": ACCESS_MINUTES * 60,
            "scope": "openid profile",
        }

    def _knows(self, question: Mapping[str, str]) -> bool:
        return (
            question.get("client_id") == self._settings.oidc_client_id
            and question.get("redirect_uri") == self._settings.redirect_uri
        )

    def _back(self, question: Mapping[str, str], answer: Mapping[str, str]) -> Response:
        state = {"state": question["state"]} if "state" in question else {}
        query = urlencode({**answer, **state, "iss": self._settings.issuer})
        return RedirectResponse(f"{self._settings.redirect_uri}?{query}", status_code=303, headers=NO_STORE)


def _fault(question: Mapping[str, str], pairs: list[tuple[str, str]]) -> str | None:
    """Return what is wrong with a question, None for a good one (RFC 6749, 4.1.2.1; RFC 7636, 4.4.1)."""
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        return "invalid_request"
    if question.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in question.get("scope", "").split():
        return "invalid_scope"
    if question.get("code_challenge_method") != "S256" or not CHALLENGES.fullmatch(question.get("code_challenge", "")):
        return "invalid_request"
    return None


def _grant(person: Person, question: Mapping[str, str]) -> Grant:
    return Grant(
        subject=person.subject,
        name=person.name,
        client_id=question["client_id"],
        redirect_uri=question["redirect_uri"],
        challenge=question["code_challenge"],
        nonce=question.get("nonce"),
    )


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_client") from None
    return unquote(client_id), unquote(secret)


async def _form(request: Request) -> list[tuple[str, str]]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise FormTooLarge()
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


async def _form_too_large(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "invalid_request"}, status_code=413, headers=NO_STORE)
