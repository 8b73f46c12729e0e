"""A member's half of RFC 9474 in Python, as an app would have it, and the page's own half run in Node."""

import hashlib
import secrets
import subprocess
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import orjson

from gateway.planner.node import node_program

PAGE_SCRIPT = files("survey.web").joinpath("static", "blind.js")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Blinded:
    """What goes to the signer, and what is kept to make a signature of the answer."""

    message: bytes
    blinded: bytes
    inverse: int


def encoded(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE (RFC 8017, section 9.1.1) with SHA-384 and MGF1."""
    length = (bits + 7) // 8
    seed = hashlib.sha384(b"\0" * 8 + hashlib.sha384(message).digest() + salt).digest()
    block = b"\0" * (length - len(salt) - 50) + b"\1" + salt
    stream = b"".join(hashlib.sha384(seed + count.to_bytes(4)).digest() for count in range(len(block) // 48 + 1))
    masked = bytearray(one ^ other for one, other in zip(block, stream, strict=False))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + seed + b"\xbc"


def blind(message: bytes, n: int, e: int, salt: bytes | None = None, inverse: int | None = None) -> Blinded:
    """Blind a prepared message, with random salt and factor unless they are given."""
    salt = secrets.token_bytes(48) if salt is None else salt
    inverse = pow(secrets.randbelow(n - 2) + 2, -1, n) if inverse is None else inverse
    plain = int.from_bytes(encoded(message, n.bit_length() - 1, salt))
    blinded = plain * pow(pow(inverse, -1, n), e, n) % n
    return Blinded(message, blinded.to_bytes((n.bit_length() + 7) // 8), inverse)


def finish(answer: bytes, made: Blinded, n: int) -> bytes:
    """The signature of the prepared message."""
    return (int.from_bytes(answer) * made.inverse % n).to_bytes((n.bit_length() + 7) // 8)


def on_the_page(*work: dict) -> list:
    """What the page's script makes of some work, in Node."""
    said = subprocess.run(
        [str(node_program()), str(HERE / "phone_blind.mjs")],
        input=orjson.dumps({"module": str(PAGE_SCRIPT), "work": work}),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return orjson.loads(said.stdout)
