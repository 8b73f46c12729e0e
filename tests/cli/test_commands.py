"""The commands' own manners: help without delay, clear refusals, exit codes."""

import socket

import pytest
from click.testing import CliRunner

from loa import manifests
from loa.commands import check_command, test_command
from loa.commands.check_command import Failed, Skipped
from loa.house import ordinary_environment
from loa.main import command
from loa.place import ROOT
from loa.services import SERVICES, service_named


@pytest.fixture
def loa(tmp_path, monkeypatch):
    monkeypatch.setenv("LOA_DATA", str(tmp_path))

    def call(*arguments: str):
        return CliRunner().invoke(command, arguments)

    return call


def test_help_names_every_command(loa):
    text = loa("--help").output
    for name in ("up", "test", "check", "demo", "migrate", "token", "schema", "bench", "replay"):
        assert f"\n  {name} " in text


@pytest.mark.parametrize("name", ["up", "check", "demo", "migrate", "token", "schema", "replay"])
def test_every_command_explains_itself(loa, name):
    reply = loa(name, "--help")
    assert reply.exit_code == 0
    assert "Usage: loa" in reply.output or "Usage: command" in reply.output


def test_an_unknown_command_is_refused(loa):
    assert loa("dance").exit_code == 2


def test_a_busy_port_is_said_so_before_anything_starts(loa, tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        reply = loa("up", "--port", str(port))
    assert reply.exit_code == 1
    assert f"Error: port {port} is in use by another program; choose another with --port." in reply.output
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("who", ["editor", "@HN", "editor@", "king@HN"])
def test_a_token_needs_a_role_and_a_unit(loa, who):
    reply = loa("token", "--as", who)
    assert reply.exit_code == 2
    assert "say ROLE@UNITCODE" in reply.output


def test_a_token_needs_a_running_loa(loa):
    reply = loa("token", "--as", "editor@HN")
    assert (reply.exit_code, reply.output) == (
        1,
        "Error: Loa is not running here (or not ready yet). Start it with: python run.py up\n",
    )


def test_settings_of_other_processes_are_not_passed_on(monkeypatch):
    monkeypatch.setenv("LOA_DATABASE_URL", "postgres://elsewhere")
    monkeypatch.setenv("LOA_LOG_LEVEL", "debug")
    told = ordinary_environment()
    assert "LOA_DATABASE_URL" not in told
    assert told["LOA_LOG_LEVEL"] == "debug"


def test_services_are_found_by_either_spelling():
    assert service_named("media-archive") is service_named("media_archive")
    assert [service.folder.is_dir() for service in SERVICES] == [True, True, True]
    assert service_named("org").migration_names >= {"0001_base"}


def test_tests_run_in_two_processes_unless_told_otherwise():
    assert not test_command._chosen(("tests/org", "-k", "move"))
    assert test_command._chosen(("-n0",))


def test_check_runs_all_steps_and_fails_at_the_end(loa, monkeypatch):
    seen: list[str] = []

    def step(name: str, error: Exception | None = None):
        def run() -> str:
            seen.append(name)
            if error:
                raise error
            return "fine"

        return run

    steps = {
        "lint": step("lint", Failed("x.py:1 wrong")),
        "types": step("types"),
        "render": step("render", Skipped("no")),
    }
    monkeypatch.setattr(check_command, "STEPS", steps)
    reply = CliRunner().invoke(check_command.command, [])
    assert reply.exit_code == 1
    assert seen == ["lint", "types", "render"]
    assert "x.py:1 wrong" in reply.output
    rows = [line.split() for line in reply.output.splitlines()[-3:]]
    assert [(row[0], row[3]) for row in rows] == [("lint", "failed"), ("types", "ok"), ("render", "skipped")]


def test_check_is_content_when_nothing_failed(monkeypatch):
    monkeypatch.setattr(check_command, "STEPS", {"lint": lambda: "fine"})
    assert CliRunner().invoke(check_command.command, []).exit_code == 0


def test_a_kubectl_that_is_too_old_is_not_used(monkeypatch, tmp_path):
    for name, text in {"kubectl": 'echo \'{"clientVersion": {"gitVersion": "v1.20.2"}}\''}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")
    monkeypatch.setattr(manifests, "PINNED", tmp_path / "npm-could-not-bring-it")
    with pytest.raises(manifests.NotRendered, match=r"kubectl of 1\.21 or newer"):
        manifests.renderer()


def test_a_new_kubectl_is_used(monkeypatch, tmp_path):
    (tmp_path / "kubectl").write_text('#!/bin/sh\necho \'{"kustomizeVersion": "v5.5.0"}\'\n')
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")
    monkeypatch.setattr(manifests, "PINNED", tmp_path / "npm-could-not-bring-it")
    assert manifests.renderer() == [str(tmp_path / "kubectl"), "kustomize"]


def test_the_data_folder_lies_in_the_checkout(monkeypatch):
    from loa.place import Place

    monkeypatch.delenv("LOA_DATA", raising=False)
    assert Place.default().data == ROOT / ".data"
