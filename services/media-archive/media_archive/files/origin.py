"""An origin of its own for files, so that nothing in a file can act on the union's pages, whatever a browser does.

No session reaches that origin. The union's own origin looks at the passport and leads there with a *pass*: what the
passport gives, for one material and for an hour at most, signed, naming nobody. The files' origin asks PostgreSQL with
it as every request is asked, so a material that is hidden is gone there at once; a role that ended counts for the rest
of the hour.
"""

import base64
import hashlib
import hmac
import time
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit.identity import ANONYMOUS, Caller, Grant, Role
from kit.paths import is_within
from media_archive.files.addresses import FileLinkExpired, FileLinkInvalid
from media_archive.settings import current

_HALF_AN_HOUR = 1_800
# Addresses have at most some 2,000 letters; nobody works with more roles than this, and those nearest are kept.
_MOST_GRANTS = 8


def leads_elsewhere(request: Request) -> bool:
    """Whether files are sent from another origin than the one that was asked."""
    return bool(current().files_url) and request.headers.get("host", "") != urlsplit(current().files_url).netloc


def led_there(path: str) -> Response:
    """Lead a browser to a path on the files' origin."""
    headers = {"cache-control": "private, max-age=600", "referrer-policy": "no-referrer"}
    return RedirectResponse(current().files_url + path, 307, headers)


def path_for(caller: Caller, asset_id: UUID, unit_path: str, path: str, by_grant: UUID | None = None) -> str:
    """Return where on the files' origin a caller finds what is at `path` here; nobody needs no pass.

    `by_grant` is the grant of the material to the caller, where there is one.
    """
    if caller.subject is None:
        return path
    return f"/files/p/{_pass_of(caller, asset_id, unit_path, by_grant)}{path.removeprefix('/files')}"


def _pass_of(
    caller: Caller, asset_id: UUID, unit_path: str, by_grant: UUID | None = None, *, now: float | None = None
) -> str:
    """The same within half an hour, so that browsers can reuse what they hold."""
    expires = (int(time.time() if now is None else now) // _HALF_AN_HOUR + 2) * _HALF_AN_HOUR
    nearest = sorted(
        caller.grants, key=lambda one: not (is_within(unit_path, one.path) or is_within(one.path, unit_path))
    )
    roles = [[one.role, one.path] for one in nearest[:_MOST_GRANTS]]
    said = orjson.dumps([str(asset_id), expires, roles, str(by_grant) if by_grant else None])
    return f"{_letters(said)}.{_letters(_seal(said))}"


def read_pass(token: str, asset_id: UUID) -> tuple[Caller, UUID | None]:
    """Return somebody with the rights of a pass for a material, and the grant to a person by which they were led.

    FileLinkInvalid, or FileLinkExpired after its time.
    """
    said, _, seal = token.partition(".")
    try:
        content = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))
    except ValueError as error:
        raise FileLinkInvalid() from error
    if not hmac.compare_digest(seal.encode(), _letters(_seal(content)).encode()):
        raise FileLinkInvalid()
    about, expires, grants, by_grant = cast(
        "tuple[str, int, list[tuple[Role, str]], str | None]", orjson.loads(content)
    )
    if about != str(asset_id):
        raise FileLinkInvalid()
    if expires < time.time():
        raise FileLinkExpired()
    held = tuple(Grant(role, "", path) for role, path in grants)
    who = Caller("pass", held) if held or by_grant else ANONYMOUS
    return who, UUID(by_grant) if by_grant else None


def widened(reply: Response) -> Response:
    """Let a page load pictures, sounds and films from the files' origin, where there is one."""
    if current().files_url:
        policy = reply.headers["content-security-policy"]
        for part in ("img-src 'self'", "media-src 'self'"):
            policy = policy.replace(part, f"{part} {current().files_url}")
        reply.headers["content-security-policy"] = policy
    return reply


def _seal(said: bytes) -> bytes:
    return hmac.digest(current().file_url_key.get_secret_value().encode(), b"pass/" + said, hashlib.sha256)[:18]


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
