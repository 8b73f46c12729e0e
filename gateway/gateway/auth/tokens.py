"""Tells a token that the identity provider made for us from what only looks like one (RFC 7519, RFC 8725)."""

from __future__ import annotations

from typing import Any

import jwt

from gateway.auth.errors import TokenExpired, TokenInvalid
from gateway.auth.keys import ALGORITHMS, SigningKeys

LONGEST_TOKEN = 8192
LONGEST_SUBJECT = 255
LEEWAY_SECONDS = 10

Claims = dict[str, Any]


class TokenVerifier:
    """Verifies signature, `iss`, `aud`, `exp`, `nbf` and `sub` of a JWT against the provider's keys."""

    def __init__(self, keys: SigningKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def verify(self, token: str) -> Claims:
        """Return the claims. Raises TokenExpired, TokenInvalid; IdentityUnavailable without keys to judge by."""
        algorithm, kid = _header(token)
        key = await self._keys.find(kid)
        # The key decides which algorithm is right, never the token.
        if key is None or key.algorithm_name != algorithm:
            raise TokenInvalid()
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired() from error
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise TokenInvalid() from error
        _check_subject(claims)
        return claims


def _header(token: str) -> tuple[str, str | None]:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise TokenInvalid()
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise TokenInvalid() from error
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or not isinstance(kid, str | None):
        raise TokenInvalid()
    return algorithm, kid


def _check_subject(claims: Claims) -> None:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise TokenInvalid()
