"""Who asks in a test: callers of any role, and the keys by which their passports are signed."""

from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.identity import Caller, Grant, Role


@cache
def passport_keys() -> tuple[str, str]:
    """Return a private and a public passport key (PEM), the same during a test run."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    return private, public


def caller_as(role: Role, unit: Any, subject: str = "test-person", tree_version: int = 1) -> Caller:
    """Return a caller with one role on a unit (anything with `id` and `path`, or a path)."""
    path = unit if isinstance(unit, str) else unit["path"] if not hasattr(unit, "path") else unit.path
    unit_id = "" if isinstance(unit, str) else str(unit["id"] if not hasattr(unit, "id") else unit.id)
    return Caller(subject=subject, grants=(Grant(role, unit_id, path),), tree_version=tree_version)
