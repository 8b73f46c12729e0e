"""IPTC's Information Interchange Model: the records that picture agencies have written into photographs since 1991."""

from collections import defaultdict
from collections.abc import Iterator

from media_archive.metadata.embedded import Embedded, said
from media_archive.metadata.encodings import decoded

_TITLE, _KEYWORD, _DAY, _CREATOR, _HEADLINE, _RIGHTS, _CAPTION = 5, 25, 55, 80, 105, 116, 120
_MOST_DATASETS = 2_000


def read(block: bytes) -> Embedded:
    """Return what datasets say. What declares itself UTF-8 in 1:90 mostly is; what doesn't may be all the same."""
    found: dict[int, list[str]] = defaultdict(list)
    for record, dataset, value in _datasets(block):
        if record == 2:
            found[dataset].append(decoded(value))
    return said(
        title=_first(found[_TITLE]) or _first(found[_HEADLINE]),
        description=_first(found[_CAPTION]),
        keywords=found[_KEYWORD],
        creator="; ".join(found[_CREATOR]),
        rights=_first(found[_RIGHTS]),
        day=_first(found[_DAY]),
    )


def _first(values: list[str]) -> str:
    return values[0] if values else ""


def _datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    for _ in range(_MOST_DATASETS):
        if block[place : place + 1] != b"\x1c" or place + 5 > len(block):
            return
        record, dataset = block[place + 1], block[place + 2]
        size, start = int.from_bytes(block[place + 3 : place + 5], "big"), place + 5
        if size & 0x8000:
            # An extended dataset tells first how many bytes its length has.
            width = size & 0x7FFF
            size, start = int.from_bytes(block[start : start + width], "big"), start + width
            if width > 4:
                return
        yield record, dataset, block[start : start + size]
        place = start + size
