"""The whole product, as a person starts it: `up` and `demo` on a data folder of its own, once for all tests here."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_world import House, command, environment, free_port

from loa.place import ROOT


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask for the running house share one process of the test run, so that it is started once."""
    for item in items:
        if "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("house"))
            item.add_marker(pytest.mark.slow)
    # Fuzzing leaves rubbish behind: it comes last.
    items.sort(key=lambda item: "fuzzing" in item.nodeid)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start everything, fill in the demo, and stop everything at the end."""
    data = tmp_path_factory.mktemp("house") / "data"
    port = free_port()
    log = data.parent / "up.log"
    with log.open("wb") as output:
        up = subprocess.Popen(
            command("up", "--port", str(port)), cwd=ROOT, env=environment(data), stdout=output, stderr=output
        )
    try:
        seconds = _until_ready(up, log)
        running = House(f"http://127.0.0.1:{port}", data, seconds)
        running.loa("demo", timeout=400)
        yield running
    finally:
        up.send_signal(signal.SIGINT)
        assert up.wait(60) == 0, log.read_text()


def _until_ready(up: "subprocess.Popen[bytes]", log: Path) -> float:
    for _ in range(1200):
        said = re.search(r"Loa is ready \(([\d.]+) s\)", log.read_text())
        if said:
            return float(said.group(1))
        assert up.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())
