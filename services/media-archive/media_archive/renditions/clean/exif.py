"""The one thing of EXIF that is about the picture and not its maker: which way up it is."""

UPRIGHT = 1
_ORIENTATION = 0x0112
_SHORT = 3


def only_orientation(orientation: int) -> bytes:
    """Return a TIFF structure with nothing but the orientation, 1 to 8 (TIFF 6.0, section 2)."""
    entry = (
        _ORIENTATION.to_bytes(2, "little")
        + _SHORT.to_bytes(2, "little")
        + (1).to_bytes(4, "little")
        + orientation.to_bytes(4, "little")
    )
    return b"II*\x00" + (8).to_bytes(4, "little") + (1).to_bytes(2, "little") + entry + bytes(4)
