"""What the form's pages are made of besides their text: joined from our sources and named by their content."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

STATIC = Path(__file__).parent / "static"
# What is served under each name: its kind, and the files that it is joined from, because each request costs a phone
# two seconds. The service worker shares what it knows of the queue with the pages.
FILES = {
    "form.css": ("text/css", ("form.css",)),
    "form.js": ("text/javascript", ("logic.js", "store.js", "queue.js", "seal.js", "kept.js", "form.js")),
    "sw.js": ("text/javascript", ("store.js", "queue.js", "sw.js")),
}
# Comments on lines of their own and indentation are for us; no text of ours spans lines.
_FOR_US = re.compile(rb"^\s*//.*\n?|^\s+", re.MULTILINE)


@cache
def content(name: str) -> bytes:
    """Return a file as phones get it, without our comments."""
    joined = b"".join((STATIC / file).read_bytes() for file in FILES[name][1])
    return _FOR_US.sub(b"", joined)


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
