"""Who is asking and what they may touch, carried by a short-lived passport that every service verifies for itself."""

import time
from dataclasses import dataclass
from typing import Any, Literal, get_args

import jwt

from kit.errors import Forbidden, PassportInvalid, SignInRequired
from kit.paths import is_within, without_redundant

Role = Literal["worker", "contributor", "editor", "analyst", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

# Which roles hold the rights of which.
IMPLIES: dict[Role, frozenset[Role]] = {
    "worker": frozenset({"worker"}),
    "contributor": frozenset({"worker", "contributor"}),
    "editor": frozenset({"worker", "contributor", "editor"}),
    "analyst": frozenset({"worker", "analyst"}),
    "admin": frozenset(ROLES),
}

ISSUER = "loa-org"
AUDIENCE = "loa"
ALGORITHM = "EdDSA"
PASSPORT_HEADER = "loa-passport"
LIFETIME_SECONDS = 300
LONGEST_PASSPORT = 16_384
LEEWAY_SECONDS = 10
"""How far the clocks of two machines may be apart: one second would refuse every passport fresh from a faster clock."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a unit; it holds for the unit's whole subtree."""

    role: Role
    unit_id: str
    path: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks: a person with grants, nobody (`ANONYMOUS`), or the product itself (`SYSTEM`)."""

    subject: str | None
    grants: tuple[Grant, ...] = ()
    tree_version: int = 0

    def may(self, role: Role, path: str) -> bool:
        """Whether some grant gives the rights of `role` on the unit at `path`."""
        return any(role in IMPLIES[grant.role] and is_within(path, grant.path) for grant in self.grants)

    def scopes(self, role: Role) -> tuple[str, ...]:
        """Return the subtrees in which the caller has the rights of `role`, none inside another."""
        return without_redundant([grant.path for grant in self.grants if role in IMPLIES[grant.role]])

    def require(self, role: Role, path: str) -> None:
        """Raise SignInRequired or Forbidden unless the caller has the rights of `role` at `path`."""
        self.require_someone()
        if not self.may(role, path):
            raise Forbidden()

    def require_someone(self) -> None:
        """Raise SignInRequired when nobody is signed in."""
        if self.subject is None:
            raise SignInRequired()


ANONYMOUS = Caller(subject=None)
# The empty path is a prefix of every path: the product itself may do everything.
SYSTEM = Caller(subject="system", grants=(Grant(role="admin", unit_id="", path=""),))


def scope_predicate(caller: Caller, role: Role, column: str, first_parameter: int = 1) -> tuple[str, list[str]]:
    """Return SQL and its arguments that hold for rows whose path is in the caller's scope; no scope gives `FALSE`.

    `column` must be a trusted name of a `COLLATE "C"` column; parameters are numbered from `first_parameter`.
    """
    scopes = caller.scopes(role)
    if not scopes:
        return "FALSE", []
    ranges = [
        f"({column} >= ${n} AND {column} < ${n} || '~')" for n in range(first_parameter, first_parameter + len(scopes))
    ]
    return "(" + " OR ".join(ranges) + ")", list(scopes)


def sign_passport(
    private_key: str, caller: Caller, *, now: float | None = None, until: float | None = None
) -> tuple[str, int]:
    """Return a passport for the caller and when it expires (seconds since 1970): after five minutes, or by `until`."""
    issued = int(now if now is not None else time.time())
    expires = issued + LIFETIME_SECONDS
    if until is not None:
        expires = min(expires, int(until))
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": caller.subject,
        "grants": [[grant.role, grant.unit_id, grant.path] for grant in caller.grants],
        "tv": caller.tree_version,
        "iat": issued,
        "exp": expires,
    }
    return jwt.encode(claims, private_key, algorithm=ALGORITHM), expires


def read_passport(public_key: str, token: str) -> Caller:
    """Return the caller a passport names; PassportInvalid for anything but an unexpired passport signed by org."""
    if len(token) > LONGEST_PASSPORT:
        raise PassportInvalid()
    try:
        claims = jwt.decode(
            token,
            public_key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "iss", "aud"]},
        )
        # The leeway is for a passport from a faster clock; a right that has ended is not lent for its seconds.
        if claims["exp"] <= time.time():
            raise PassportInvalid()
        return _caller(claims)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise PassportInvalid() from error


def _caller(claims: dict[str, Any]) -> Caller:
    grants = tuple(
        Grant(role=_role(role), unit_id=str(unit_id), path=str(path)) for role, unit_id, path in claims["grants"]
    )
    if any(not grant.path for grant in grants):
        raise ValueError("a grant needs a path")  # the empty path is SYSTEM's alone
    return Caller(subject=str(claims["sub"]), grants=grants, tree_version=int(claims["tv"]))


def _role(value: object) -> Role:
    if value not in ROLES:
        raise ValueError("unknown role")
    return value
