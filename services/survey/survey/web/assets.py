"""What the form's pages are made of besides their text: joined from our sources and named by their content."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from survey.web.phone_texts import later_texts

STATIC = Path(__file__).parent / "static"
BUILT = STATIC / "built"
# What is served under each name: its kind, and the files that it is joined from, because each request costs a phone
# two seconds. The service worker shares what it knows of the queue with the pages.
FILES = {
    "form.css": ("text/css", ("form.css",)),
    "form.js": ("text/javascript", ("logic.js", "store.js", "queue.js", "form.js")),
    "embed.js": ("text/javascript", ("store.js", "embed.js")),
    "more.js": ("text/javascript", ("seal.js", "more.js")),
    "sw.js": ("text/javascript", ("store.js", "queue.js", "sw.js")),
}
# What is not written by hand, before it.
_BEFORE = {"more.js": later_texts}
# Comments on lines of their own and indentation are for us; no text of ours spans lines.
_FOR_US = re.compile(rb"^\s*//.*\n?|^\s+", re.MULTILINE)


def source(name: str) -> bytes:
    """Return what a file is joined from, as we write it."""
    return b"".join((STATIC / file).read_bytes() for file in FILES[name][1])


def source_mark(name: str) -> str:
    """Return what changes whenever a file's sources do."""
    return sha256(source(name)).hexdigest()[:16]


@cache
def content(name: str) -> bytes:
    """Return a file as phones get it: as `minify` made it or, if it was changed since, without our comments."""
    before, built = _BEFORE.get(name, bytes)(), BUILT / name
    head, _, short = built.read_bytes().partition(b"\n") if built.exists() else (b"", b"", b"")
    if head == f"// {source_mark(name)}".encode():
        return before + short
    return before + _FOR_US.sub(b"", source(name))


@cache
def mark(name: str) -> str:
    """Return what changes whenever the file does."""
    return sha256(content(name)).hexdigest()[:8]


def address(name: str) -> str:
    """Return a file's address, which changes with its content, so that it can be kept for good."""
    return f"/f/static/{name}?v={mark(name)}"


@cache
def style() -> str:
    """Return the style that stands in every page: a request of its own would hold up the first sight by two seconds."""
    return content("form.css").decode().replace("\n", "")


@cache
def style_source() -> str:
    """Return the policy's source that lets this style in, and no other."""
    return f"'sha256-{b64encode(sha256(style().encode()).digest()).decode()}'"
