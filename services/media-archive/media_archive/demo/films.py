"""Short films for the demo without a video encoder: a lossy WebP picture holds exactly one VP8 key frame, and a film of
key frames in a WebM container plays in every browser.

Formats: RFC 9649 (WebP), RFC 8794 (EBML), RFC 9559 (Matroska), of which WebM is a part.
"""

import io
import struct
from collections.abc import Sequence

from PIL import Image

_CLUSTER_MS = 5_000


def webm(pictures: Sequence[Image.Image], frames_per_second: int) -> bytes:
    """Return a WebM film of pictures of one size."""
    frames = [_key_frame(picture) for picture in pictures]
    width, height = pictures[0].size
    step = 1000 // frames_per_second
    head = _element(
        "1A45DFA3",
        _number("4286", 1)
        + _number("42F7", 1)
        + _number("42F2", 4)
        + _number("42F3", 8)
        + _element("4282", b"webm")
        + _number("4287", 2)
        + _number("4285", 2),
    )
    info = _element(
        "1549A966",
        _number("2AD7B1", 1_000_000)
        + _float("4489", len(frames) * step)
        + _element("4D80", b"loa")
        + _element("5741", b"loa"),
    )
    video = _element("E0", _number("B0", width) + _number("BA", height))
    track = _element(
        "AE",
        _number("D7", 1)
        + _number("73C5", 1)
        + _number("9C", 0)
        + _number("83", 1)
        + _number("23E383", step * 1_000_000)
        + _element("86", b"V_VP8")
        + video,
    )
    clusters = b"".join(_clusters(frames, step))
    return head + _element("18538067", info + _element("1654AE6B", track) + clusters)


def _clusters(frames: Sequence[bytes], step: int) -> list[bytes]:
    per_cluster = max(1, _CLUSTER_MS // step)
    clusters: list[bytes] = []
    for start in range(0, len(frames), per_cluster):
        blocks = b"".join(
            _element("A3", b"\x81" + (place * step).to_bytes(2, "big") + b"\x80" + frame)
            for place, frame in enumerate(frames[start : start + per_cluster])
        )
        clusters.append(_element("1F43B675", _number("E7", start * step) + blocks))
    return clusters


def _key_frame(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "WEBP", quality=60, method=1)
    content = buffer.getvalue()
    at = content.index(b"VP8 ")
    size = int.from_bytes(content[at + 4 : at + 8], "little")
    return content[at + 8 : at + 8 + size]


def _element(name: str, content: bytes) -> bytes:
    # Eight bytes for every size: simple, and Matroska allows it.
    return bytes.fromhex(name) + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _number(name: str, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _float(name: str, value: float) -> bytes:
    return _element(name, struct.pack(">d", value))
