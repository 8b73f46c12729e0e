"""The supervisor: restarts what dies and says so, gives up what cannot start, and stops everything in order."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys

import psutil
import pytest
from terminal_world import eventually

from loa.embedded import CannotStart, Program, leftovers

FOREVER = "import time\nwhile True: time.sleep(1)"


async def test_restarts_a_dead_child_and_says_so(supervisor, python, terminal):
    await supervisor.start([python("worker", FOREVER)])
    (child,) = supervisor.children
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: child.process.pid != first)
    await eventually(lambda: "restarted" in terminal.text)
    assert f"worker               restarted (process {child.process.pid})" in terminal.text
    assert "worker               ended (signal 9) after 0 s; restarting in 0.05 s" in terminal.text
    assert psutil.pid_exists(child.process.pid)


async def test_waits_longer_before_each_restart(supervisor, python, terminal):
    await supervisor.start([python("flaky", "import time; time.sleep(0.1); raise SystemExit(7)")])
    await eventually(lambda: terminal.text.count("restarting in") >= 4)
    waits = [line.rsplit(" ", 2)[1] for line in terminal.text.splitlines() if "restarting in" in line]
    assert waits[:4] == ["0.05", "0.1", "0.2", "0.2"]
    assert "ended (code 7)" in terminal.text


async def test_gives_up_what_never_becomes_ready_and_shows_its_last_words(supervisor, python):
    async def never() -> bool:
        return False

    broken = python("broken", "import sys; sys.exit('no such setting')", ready=never)
    with pytest.raises(CannotStart, match=r"(?s)broken ended 3 times \(code 1\).*no such setting"):
        await supervisor.start([broken])


async def test_says_when_a_program_is_not_ready_in_time(supervisor, python):
    async def never() -> bool:
        return False

    with pytest.raises(CannotStart, match=r"slow was not ready within 0 s"):
        await supervisor.start([python("slow", FOREVER, ready=never, ready_within=0.2)])


async def test_says_when_there_is_no_such_program(supervisor):
    with pytest.raises(CannotStart, match="nothing does not start"):
        await supervisor.start([Program(name="nothing", command=["/no/such/program"])])


async def test_returns_when_all_of_a_group_is_ready(supervisor, python, tmp_path):
    told: list[str] = []

    def makes(name: str):
        async def ready() -> bool:
            return (tmp_path / name).exists()

        code = f"import time, pathlib; time.sleep(0.1); pathlib.Path({str(tmp_path / name)!r}).touch(); time.sleep(99)"
        return python(name, code, ready=ready)

    await supervisor.start([makes("a"), makes("b")], on_ready=lambda program: told.append(program.name))
    assert sorted(told) == ["a", "b"]


async def test_stops_later_groups_first(supervisor, python, tmp_path):
    order = tmp_path / "order"

    def tells(name: str):
        ready_file = tmp_path / name

        async def ready() -> bool:
            return ready_file.exists()

        code = (
            "import pathlib, signal, sys, time\n"
            "def end(*_):\n"
            f"    open({str(order)!r}, 'a').write({name!r} + ' ')\n"
            "    sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, end)\n"
            f"pathlib.Path({str(ready_file)!r}).touch()\n" + FOREVER
        )
        return python(name, code, ready=ready)

    await supervisor.start([tells("database")])
    await supervisor.start([tells("web")])
    await supervisor.start([tells("door")])
    await supervisor.stop()
    assert order.read_text() == "door web database "
    assert [child.process.returncode for child in supervisor.children] == [0, 0, 0]


async def test_kills_a_child_that_does_not_listen(supervisor, python, tmp_path):
    file = tmp_path / "deaf"

    async def ready() -> bool:
        return file.exists()

    deaf = (
        "import signal, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(file)!r}).touch()\n" + FOREVER
    )
    await supervisor.start([python("deaf", deaf, stops_within=0.3, ready=ready)])
    await supervisor.stop()
    assert supervisor.children[0].process.returncode == -signal.SIGKILL


async def test_keeps_every_line_and_shows_those_that_matter(supervisor, python, terminal, tmp_path):
    code = "\n".join(
        [
            "import sys",
            "print('nothing special')",
            'print(\'{"level":"warning","message":"disk nearly full"}\')',
            "print('2026-01-01 ERROR something', flush=True)",
            FOREVER,
        ]
    )
    await supervisor.start([python("talker", code)])
    await eventually(lambda: "something" in terminal.text)
    assert "warning: disk nearly full" in terminal.text
    assert "nothing special" not in terminal.text
    assert (tmp_path / "log" / "talker.log").read_text().splitlines() == [
        "nothing special",
        '{"level":"warning","message":"disk nearly full"}',
        "2026-01-01 ERROR something",
    ]


async def test_runs_a_short_program_to_its_end(supervisor, python, tmp_path):
    await supervisor.run(python("migrate", f"open({str(tmp_path / 'done')!r}, 'w').write('yes')"))
    assert (tmp_path / "done").read_text() == "yes"


async def test_shows_the_last_words_of_a_short_program_that_fails(supervisor, python):
    with pytest.raises(CannotStart, match=r"(?s)migrate failed \(code 3\).*relation exists already"):
        await supervisor.run(python("migrate", "print('relation exists already'); raise SystemExit(3)"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
async def test_children_die_with_a_supervisor_that_is_killed(tmp_path):
    note = tmp_path / "child.pid"
    code = (
        "import asyncio, pathlib, sys\n"
        "from loa.embedded import Program\n"
        "from loa.supervisor import Supervisor\n"
        "from loa.voice import Voice\n"
        "async def main():\n"
        f"    supervisor = Supervisor(pathlib.Path({str(tmp_path)!r}), Voice())\n"
        f"    program = Program(name='child', command=[sys.executable, '-c', {FOREVER!r}])\n"
        "    await supervisor.start([program])\n"
        f"    pathlib.Path({str(note)!r}).write_text(str(supervisor.children[0].process.pid))\n"
        "    await asyncio.sleep(99)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    await eventually(lambda: note.exists() and note.read_text() != "")
    child = psutil.Process(int(note.read_text()))
    parent.kill()
    await parent.wait()
    await eventually(lambda: not leftovers.is_alive(child))


async def test_a_child_left_behind_is_found_and_stopped_before_a_new_start(tmp_path):
    # Started by a process that is gone, as the children of a killed `up` are.
    start = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {FOREVER!r}], stdout=subprocess.DEVNULL).pid)"
    pid = int(subprocess.run([sys.executable, "-c", start], stdout=subprocess.PIPE, check=True).stdout)
    process = psutil.Process(pid)
    leftovers.remember(tmp_path / "web.pid", pid)
    assert await asyncio.to_thread(leftovers.end_all, tmp_path) == ["web"]
    assert not leftovers.is_alive(process)
    assert list(tmp_path.iterdir()) == []


async def test_a_stranger_that_got_the_number_of_a_child_is_left_alone(tmp_path):
    stranger = await asyncio.create_subprocess_exec(sys.executable, "-c", FOREVER)
    (tmp_path / "web.pid").write_text(f'{{"pid": {stranger.pid}, "began": 12345.0}}')
    assert await asyncio.to_thread(leftovers.end_all, tmp_path) == []
    assert stranger.returncode is None
    assert psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
    with contextlib.suppress(ProcessLookupError):
        stranger.kill()
    await stranger.wait()
