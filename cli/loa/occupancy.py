"""Who runs on a data folder: one process at a time, told by a lock that the system drops when its holder dies."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

import orjson

from loa.embedded.secrets import private_file
from loa.place import Place


class Occupied(Exception):
    """Something runs on this data folder already."""

    def __init__(self, card: "Card | None") -> None:
        self.card = card
        where = f" at {card.public_url} (process {card.pid})" if card else ""
        super().__init__(f"Loa is running on this data already{where}. Stop it first, or give LOA_DATA another folder.")


@dataclass(frozen=True)
class Card:
    """What other commands need to know of a running `up`. Holds secrets: its file is private."""

    pid: int
    public_url: str
    addresses: dict[str, str]
    environments: dict[str, dict[str, str]]
    ready: bool = False


@contextlib.contextmanager
def occupied(place: Place) -> Iterator[None]:
    """Hold the data folder for the length of a block. Raises Occupied when somebody else does."""
    place.data.mkdir(parents=True, exist_ok=True)
    with place.lock.open("a+b") as file:
        if not _lock(file):
            raise Occupied(running(place))
        # One that was killed may have left its card.
        place.card.unlink(missing_ok=True)
        try:
            yield
        finally:
            place.card.unlink(missing_ok=True)


def running(place: Place) -> Card | None:
    """The card of the `up` that runs here now, or None. A card that a killed run left behind does not count."""
    try:
        with place.lock.open("r+b") as file:
            if _lock(file):
                return None
        return Card(**orjson.loads(place.card.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def publish(place: Place, card: Card) -> None:
    """Write the card where other commands look for it."""
    private_file(place.card, orjson.dumps(asdict(card)))


def _lock(file: BinaryIO) -> bool:
    """Take the lock; it goes with the file's closing, or with the process however that ends."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
