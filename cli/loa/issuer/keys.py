"""The development issuer's signing key on disk, and the tokens signed with it."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import secrets
import time
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
KEY_SIZE = 2048
ACCESS_MINUTES = 60
ID_MINUTES = 5


def ensure_key(path: Path) -> Path:
    """Make an RSA key that only its owner can read unless the file is there; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _write_key(path)
    return path


def sign_access_token(
    key_file: Path, issuer: str, subject: str, audience: str = "loa", minutes: float = ACCESS_MINUTES
) -> str:
    """Return an access token (RFC 9068) for the subject, good for that many minutes."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": now,
        "exp": now + int(minutes * 60),
        "jti": secrets.token_urlsafe(12),
    }
    return _signed(key_file, claims, kind="at+jwt")


def sign_id_token(
    key_file: Path, *, issuer: str, subject: str, name: str, client_id: str, nonce: str | None, access_token: str
) -> str:
    """Return an id token (OpenID Connect Core 1.0, 2) that goes with the access token."""
    now = int(time.time())
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "name": name,
        "iat": now,
        "auth_time": now,
        "exp": now + ID_MINUTES * 60,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }
    return _signed(key_file, claims | ({"nonce": nonce} if nonce else {}), kind="JWT")


def public_jwk(key_file: Path) -> dict[str, Any]:
    """Return the public half as a JWK; its `kid` is its thumbprint (RFC 7638)."""
    jwk = RSAAlgorithm.to_jwk(_load(key_file.read_bytes()).public_key(), as_dict=True)
    members = {name: jwk[name] for name in ("e", "kty", "n")}
    thumbprint = hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()
    kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
    return members | {"use": "sig", "alg": ALGORITHM, "kid": kid}


def _signed(key_file: Path, claims: dict[str, Any], kind: str) -> str:
    headers = {"kid": public_jwk(key_file)["kid"], "typ": kind}
    return jwt.encode(claims, _load(key_file.read_bytes()), algorithm=ALGORITHM, headers=headers)


@functools.lru_cache(maxsize=4)
def _load(pem: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the issuer's key must be an RSA key")
    return key


def _write_key(path: Path) -> None:
    pem = rsa.generate_private_key(public_exponent=65537, key_size=KEY_SIZE).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Written aside and linked into place: whoever comes second takes the first one's key, and nobody reads half a key.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
