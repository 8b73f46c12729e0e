"""The image of each service: what is copied exists, what is named is a member, and its commands really work."""

import asyncio
import fnmatch
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
import yaml
from manifest_world import SERVICES, project_version
from redis.asyncio import Redis
from settings_world import PACKAGES, read_by, variables

from kit.identity import Caller, read_passport, sign_passport
from loa.place import ROOT

RUN = ROOT / "deploy/container/run"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, each on one line."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def stages() -> dict[str, str]:
    """What each stage is made from, the last under the name `final`."""
    found: dict[str, str] = {}
    for word, rest in instructions():
        if word == "FROM":
            source, _, name = rest.partition(" AS ")
            found[name or "final"] = source
    return found


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets a path into the build: the last line that matches decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and (fnmatch.fnmatch(path, pattern) or path.startswith(f"{pattern}/")):
            sent = line.startswith("!")
    return sent


def test_every_service_has_a_stage_of_its_own():
    found = stages()
    assert found["final"] == "runtime-${SERVICE}"
    assert {name.removeprefix("runtime-") for name in found if name.startswith("runtime-")} == set(SERVICES)
    assert found["build"] == found["slim"] == "${PYTHON_IMAGE}"
    assert ("ARG", "PYTHON_IMAGE=python:3.11-slim-bookworm") in instructions()


def test_the_image_does_not_run_as_root():
    last_stage = instructions()[max(i for i, (word, _) in enumerate(instructions()) if word == "FROM") :]
    assert [rest for word, rest in last_stage if word == "USER"] == ["10001:10001"]
    assert [rest for word, rest in last_stage if word in ("ENTRYPOINT", "CMD")] == ['["run"]', '["web"]']


def test_nothing_is_fetched_from_an_address():
    assert not [rest for word, rest in instructions() if word == "ADD" or (word == "COPY" and "://" in rest)]
    assert not [rest for word, rest in instructions() if word == "RUN" and re.search(r"curl|wget|https?://", rest)]


def test_everything_copied_exists_and_is_sent_to_the_build():
    copied = [rest for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    sources = [source for rest in copied for source in re.sub(r"--\S+ ", "", rest).split()[:-1]]
    assert len(sources) >= 10
    for source in sources:
        assert (ROOT / source).exists(), source
        assert is_sent(source), source
    for kept_out in ("deploy/k8s/overlays/dev/secrets/org.env", ".data/keys", ".git/config", "cli/loa/main.py"):
        assert not is_sent(kept_out), kept_out


def test_every_member_of_the_workspace_is_there_when_the_lock_is_read():
    copied = " ".join(rest for word, rest in instructions() if word == "COPY")
    for folder in PACKAGES.values():
        assert f"{folder.relative_to(ROOT)}/pyproject.toml" in copied


def test_every_service_is_a_package_of_the_workspace():
    synced = [rest for word, rest in instructions() if word == "RUN" and "uv sync" in rest]
    assert len(synced) == 2
    assert all("--frozen --no-dev" in rest and rest.endswith('--package "loa-${SERVICE}"') for rest in synced)
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    for service in SERVICES:
        assert f'name = "loa-{service}"' in lock


def test_only_the_archive_has_tesseract():
    with_apt = [rest for word, rest in instructions() if word == "RUN" and "apt-get" in rest]
    assert len(with_apt) == 1
    assert "tesseract-ocr tesseract-ocr-vie" in with_apt[0]
    before = [rest for word, rest in instructions()[: instructions().index(("RUN", with_apt[0]))] if word == "FROM"]
    assert before[-1] == "slim AS runtime-media-archive"


@pytest.mark.parametrize(("service", "role"), [("org", "dance"), ("gateway", "worker"), ("gateway", "migrate")])
def test_refuses_a_role_that_a_service_does_not_have(service, role):
    done = subprocess.run(
        [RUN, role], env={**os.environ, "SERVICE": service}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (64, f"{service} has no role '{role}'\n")


def test_compose_runs_every_service_with_settings_it_knows():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    ours = {name: each for name, each in compose.items() if "build" in each}
    roles = {f"{service}{role}" for service in SERVICES for role in ("", "-worker", "-migrate")}
    assert set(ours) == roles - {"gateway-worker", "gateway-migrate"}
    for name, each in ours.items():
        service = each["build"]["args"]["SERVICE"]
        assert name.startswith(service)
        assert each["image"] == f"loa/{service}:{project_version(PACKAGES[service.replace('-', '_')])}"
        assert each["environment"].keys() - variables(read_by(service)).keys() <= {"LOA_PASSPORT_PUBLIC_KEY"}, name
        assert (each["read_only"], each["cap_drop"]) == (True, ["ALL"]), name


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_keys_made_as_the_handbook_says_sign_passports(tmp_path):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "private.pem"], check=True)
    subprocess.run(
        ["openssl", "pkey", "-in", tmp_path / "private.pem", "-pubout", "-out", tmp_path / "public.pem"], check=True
    )
    token, _ = sign_passport((tmp_path / "private.pem").read_text(), Caller(subject="someone"))
    assert read_passport((tmp_path / "public.pem").read_text(), token).subject == "someone"


