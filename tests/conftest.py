"""What all tests share: one PostgreSQL and one Valkey for the whole run, started here unless somebody started them."""

import contextlib
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Browser, async_playwright
from redis.asyncio import Redis

from loa.embedded import Postgres, Valkey, running
from loa.place import ROOT

DATABASE_VARIABLE = "LOA_TEST_DATABASE_URL"
REDIS_VARIABLE = "LOA_TEST_REDIS_URL"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_servers = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that the person started; xdist's workers inherit their addresses."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if not (DATABASE_VARIABLE in os.environ and REDIS_VARIABLE in os.environ):
        database_url, redis_url = _servers.enter_context(servers_in(ROOT / ".data" / "test"))
        os.environ.setdefault(DATABASE_VARIABLE, database_url)
        os.environ.setdefault(REDIS_VARIABLE, redis_url)


def pytest_unconfigure() -> None:
    """Stop what `pytest_configure` started."""
    _servers.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Collect no garbage among what is imported for thousands of tests: a fifth of the time would go to looking."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Keep what was imported and found out of later looks for garbage."""
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def servers_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Fast servers over new, empty data, so that several test runs may go on side by side; removed afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    own = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=folder))
    try:
        postgres, valkey = Postgres.at(own / "postgres", durable=False), Valkey.at(own / "valkey", durable=False)
        postgres.initialise()
        with running(postgres.program(), own / "postgres.log"), running(valkey.program(), own / "valkey.log"):
            yield postgres.url, valkey.url
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed left behind."""
    for old in folder.iterdir():
        pid = old.name.partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(old, ignore_errors=True)


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """`gw0`, `gw1` … under xdist, else `main`."""
    given = getattr(request.config, "workerinput", None)
    return given["workerid"] if given else "main"


@pytest.fixture(scope="session")
def test_servers() -> tuple[str, str]:
    """The addresses of the run's PostgreSQL (as its superuser) and Valkey."""
    return os.environ[DATABASE_VARIABLE], os.environ[REDIS_VARIABLE]


@pytest.fixture
async def valkey(test_servers: tuple[str, str], worker_name: str) -> AsyncIterator[str]:
    """The URL of an empty logical database of this test's own."""
    number = 1 + int(worker_name.removeprefix("gw")) if worker_name.startswith("gw") else 1
    url = f"{test_servers[1].rpartition('/')[0]}/{number}"
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
        yield url
        await redis.flushdb()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; tests that need it are skipped where it is not installed, but not in the full suite of CI."""
    if not Path(CHROMIUM).exists():
        reason = f"{CHROMIUM} is not installed (Debian: apt install chromium)"
        if "LOA_REFERENCE_DIR" in os.environ:
            pytest.fail(f"the full suite needs a browser: {reason}")
        pytest.skip(reason)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        await chromium.close()
