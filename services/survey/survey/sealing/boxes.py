"""Puts answers into boxes that only the holder of a sealing key opens, and that look alike whatever is in them.

A batch of answers that is committed together shares one random key, which HPKE (RFC 9180; X25519, HKDF-SHA256,
ChaCha20-Poly1305) wraps for the sealing key; each answer is encrypted under it by ChaCha20-Poly1305 with a random nonce
of its own. That two boxes share a key says no more than that they share a transaction, which their rows tell anyway.
Wrapping for each answer alone costs 115 µs instead of 3.
"""

import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"loa sealed answer 1"
_KEY, _NONCE = 32, 12
_WRAPPED = 32 + _KEY + 16

# The length of a box would tell a chatty answer from a terse one, so there are four lengths. The first takes nearly
# every form (the demo's 34 questions with 500 characters of text are 620 bytes) and is what still fits four times into
# a page of PostgreSQL, unsplit; the last takes the longest form that is let in. The others are far apart: the fewer
# lengths there are, the more answers share one.
SIZES = (1_792, 8_192, 65_536, 524_288)
# Whether the content is packed (one byte), and its length.
_HEAD = 5


class Unopenable(Exception):
    """This is not a box that this key opens: another key's, another wave's, or damaged."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer belongs. Sealed in with it: a box that is put elsewhere does not open."""

    wave_id: UUID
    response_group_id: UUID | None

    @property
    def label(self) -> bytes:
        """The place as bytes."""
        return self.wave_id.bytes + (self.response_group_id.bytes if self.response_group_id else bytes(16))


def seal(public: X25519PublicKey, contents: Iterable[tuple[Place, bytes]]) -> list[bytes]:
    """Return a box for each content, in their order, all openable by the private half of one sealing key."""
    shared = os.urandom(_KEY)
    wrapped = _SUITE.encrypt(shared, public, info=_INFO)
    cipher = ChaCha20Poly1305(shared)
    boxes: list[bytes] = []
    for place, content in contents:
        nonce = os.urandom(_NONCE)
        boxes.append(wrapped + nonce + cipher.encrypt(nonce, _padded(content), place.label))
    return boxes


def open_all(
    private: Mapping[UUID, X25519PrivateKey], boxes: Sequence[tuple[UUID, Place, bytes]]
) -> list[bytes | Unopenable]:
    """Return what is in each box (its sealing key's id, its place, its bytes), in their order."""
    ciphers: dict[tuple[UUID, bytes], ChaCha20Poly1305] = {}
    opened: list[bytes | Unopenable] = []
    for key_id, place, box in boxes:
        try:
            opened.append(_open(private[key_id], ciphers, key_id, place, box))
        except (KeyError, InvalidTag, ValueError, zlib.error):
            opened.append(Unopenable())
    return opened


def _open(
    private: X25519PrivateKey,
    ciphers: dict[tuple[UUID, bytes], ChaCha20Poly1305],
    key_id: UUID,
    place: Place,
    box: bytes,
) -> bytes:
    wrapped, nonce, rest = box[:_WRAPPED], box[_WRAPPED : _WRAPPED + _NONCE], box[_WRAPPED + _NONCE :]
    cipher = ciphers.get((key_id, wrapped))
    if cipher is None:
        cipher = ciphers[key_id, wrapped] = ChaCha20Poly1305(_SUITE.decrypt(wrapped, private, info=_INFO))
    return _unpadded(cipher.decrypt(nonce, rest, place.label))


def _padded(content: bytes) -> bytes:
    # Packed only where that helps: packing costs ten times what encrypting does.
    packed = content if len(content) + _HEAD <= SIZES[0] else zlib.compress(content)
    filled = len(packed) + _HEAD
    size = next((size for size in SIZES if filled <= size), -filled // SIZES[-1] * -SIZES[-1])
    is_packed = packed is not content
    return bytes([is_packed]) + len(packed).to_bytes(_HEAD - 1, "big") + packed + bytes(size - filled)


def _unpadded(padded: bytes) -> bytes:
    content = padded[_HEAD : _HEAD + int.from_bytes(padded[1:_HEAD], "big")]
    return zlib.decompress(content) if padded[0] else content
