"""What an address of a channel must look like: a web address, a mailbox, or a place in words."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

from kit.errors import InvalidInput
from org.vietnamese import clean

LONGEST_ADDRESS = 500

# Kinds whose address is a web address; where hosts are listed it must be on one of them, which all speak https.
_SITES: dict[str, tuple[str, ...]] = {
    "website": (),
    "facebook_page": ("facebook.com", "fb.com", "fb.me"),
    "zalo": ("zalo.me", "zaloapp.com"),
    "youtube": ("youtube.com", "youtu.be"),
    "tiktok": ("tiktok.com",),
}
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.[a-z][a-z0-9-]{0,61}[a-z0-9]")
_MAILBOX = re.compile(r"[^@\s]{1,64}@[^@\s]+")


def checked_address(kind: str, address: str | None) -> str | None:
    """Return a channel's address as it is kept, or raise InvalidInput.

    Kinds on the web need a web address (`https://` is put before one without a scheme, and replaces `http://` where a
    site is known to speak it); `email` needs a mailbox; of all others the address may be missing or any words.
    """
    text = clean(address or "")
    if len(text) > LONGEST_ADDRESS:
        raise _refused(f"dài hơn {LONGEST_ADDRESS} ký tự.", f"is longer than {LONGEST_ADDRESS} characters.")
    if kind in _SITES:
        return _web_address(text, _SITES[kind])
    if kind == "email":
        return _mailbox(text)
    return text or None


def _web_address(text: str, hosts: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError as error:
        raise _no_web_address() from error
    if parts.scheme not in ("http", "https") or parts.username is not None or " " in text or not _HOST.fullmatch(host):
        raise _no_web_address()
    if hosts and not any(host == known or host.endswith(f".{known}") for known in hosts):
        raise _refused(f"phải ở một trong các trang: {', '.join(hosts)}.", f"must be at one of: {', '.join(hosts)}.")
    scheme = "https" if hosts else parts.scheme
    place = host if port is None else f"{host}:{port}"
    path, query, fragment = (
        quote(part, safe="/%:@!$&'()*+,;=~?-._[]") for part in (parts.path, parts.query, parts.fragment)
    )
    kept = urlunsplit((scheme, place, path, query, fragment))
    if len(kept) > LONGEST_ADDRESS:
        raise _refused(f"dài hơn {LONGEST_ADDRESS} ký tự.", f"is longer than {LONGEST_ADDRESS} characters.")
    return kept


def _mailbox(text: str) -> str:
    name, _, host = text.rpartition("@")
    try:
        mailbox = f"{name}@{_ascii_host(host)}"
    except UnicodeError as error:
        raise _no_mailbox() from error
    if not _MAILBOX.fullmatch(mailbox) or not _HOST.fullmatch(mailbox.rpartition("@")[2]):
        raise _no_mailbox()
    return mailbox


def _ascii_host(host: str) -> str:
    """Return a host in lower case, one with Vietnamese letters as browsers send it; UnicodeError when it is none."""
    return host.lower().encode("idna").decode("ascii") if host else ""


def _no_web_address() -> InvalidInput:
    return _refused(
        "phải là địa chỉ trang mạng, như https://congdoan.example.vn.",
        "must be a web address, such as https://congdoan.example.vn.",
    )


def _no_mailbox() -> InvalidInput:
    return _refused("phải là địa chỉ thư điện tử.", "must be an e-mail address.")


def _refused(vi: str, en: str) -> InvalidInput:
    return InvalidInput("address", vi, en)
