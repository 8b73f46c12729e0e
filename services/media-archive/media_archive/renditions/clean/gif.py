"""GIF without comments and applications' data, but for the one that says how often it repeats (GIF89a)."""

from mmap import mmap

from media_archive.renditions.clean.errors import CannotBeCleaned

EXTENSION, PICTURE, _END = 0x21, 0x2C, 0x3B
"""What the blocks after a GIF's head begin with."""

HEAD_BYTES = 13
_CONTROL, _APPLICATION = 0xF9, 0xFF
_REPEATS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")


def clean_gif(content: bytes) -> bytes:
    """Return the same pictures; CannotBeCleaned when the file is not built as a GIF."""
    if content[:6] not in (b"GIF87a", b"GIF89a") or len(content) < HEAD_BYTES:
        raise CannotBeCleaned
    at = HEAD_BYTES + table_bytes(content[10])
    pieces = [content[:at]]
    while True:
        if at >= len(content):
            raise CannotBeCleaned
        kind, start = content[at], at
        if kind == _END:
            return b"".join([*pieces, b";"])
        if kind == PICTURE and at + 10 <= len(content):
            at = past_blocks(content, at + 11 + table_bytes(content[at + 9]))
            pieces.append(content[start:at])
        elif kind == EXTENSION and at + 2 <= len(content):
            at = past_blocks(content, at + 2)
            if _is_needed(content[start:at]):
                pieces.append(content[start:at])
        else:
            raise CannotBeCleaned


def _is_needed(extension: bytes) -> bool:
    if extension[1] == _APPLICATION:
        return extension[2:14] in _REPEATS
    return extension[1] == _CONTROL


def table_bytes(packed: int) -> int:
    """Bytes of the colour table that these flags tell of."""
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0


def past_blocks(content: bytes | mmap, at: int) -> int:
    """Return what comes behind a row of blocks and the empty one at its end; CannotBeCleaned when there is no end."""
    while at < len(content) and content[at]:
        at += 1 + content[at]
    if at >= len(content):
        raise CannotBeCleaned
    return at + 1
