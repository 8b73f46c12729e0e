"""Browser login by authorization code with PKCE (RFC 7636), bound to the browser that began it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from urllib.parse import quote, urlencode, urlsplit

import orjson
from cryptography.fernet import Fernet, InvalidToken

from gateway.auth.errors import SignInFailed, TokenExpired, TokenInvalid
from gateway.auth.provider import Provider
from gateway.auth.settings import AuthSettings
from gateway.auth.tokens import Claims, TokenVerifier

ATTEMPT_SECONDS = 600
LONGEST_RETURN = 2000
LONGEST_CODE = 4096
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One login under way; known to the browser only in sealed form."""

    state: str
    nonce: str
    verifier: str
    return_to: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back from the provider, and to which page of ours they go."""

    subject: str
    name: str
    return_to: str


class Logins:
    """Begins a login and finishes it."""

    def __init__(
        self, settings: AuthSettings, provider: Provider, id_tokens: TokenVerifier, access_tokens: TokenVerifier
    ) -> None:
        self._settings = settings
        self._provider = provider
        self._id_tokens = id_tokens
        self._access_tokens = access_tokens
        self._seal = Fernet(_sealing_key(settings))

    def begin(self, return_to: str) -> Attempt:
        return Attempt(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            return_to=own_page(return_to),
        )

    async def address(self, attempt: Attempt) -> str:
        """Return where to send the browser. Raises IdentityUnavailable."""
        question = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": self._settings.oidc_scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        authorize = (await self._provider.endpoints()).authorize
        return f"{authorize}{'&' if urlsplit(authorize).query else '?'}{urlencode(question)}"

    def sealed(self, attempt: Attempt) -> str:
        return self._seal.encrypt(orjson.dumps(asdict(attempt))).decode()

    def cookie(self, state: str) -> str:
        """Return the name of the cookie of the attempt with this state: two tabs may sign in at once."""
        name = "loa-login-" + hashlib.sha256(state.encode()).hexdigest()[:12]
        return f"__Host-{name}" if self._settings.is_https else name

    async def finish(self, *, state: str, code: str, sealed: str) -> Arrival:
        """Return who signed in.

        Raises SignInFailed unless this browser began this attempt lately and the provider's answer belongs to it;
        IdentityUnavailable when the provider doesn't answer.
        """
        attempt = self._opened(sealed)
        if not hmac.compare_digest(attempt.state.encode(), state.encode()) or not 0 < len(code) <= LONGEST_CODE:
            raise SignInFailed()
        tokens = await self._provider.redeem(code, attempt.verifier)
        try:
            identity = await self._id_tokens.verify(tokens.id_token)
            access = await self._access_tokens.verify(tokens.access_token)
        except (TokenExpired, TokenInvalid) as error:
            raise SignInFailed() from error
        self._check(identity, access, attempt)
        return Arrival(subject=access["sub"], name=_name(identity), return_to=attempt.return_to)

    def _opened(self, sealed: str) -> Attempt:
        try:
            return Attempt(**orjson.loads(self._seal.decrypt(sealed, ttl=ATTEMPT_SECONDS)))
        except (InvalidToken, TypeError, ValueError) as error:
            raise SignInFailed() from error

    def _check(self, identity: Claims, access: Claims, attempt: Attempt) -> None:
        """The id token answers this very attempt, was made for this client, and speaks of the access token's person."""
        nonce = identity.get("nonce")
        same_attempt = isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), attempt.nonce.encode())
        for_us = identity.get("azp", self._settings.oidc_client_id) == self._settings.oidc_client_id
        if not same_attempt or not for_us or identity["sub"] != access["sub"]:
            raise SignInFailed()


def challenge(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def own_page(address: str) -> str:
    """Return path and query of one of our own pages; `/` for what could lead elsewhere or back to signing in."""
    is_path = address.startswith("/") and not address.startswith("//") and len(address) <= LONGEST_RETURN
    if not is_path or "\\" in address or not address.isprintable() or "#" in address:
        return "/"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.startswith(("//", "/auth/")) or "/../" in f"{parts.path}/":
        return "/"
    return quote(address, safe="/?&=%:@!$'()*+,;~-._")


def _name(identity: Claims) -> str:
    for claim in ("name", "preferred_username"):
        if isinstance(value := identity.get(claim), str) and value.strip():
            return value.strip()[:LONGEST_NAME]
    return ""


def _sealing_key(settings: AuthSettings) -> bytes:
    secret = settings.internal_key.get_secret_value()
    if not secret:
        return Fernet.generate_key()
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), b"loa login attempts", "sha256"))