# --- What the RUN lines and the entry point do, for one service, without a container.


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the image of org gets, in a folder."""
    # Where run.py has put it, or the machine's own.
    uv = shutil.which("uv", path=os.pathsep.join([f"{ROOT}/.boot/bin", f"{ROOT}/.boot/venv/bin", os.environ["PATH"]]))
    assert uv is not None
    folder = tmp_path_factory.mktemp("image") / "loa"
    command = [uv, "sync", "--frozen", "--no-dev", "--package", "loa-org", "--python", sys.executable]
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run(
        command, cwd=ROOT, env=variables | {"UV_PROJECT_ENVIRONMENT": str(folder)}, check=True, capture_output=True
    )
    return folder


@pytest.fixture
async def organisation(test_servers: tuple[str, str], valkey: str) -> AsyncIterator[dict[str, str]]:
    """Settings of org with an empty database of its own."""
    server_url, name = test_servers[0], f"image_{os.getpid()}"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    yield {"SERVICE": "org", "LOA_DATABASE_URL": url, "LOA_REDIS_URL": valkey}
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@contextmanager
def running(image: Path, role: str, told: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A container's process for a role, ended as Kubernetes ends it."""
    path = f"{image / 'bin'}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen([RUN, role], env={**told, "PATH": path}, cwd="/", stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.mark.slow
async def test_one_image_migrates_serves_and_works(image, organisation):
    assert [name for name in ("pytest", "ruff", "loa") if (image / "bin" / name).exists()] == []
    with running(image, "migrate", organisation) as migration:
        assert migration.wait(60) == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(image, "web", organisation | {"PORT": str(port)}) as web:
        assert await _answer(port, "/readyz") == (200, "ready\n")
        assert await _answer(port, "/healthz") == (200, "ok\n")
    assert web.returncode in (0, -signal.SIGTERM)
    with running(image, "worker", organisation) as worker:
        await _tell(organisation["LOA_DATABASE_URL"], "image.tried")
        assert await _heard(organisation["LOA_REDIS_URL"]) == b"image.tried"
    assert worker.returncode == 0


async def _answer(port: int, path: str) -> tuple[int, str]:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                reply = await client.get(f"http://127.0.0.1:{port}{path}")
            except httpx.ConnectError:
                await asyncio.sleep(0.2)
            else:
                return reply.status_code, reply.text


async def _tell(database_url: str, event: str) -> None:
    """Write an event as the last one into org's outbox."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO outbox (number, type, payload) SELECT coalesce(max(number), 0) + 1, $1, '{}' FROM outbox", event
    )
    await connection.close()


async def _heard(redis_url: str) -> bytes:
    """The type of the event that the worker relayed."""
    async with asyncio.timeout(60), Redis.from_url(redis_url) as redis:
        while True:
            newest = await redis.xrevrange("loa:events:org", count=1)
            if newest and newest[0][1][b"type"] == b"image.tried":
                return newest[0][1][b"type"]
            await asyncio.sleep(0.2)
