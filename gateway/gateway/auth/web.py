"""The addresses under /auth: signing in and out by browser, and what a front door asks for every page."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, urlsplit

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.auth.callers import Callers
from gateway.auth.credentials import credentials_of, language_of, require_same_origin, session_cookie
from gateway.auth.errors import AuthError, SessionExpired, SignInFailed, TokenExpired, TokenInvalid
from gateway.auth.login import ATTEMPT_SECONDS, own_page
from gateway.auth.pages import sign_in_failed

NO_STORE = {"Cache-Control": "no-store"}
PASSPORT_HEADER = "Loa-Passport"


def routes(callers: Callers) -> list[Route]:
    """Return the routes of /auth; `callers` must be entered before the first request."""
    pages = AuthPages(callers)
    return [
        Route("/auth/login", pages.login, methods=["GET"]),
        Route("/auth/callback", pages.callback, methods=["GET"]),
        Route("/auth/logout", pages.logout, methods=["POST"]),
        Route("/auth/me", pages.me, methods=["GET"]),
        Route("/auth/check", pages.check, methods=["GET"]),
    ]


class AuthPages:
    """The handlers, over one set of callers."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._settings = callers.settings

    async def login(self, request: Request) -> Response:
        """Send the browser to the identity provider, with the sealed attempt in a cookie."""
        return_to = own_page(request.query_params.get("next", "/"))
        if self._is_elsewhere(request):
            # The cookie must be where the provider sends the browser back to: 127.0.0.1 is not localhost.
            return _see_other(f"{self._settings.public_origin}/auth/login?moved=1&next={quote(return_to, safe='')}")
        logins = self._callers.logins
        attempt = logins.begin(return_to)
        try:
            response = _see_other(await logins.address(attempt))
            if not await self._is_signed_in(request):
                self._drop_cookie(response, session_cookie(self._settings))
        except AuthError as error:
            return sign_in_failed(error)
        self._set_cookie(response, logins.cookie(attempt.state), logins.sealed(attempt), ATTEMPT_SECONDS)
        return response

    async def callback(self, request: Request) -> Response:
        """Take the provider's answer and start a session."""
        state = request.query_params.get("state", "")
        cookie = self._callers.logins.cookie(state)
        try:
            response = await self._arrived(request, state, request.cookies.get(cookie, ""))
        except AuthError as error:
            response = sign_in_failed(error)
        self._drop_cookie(response, cookie)
        return response

    async def _arrived(self, request: Request, state: str, sealed: str) -> Response:
        if "error" in request.query_params:
            raise SignInFailed()
        code = request.query_params.get("code", "")
        arrival = await self._callers.logins.finish(state=state, code=code, sealed=sealed)
        session_id = await self._callers.sessions.start(arrival.subject, arrival.name)
        if before := request.cookies.get(session_cookie(self._settings)):
            await self._callers.sessions.end(before)
        response = _see_other(f"{self._settings.public_origin}{arrival.return_to}")
        self._set_cookie(response, session_cookie(self._settings), session_id, self._settings.session_hours * 3600)
        return response

    async def logout(self, request: Request) -> Response:
        """End the session here; the provider's own session is the provider's."""
        try:
            require_same_origin(request.headers, request.method, self._settings)
            if session_id := request.cookies.get(session_cookie(self._settings)):
                await self._callers.sessions.end(session_id)
        except AuthError as error:
            return _refusal(error, request)
        response = _see_other(f"{self._settings.public_origin}/")
        self._drop_cookie(response, session_cookie(self._settings))
        return response

    async def me(self, request: Request) -> Response:
        """Say who is signed in, for a page's header; a session that is over is no error here."""
        try:
            person = await self._callers.person_of(request, request.method)
            passport = await self._callers.passport_for(request)
        except (SessionExpired, TokenExpired, TokenInvalid) as error:
            response = JSONResponse({"signed_in": False, "code": error.code}, headers=NO_STORE)
            self._drop_cookie(response, session_cookie(self._settings))
            return response
        except AuthError as error:
            return _refusal(error, request)
        if person is None or passport is None:
            return JSONResponse({"signed_in": False}, headers=NO_STORE)
        answer = {"signed_in": True, "subject": person.subject, "name": person.name, "roles": _roles(passport)}
        return JSONResponse(answer, headers=NO_STORE)

    async def check(self, request: Request) -> Response:
        """Answer a front door or an ingress: 200 with the passport, 200 without for nobody, or the refusal.

        The method of the request itself is in `X-Original-Method` (ingress-nginx) or `X-Forwarded-Method` (Traefik).
        """
        method = request.headers.get("x-original-method") or request.headers.get("x-forwarded-method") or "GET"
        try:
            passport = await self._callers.passport_of(request, method.upper())
        except AuthError as error:
            return _refusal(error, request)
        return Response(status_code=200, headers=NO_STORE | ({PASSPORT_HEADER: passport} if passport else {}))

    def _is_elsewhere(self, request: Request) -> bool:
        # Once is enough: a proxy that hides the browser's host must not send it round in circles.
        if "moved" in request.query_params:
            return False
        host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
        return host.lower() != urlsplit(self._settings.public_url).netloc.lower()

    async def _is_signed_in(self, request: Request) -> bool:
        try:
            session_id = credentials_of(request, self._settings).session_id
        except TokenInvalid:
            return False
        return bool(session_id) and await self._callers.sessions.find(session_id) is not None

    def _set_cookie(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._settings.is_https, httponly=True, samesite="lax"
        )

    def _drop_cookie(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._settings.is_https, httponly=True, samesite="lax")


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers=NO_STORE)


def _refusal(error: AuthError, request: Request) -> JSONResponse:
    body = {"code": error.code, "message": error.text(language_of(request.headers))}
    return JSONResponse(body, status_code=error.status, headers=NO_STORE | error.headers)


def _roles(passport: str) -> list[str]:
    # Only shown to the person concerned: whoever acts on a passport verifies it.
    claims = jwt.decode(passport, options={"verify_signature": False})
    grants = claims.get("grants")
    return (
        sorted({str(grant[0]) for grant in cast("list[list[object]]", grants) if grant})
        if isinstance(grants, list)
        else []
    )
