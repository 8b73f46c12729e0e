"""Passwords of share links: kept as scrypt, compared in constant time, and few tries at a time.

scrypt (RFC 7914) with N = 2^14, r = 8, p = 1 takes 16 MB and some 50 ms, so it runs in a thread and few at a time.
"""

import asyncio
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from kit import db
from kit.errors import DomainError, InvalidInput

SHORTEST, LONGEST = 8, 200
MOST_TRIES = 10
TRY_MINUTES = 15
# Of 16 MB each, whoever knocks.
_hashing = ThreadPoolExecutor(2, "share-password")


class PasswordWrong(DomainError):
    """The password of a share link is not this one."""

    code = "PASSWORD_WRONG"
    vi = "Mật khẩu không đúng."
    en = "The password is wrong."


class TooManyTries(DomainError):
    """So many wrong passwords came that none is looked at for a while."""

    code = "TOO_MANY_TRIES"
    vi = "Đã thử sai quá nhiều lần. Hãy thử lại sau {minutes} phút."
    en = "Too many wrong tries. Try again in {minutes} minutes."
    extra = {"minutes": int}


async def hashed(password: str) -> tuple[bytes, bytes]:
    """Return a new salt and the hash of a password; InvalidInput unless it has 8 to 200 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            "password", f"cần từ {SHORTEST} đến {LONGEST} ký tự", f"needs {SHORTEST} to {LONGEST} characters"
        )
    salt = secrets.token_bytes(16)
    return salt, await _scrypt(password, salt)


async def check(link_id: UUID, salt: bytes, expected: bytes, password: str) -> None:
    """Raise PasswordWrong, or TooManyTries after ten wrong ones in 15 minutes; a try counts before it is judged."""
    counted = await db.value(
        f"""UPDATE share_link SET
                tries = CASE WHEN tries_since < now() - interval '{TRY_MINUTES} minutes' THEN 1 ELSE tries + 1 END,
                tries_since = CASE WHEN tries_since < now() - interval '{TRY_MINUTES} minutes' THEN now()
                              ELSE tries_since END
            WHERE id = $1 AND (tries < $2 OR tries_since < now() - interval '{TRY_MINUTES} minutes')
            RETURNING true""",
        link_id,
        MOST_TRIES,
    )
    if not counted:
        raise TooManyTries(minutes=TRY_MINUTES)
    if not hmac.compare_digest(await _scrypt(password[:LONGEST], salt), expected):
        raise PasswordWrong()
    await db.execute("UPDATE share_link SET tries = greatest(tries - 1, 0) WHERE id = $1", link_id)


async def _scrypt(password: str, salt: bytes) -> bytes:
    told = password.encode("utf-8", "replace")
    return await asyncio.get_running_loop().run_in_executor(
        _hashing, lambda: hashlib.scrypt(told, salt=salt, n=1 << 14, r=8, p=1, maxmem=64 << 20, dklen=32)
    )
