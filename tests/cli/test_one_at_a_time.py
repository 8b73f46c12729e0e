"""One process runs on a data folder at a time; what it leaves for other commands is private and never outlives it."""

import asyncio
import stat
import subprocess
import sys
from dataclasses import replace

import pytest
from terminal_world import Terminal, eventually

from loa.errands import Errand, run_errands
from loa.occupancy import Card, Occupied, occupied, publish, running
from loa.place import Place
from loa.services import ORG

CARD = Card(pid=1, public_url="http://127.0.0.1:8080", addresses={}, environments={"org": {"LOA_X": "secret"}})


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "data")


def test_a_second_one_is_refused_and_told_where_the_first_is(place):
    with occupied(place):
        publish(place, CARD)
        said = r"running on this data already at http://127\.0\.0\.1:8080 \(process 1\)"
        with pytest.raises(Occupied, match=said), occupied(place):
            pytest.fail("got in")
        assert running(place) == CARD


def test_the_card_goes_with_its_owner(place):
    with occupied(place):
        publish(place, CARD)
    assert running(place) is None
    assert not place.card.exists()


def test_the_card_is_private(place):
    with occupied(place):
        publish(place, CARD)
        assert stat.S_IMODE(place.card.stat().st_mode) == 0o600


def test_nothing_runs_on_a_folder_that_does_not_exist(place):
    assert running(place) is None


HOLDER = """
import pathlib, signal, sys
from loa.occupancy import Card, occupied, publish
from loa.place import Place
place = Place(pathlib.Path(sys.argv[1]))
with occupied(place):
    publish(place, Card(1, "http://127.0.0.1:8080", {}, {"org": {"LOA_X": "secret"}}))
    print("held", flush=True)
    signal.pause()
"""


def test_a_killed_owner_leaves_the_folder_free_and_its_card_does_not_count(place):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(place.data)], stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline() == b"held\n"
        assert running(place) == CARD
        owner.kill()
    assert place.card.exists()
    assert running(place) is None
    with occupied(place):
        assert place.lock.exists()
        assert running(place) is None


async def test_work_waits_for_a_house_that_is_starting(place):
    terminal = Terminal()
    told = place.data / "told"
    errand = Errand(
        ORG, ("-c", f"import os, pathlib; pathlib.Path({str(told)!r}).write_text(os.environ['LOA_X'])"), "t"
    )
    with occupied(place):
        publish(place, Card(CARD.pid, CARD.public_url, {}, {}))
        work = asyncio.create_task(run_errands(place, terminal.voice, "Telling", [errand]))
        await eventually(lambda: "Loa is starting at http://127.0.0.1:8080: waiting until it has …" in terminal.text)
        assert not told.exists()
        publish(place, replace(CARD, ready=True))
        await work
    assert told.read_text() == "secret"
