"""A passport says who asks; nobody but org can write one, and a grant holds for its subtree alone."""

import time

import jwt
import pytest

from kit.errors import Forbidden, PassportInvalid, SignInRequired
from kit.identity import ANONYMOUS, ROLES, SYSTEM, Caller, Grant, Role, read_passport, scope_predicate, sign_passport
from kit.testing import passport_keys

PRIVATE, PUBLIC = passport_keys()
HANOI = Caller("p1", (Grant("editor", "u1", "0000100002"),), tree_version=7)


def test_a_passport_comes_back_as_it_was_signed() -> None:
    token, expires = sign_passport(PRIVATE, HANOI)
    assert read_passport(PUBLIC, token) == HANOI
    assert 290 < expires - time.time() <= 300


def forged() -> dict[str, str]:
    claims = {
        "iss": "loa-org",
        "aud": "loa",
        "sub": "x",
        "grants": [["admin", "u", "00001"]],
        "tv": 1,
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    true = sign_passport(PRIVATE, HANOI)[0]
    return {
        "expired": sign_passport(PRIVATE, HANOI, now=time.time() - 400)[0],
        "of tomorrow": sign_passport(PRIVATE, HANOI, now=time.time() + 60)[0],
        "unsigned": jwt.encode(claims, None, algorithm="none"),
        "signed with the public key": jwt.encode(claims, "a" * 32, algorithm="HS256"),
        "another issuer": jwt.encode({**claims, "iss": "else"}, PRIVATE, algorithm="EdDSA"),
        "another audience": jwt.encode({**claims, "aud": "else"}, PRIVATE, algorithm="EdDSA"),
        "unknown role": jwt.encode({**claims, "grants": [["king", "u", "00001"]]}, PRIVATE, algorithm="EdDSA"),
        "everything by the empty path": jwt.encode(
            {**claims, "grants": [["admin", "u", ""]]}, PRIVATE, algorithm="EdDSA"
        ),
        "no grants": jwt.encode({k: v for k, v in claims.items() if k != "grants"}, PRIVATE, algorithm="EdDSA"),
        "tampered": true[:-8] + ("A" if true[-8] != "A" else "B") + true[-7:],
        "rubbish": "x.y.z",
        "too long": true + "a" * 20_000,
    }


@pytest.mark.parametrize("name", list(forged()))
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(PassportInvalid):
        read_passport(PUBLIC, forged()[name])


@pytest.mark.parametrize("seconds", [-5, 5])
def test_the_clocks_of_two_machines_may_differ_a_little(seconds: float) -> None:
    assert read_passport(PUBLIC, sign_passport(PRIVATE, HANOI, now=time.time() + seconds)[0]) == HANOI


def test_a_grant_holds_for_the_subtree_alone() -> None:
    assert HANOI.may("editor", "0000100002")
    assert HANOI.may("worker", "000010000200003")
    assert not HANOI.may("editor", "00001")
    assert not HANOI.may("editor", "0000100003")
    assert not HANOI.may("admin", "0000100002")
    assert not HANOI.may("analyst", "0000100002")


def test_roles_hold_the_rights_they_should() -> None:
    holds = {
        role: {other for other in ROLES if Caller("p", (Grant(role, "u", "00001"),)).may(other, "00001")}
        for role in ROLES
    }
    expected: dict[Role, set[Role]] = {
        "worker": {"worker"},
        "contributor": {"worker", "contributor"},
        "editor": {"worker", "contributor", "editor"},
        "analyst": {"worker", "analyst"},
        "admin": set(ROLES),
    }
    assert holds == expected


def test_requirements_say_what_is_missing() -> None:
    HANOI.require("editor", "0000100002")
    with pytest.raises(Forbidden):
        HANOI.require("editor", "00001")
    with pytest.raises(SignInRequired):
        ANONYMOUS.require("worker", "00001")
    SYSTEM.require("admin", "0000900001")


def test_an_empty_scope_sees_nothing() -> None:
    assert scope_predicate(Caller("p"), "worker", "path") == ("FALSE", [])
    assert scope_predicate(ANONYMOUS, "worker", "path") == ("FALSE", [])


def test_scopes_inside_others_are_dropped() -> None:
    caller = Caller(
        "p", (Grant("admin", "a", "00001"), Grant("worker", "b", "0000100002"), Grant("worker", "c", "00003"))
    )
    assert caller.scopes("worker") == ("00001", "00003")
    sql, args = scope_predicate(caller, "worker", "unit.path", 2)
    assert sql == "((unit.path >= $2 AND unit.path < $2 || '~') OR (unit.path >= $3 AND unit.path < $3 || '~'))"
    assert args == ["00001", "00003"]


def test_a_passport_ends_when_it_is_told_to_and_not_a_moment_later() -> None:
    token, expires = sign_passport(PRIVATE, HANOI, until=time.time() + 30.7)
    assert 29 <= expires - time.time() <= 31
    assert read_passport(PUBLIC, token) == HANOI
    for until in (0.0, time.time()):
        with pytest.raises(PassportInvalid):
            read_passport(PUBLIC, sign_passport(PRIVATE, HANOI, until=until)[0])
    assert sign_passport(PRIVATE, HANOI, now=1000, until=5000)[1] == 1300
