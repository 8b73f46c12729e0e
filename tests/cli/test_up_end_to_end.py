"""`loa up` itself: ready, restarting what dies, refusing a second one, stopping in order, and up again after kill -9."""

import contextlib
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from loa.embedded import leftovers
from loa.embedded.programs import free_port
from loa.house import ordinary_environment
from loa.occupancy import Card, running
from loa.place import ROOT, Place

LOA = Path(sys.executable).with_name("loa")
# On an idle machine of two cores it takes half of the promised 15 s; the suite's other process is busy meanwhile.
PATIENCE = 90


class Up:
    """A running `loa up` on a folder of its own."""

    def __init__(self, place: Place, port: int, screen: Path, *options: str, **servers: str) -> None:
        self.place = place
        self.url = f"http://127.0.0.1:{port}"
        self.screen = screen
        with screen.open("wb") as output:
            self.process = subprocess.Popen(
                [LOA, "up", "--port", str(port), *options],
                cwd=ROOT,
                env={**ordinary_environment(), "LOA_DATA": str(place.data), **servers},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.screen.read_text()

    def wait_for(self, claim: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not claim():
            assert time.monotonic() < deadline, self.text
            time.sleep(0.1)

    def wait_until_ready(self) -> Card:
        self.wait_for(lambda: "Loa is ready" in self.text or self.process.poll() is not None)
        card = running(self.place)
        assert card is not None, self.text
        assert card.ready
        return card

    def children(self) -> dict[str, psutil.Process]:
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            words = child.cmdline()
            found[next((word for word in words if re.search(r"\.app(:app)?$|gateway|front_door", word)), words[0])] = (
                child
            )
        return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[], Up]]:
    place, port, ups = Place(tmp_path / "data"), free_port(), []

    def start(*options: str, **servers: str) -> Up:
        ups.append(Up(place, port, tmp_path / f"screen-{len(ups)}", *options, **servers))
        return ups[-1]

    yield start
    for up in ups:
        up.process.kill()
        up.process.wait()


@pytest.mark.slow
def test_up_lives_through_deaths_and_starts_again_on_the_same_data(started):
    first = started()
    card = first.wait_until_ready()
    _answers_at_one_origin(first)
    _refuses_a_second_one(first)
    _restarts_what_dies(first)
    dead = _killed_at_once(first)

    second = started()
    assert second.wait_until_ready().pid == second.process.pid != card.pid
    assert not any(leftovers.is_alive(process) for process in dead)
    _answers_at_one_origin(second)
    assert _secrets(running(second.place)) == _secrets(card), "keys and passwords survive"
    _stops_in_order(second, signal.SIGINT)


@pytest.mark.slow
def test_a_phone_in_the_same_network_is_served_over_tls(started):
    up = started("--lan")
    card = up.wait_until_ready()
    assert card.public_url.startswith("https://")
    assert card.public_url in up.text
    authority = ssl.create_default_context(cafile=str(up.place.tls / "authority.pem"))
    with httpx.Client(base_url=card.public_url, verify=authority, timeout=20) as phone:
        form = phone.get("/f/nhucau")
        assert (form.status_code, "Không tìm thấy phiếu" in form.text) == (404, True), "served, though there is no demo"
        # Signing in goes through the gateway, which has to trust the same certificate.
        login = phone.get("/auth/login")
        assert login.headers["location"].startswith(f"{card.public_url}/issuer/authorize?")
        assert "__Host-" in login.headers["set-cookie"]
        assert phone.get(login.headers["location"]).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{card.public_url}/healthz")  # nobody else vouches for it
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0, up.text


@pytest.mark.slow
async def test_real_servers_take_the_place_of_the_embedded_ones(started, test_servers, tmp_path):
    server_url, redis_url = test_servers
    up = started(
        LOA_DATABASE_URL=server_url,
        LOA_REDIS_URL=f"{redis_url.rpartition('/')[0]}/9",
        LOA_STORAGE_URL=(tmp_path / "files").as_uri(),
    )
    card = up.wait_until_ready()
    _answers_at_one_origin(up)
    assert len(up.children()) == 8, "no PostgreSQL and no Valkey of its own"
    assert not up.place.postgres.exists()
    asked = await asyncpg.connect(server_url)
    made = await asked.fetch(
        "SELECT datname FROM pg_database WHERE datname LIKE 'loa\\_%' AND datname NOT LIKE 'loa\\_test%'"
    )
    await asked.close()
    assert {row["datname"] for row in made} == {"loa_org", "loa_survey", "loa_media_archive"}
    assert card.environments["media_archive"]["LOA_STORAGE_URL"] == (tmp_path / "files").as_uri()
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(60) == 0, up.text


def _answers_at_one_origin(up: Up) -> None:
    with httpx.Client(base_url=up.url, timeout=20) as http:
        for path in ("/healthz", "/org/", "/results/", "/archive/", "/issuer/jwks"):
            assert http.get(path).status_code == 200, path
        explorer = http.get("/graphql", headers={"accept": "text/html"})
        assert (explorer.status_code, explorer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        reply = http.post("/graphql", json={"query": "{ __typename }"})
        assert reply.json() == {"data": {"__typename": "Query"}}
        assert http.get("/auth/login").status_code == 303


def _refuses_a_second_one(up: Up) -> None:
    environment = {**ordinary_environment(), "LOA_DATA": str(up.place.data)}
    again = subprocess.run([LOA, "up"], env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert f"Loa is running on this data already at {up.url} (process {up.process.pid})" in again.stderr


def _restarts_what_dies(up: Up) -> None:
    up.children()["survey.app:app"].kill()
    up.wait_for(lambda: re.search(r"survey +ended \(signal 9\)", up.text))
    up.wait_for(lambda: re.search(r"survey +restarted", up.text))
    up.wait_for(lambda: httpx.get(f"{up.url}/results/", timeout=20).status_code == 200)


def _killed_at_once(up: Up) -> list[psutil.Process]:
    """`kill -9` of everything."""
    everything = [psutil.Process(up.process.pid), *psutil.Process(up.process.pid).children(recursive=True)]
    for process in everything:
        # Some are quicker: the kernel has told them of their parent's death.
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    up.process.wait()
    return everything


def _secrets(card: Card | None) -> list[str]:
    assert card is not None
    org = card.environments["org"]
    password = org["LOA_DATABASE_URL"].split("@")[0]
    return [password, org["LOA_PASSPORT_PRIVATE_KEY"], org["LOA_INTERNAL_KEY"]]


def _stops_in_order(up: Up, asked: signal.Signals) -> None:
    children = list(up.children().values())
    assert len(children) == 10
    up.process.send_signal(asked)
    assert up.process.wait(60) == 0, up.text
    assert up.text.rstrip().endswith("Stopped.")
    assert not any(leftovers.is_alive(child) for child in children)
    assert not up.place.card.exists()
    assert not (up.place.postgres / "postmaster.pid").exists()
    assert list(up.place.processes.glob("*.pid")) == []
