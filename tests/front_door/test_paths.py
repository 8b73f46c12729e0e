"""No spelling of a path gets around a rule."""

from __future__ import annotations

import pytest
from auth_origin import Origin
from raw_http import get, say, status_of

from loa.front_door.doors import door_of
from loa.front_door.paths import clean_segments

SUSPICIOUS = [
    "/f/../org",
    "/f/..",
    "/f/./x",
    "/f/%2e%2e/org",
    "/f/%2E%2e/org",
    "/f/.%2e/org",
    "/f/..;/org",
    "/f/..;x=1/org",
    "/f/%252e%252e/org",
    "/f/%2fx",
    "/f/x%2f..%2f..%2forg",
    "/f%2f..%2forg",
    "/f/%5c..%5corg",
    "/f\\..\\org",
    "//org/units",
    "/f//x",
    "/f/x//",
    "///",
    "/org/%00",
    "/org/%0d%0aLoa-Passport:x",
    "/org/%7f",
    "/org/%e2%80%ae",
    "/org/%ff",
    "/org/%c0%ae%c0%ae/",
    "/org/%",
    "/org/%2",
    "/org/%zz",
    "/org/a|b",
    "/org/<script>",
    "/%2e%2e/",
    "/org/%25%32%65",
    "/%66/x",
    "/%6frg/units",
]


@pytest.mark.parametrize("path", SUSPICIOUS)
async def test_a_suspicious_path_is_refused(origin: Origin, path: str) -> None:
    answer = await say(origin.url, get(path))
    assert status_of(answer) == 400
    assert b"Loa-Passport" not in answer
    assert all(stranger.seen == [] for stranger in origin.strangers.values())


@pytest.mark.parametrize(
    "path",
    ["/internal/passport", "/org/internal/passport", "/org/%69nternal/passport", "/healthz/x", "/fx", "/F/x",
     "/orgs", "/", "/.git/config", "/metrics", "/readyz", "/org%00", "/*"],
)  # fmt: skip
async def test_what_is_not_a_service_reaches_none(origin: Origin, path: str) -> None:
    answer = await say(origin.url, get(path))
    assert status_of(answer) == (200 if path == "/" else 400 if "%00" in path else 404)
    assert all(stranger.seen == [] for stranger in origin.strangers.values())
    assert origin.org.asked == []


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("/", [""]),
        ("/f/abc", ["f", "abc"]),
        ("/files/a.b/c~d_e-f@g:h=i,j+k/", ["files", "a.b", "c~d_e-f@g:h=i,j+k", ""]),
        ("/issuer/.well-known/openid-configuration", ["issuer", ".well-known", "openid-configuration"]),
        ("/files/T%E1%BB%9D%20r%C6%A1i%20(1).pdf", ["files", "Tờ rơi (1).pdf"]),
        ("/files/100%25", ["files", "100%"]),
        ("/files/...", ["files", "..."]),
        ("/org/a;v=1", ["org", "a;v=1"]),
    ],
)
def test_an_honest_path_is_read_as_it_is_meant(path: str, segments: list[str]) -> None:
    assert clean_segments(path.encode()) == segments


async def test_an_honest_path_arrives_unchanged(origin: Origin) -> None:
    path = "/files/T%E1%BB%9D%20r%C6%A1i.pdf?q=%2F..%2F&x=a//b"
    assert status_of(await say(origin.url, get(path))) == 200
    assert origin.strangers["media-archive"].last.target == path


def test_the_inside_has_no_door() -> None:
    for segments in (["internal"], ["org", "internal"], ["auth", "check"], ["auth", "check", ""], [""], ["x"]):
        assert door_of(segments) is None


async def test_an_address_that_is_too_long_is_refused(origin: Origin) -> None:
    assert status_of(await say(origin.url, get("/org/" + "x" * 3000))) == 414
    assert status_of(await say(origin.url, get("/org/?" + "x" * 9000))) == 414
    assert origin.strangers["org"].seen == []


@pytest.mark.parametrize("host", ["evil.example/..", "a b", "x@y", "", "a,b", "x" * 300])
async def test_a_host_that_is_none_is_refused(origin: Origin, host: str) -> None:
    assert status_of(await say(origin.url, get("/org/", host=host))) == 400
    assert origin.strangers["org"].seen == []


async def test_two_hosts_are_refused(origin: Origin) -> None:
    assert status_of(await say(origin.url, get("/org/", "Host: other"))) == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
async def test_other_methods_are_refused(origin: Origin, method: str) -> None:
    assert status_of(await say(origin.url, get("/org/", method=method))) in (400, 405)
    assert origin.strangers["org"].seen == []
