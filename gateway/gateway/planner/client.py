"""The planner's child process: asked over its stdin, answered over its stdout, started anew whenever it dies."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from pathlib import Path
from typing import Any

import orjson

from gateway.errors import PlannerUnavailable
from gateway.planner.node import PLANNER, node_program
from gateway.planner.plan import PlanNode

log = logging.getLogger("loa.gateway.planner")

LINE_LIMIT = 64 * 1024 * 1024
START_SECONDS = 30.0
LONGEST_PAUSE = 5.0
HEAP_MEGABYTES = 512


class PlannerDied(Exception):
    """The process ended while it had a question; asked again, another process may answer."""


class NotPlannable(Exception):
    """The planner refuses an operation that the schema allows: a bug, not a client's mistake."""


class Planner:
    """One planner process and its supervisor; `plan` may be called by any number of requests at once."""

    def __init__(self, supergraph: Path, *, timeout: float, wait: float) -> None:
        self.supergraph = supergraph
        self.timeout = timeout
        self.wait = wait
        self.schema = ""
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._up = asyncio.Event()
        self._numbers = itertools.count(1)
        self._questions: dict[int, asyncio.Future[dict[str, Any]]] = {}

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self.is_up else None

    async def start(self) -> None:
        """Returns when the planner has read the supergraph; raises `PlannerDied` if it cannot."""
        await self._launch()
        self._supervisor = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        if self._supervisor:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        await self._end_process()

    async def plan(self, document: str, operation_name: str | None) -> PlanNode | None:
        """The plan of an operation, `None` if nothing is to be fetched. Raises `PlannerUnavailable`, `NotPlannable`."""
        try:
            reply = await self._ask(document, operation_name)
        except PlannerDied:
            # Once more, in case the process died of something else; a document that kills it must not do so for ever.
            try:
                reply = await self._ask(document, operation_name)
            except PlannerDied as again:
                raise PlannerUnavailable("The operation could not be planned.") from again
        if "error" in reply:
            raise NotPlannable(reply["error"])
        return reply["plan"]

    async def _ask(self, document: str, operation_name: str | None) -> dict[str, Any]:
        await self._until_up()
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._questions[number] = answer
        try:
            self._write({"id": number, "query": document, "operationName": operation_name})
            async with asyncio.timeout(self.timeout):
                return await answer
        except TimeoutError as late:
            log.warning("planning took longer than %s s, the planner is started anew", self.timeout)
            self._kill()
            raise PlannerUnavailable("The operation could not be planned in time.") from late
        finally:
            self._questions.pop(number, None)

    async def _until_up(self) -> None:
        try:
            async with asyncio.timeout(self.wait):
                await self._up.wait()
        except TimeoutError as late:
            raise PlannerUnavailable("New operations cannot be planned at the moment.") from late

    def _write(self, question: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(question) + b"\n")

    async def _supervise(self) -> None:
        pause = 0.05
        while True:
            with contextlib.suppress(Exception):
                await self._listen()
            self._forget_process()
            log.error("the planner ended and is started anew")
            try:
                await self._launch()
                pause = 0.05
            except (PlannerDied, OSError) as error:
                log.warning("the planner does not start: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _launch(self) -> None:
        await self._end_process()
        self._process = await asyncio.create_subprocess_exec(
            str(node_program()),
            f"--max-old-space-size={HEAP_MEGABYTES}",
            str(PLANNER / "planner.cjs"),
            str(self.supergraph),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            # Ctrl-C is for the gateway, which ends the planner itself; killed hard, it leaves a closed stdin behind.
            start_new_session=True,
        )
        self.schema = (await self._first_line())["schema"]
        self._up.set()

    async def _first_line(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(START_SECONDS):
                line = await self._replies().readline()
        except TimeoutError:
            line = b""
        if not line:
            await self._end_process()
            raise PlannerDied("the planner ended before it had read the supergraph")
        return orjson.loads(line)

    async def _listen(self) -> None:
        async for line in self._replies():
            reply = orjson.loads(line)
            answer = self._questions.get(reply["id"])
            if answer and not answer.done():
                answer.set_result(reply)

    def _replies(self) -> asyncio.StreamReader:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout

    def _forget_process(self) -> None:
        self._up.clear()
        for answer in self._questions.values():
            if not answer.done():
                answer.set_exception(PlannerDied())

    def _kill(self) -> None:
        self._up.clear()
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _end_process(self) -> None:
        if self._process is None:
            return
        self._kill()
        await self._process.wait()
        self._process = None
