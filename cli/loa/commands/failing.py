"""How commands fail: a sentence for the person and exit code 1, never a trace for something they can mend."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from loa.embedded import CannotStart
from loa.occupancy import Card, Occupied, running
from loa.place import Place


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what a person can mend into a message."""
    try:
        yield
    except (CannotStart, Occupied) as error:
        raise click.ClickException(str(error)) from error


def require_running(place: Place) -> Card:
    """The running `up`, else a message that says to start it."""
    card = running(place)
    if card is None or not card.ready:
        raise click.ClickException("Loa is not running here (or not ready yet). Start it with: python run.py up")
    return card
