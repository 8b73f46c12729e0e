"""Asks every question three ways in turn (bare SQL, the graph in this process, the graph over HTTP), and times each."""

import asyncio
import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson

from bench.clock import Times
from bench.load import Connection, Target, WrongAnswer
from bench.org_tree.questions import Answer, Asked, Question, Results, Statement
from kit import app, db
from kit.graphql import GraphQLEndpoint
from kit.identity import PASSPORT_HEADER, Caller, sign_passport
from kit.settings import current

# PostgreSQL decides about a plan for all parameters when it has seen a statement five times.
_WARM_UP = 6
# A slow question is not asked on and on: after so many seconds, and this often, enough is known about it.
_PATIENCE_SECONDS, _ENOUGH = 60.0, 20

Sent = list[tuple[str, tuple[Any, ...]]]


@dataclass
class Figures:
    """What one question showed."""

    name: str
    limit: float | None
    statements: int
    bare: Times = field(default_factory=Times)
    graph: Times = field(default_factory=Times)
    http: Times = field(default_factory=Times)

    @property
    def is_within(self) -> bool | None:
        """Whether the bare SQL stayed within its limit; None without one."""
        return None if self.limit is None else self.bare.percentile(0.95) <= self.limit

    @property
    def ratio(self) -> float | None:
        """How many times as long as its bare SQL the graph takes in this process."""
        return self.graph.percentile(0.5) / self.bare.percentile(0.5) if self.graph.each else None


class Asker:
    """Somebody with a role who asks the service in this process and over HTTP, and PostgreSQL itself."""

    def __init__(self, service: app.Service, caller: Caller, bare: asyncpg.Connection, url: str) -> None:
        self._service, self._caller, self._bare, self._url = service, caller, bare, url
        self._endpoint = GraphQLEndpoint(service.schema, _never)

    async def measure(self, question: Question, times: int) -> Figures:
        """Ask so many times each way, a slow question less often; raises WrongAnswer."""
        sent = [await self._sent_for(question, asked) for asked in question.asked]
        figures = Figures(question.name, question.limit, len(sent[0]))
        async with Connection(self._target()) as http:
            await self._ask_all(question, sent, http, Figures("warm-up", None, 0), max(_WARM_UP, len(sent)))
            gc.collect()
            # As the service does when it has started: what lives on is not walked again and again.
            gc.freeze()
            await self._ask_all(question, sent, http, figures, times)
        return figures

    async def measure_statement(self, statement: Statement, times: int) -> Figures:
        """Time a statement that has no operation of its own."""
        figures = Figures(statement.name, statement.limit, 1)
        for turn in range(_WARM_UP + times):
            with (figures.bare if turn >= _WARM_UP else Times()).once():
                rows = await self._bare.fetch(statement.sql, *statement.parameters)
            if [str(row[0]) for row in rows] != statement.right:
                raise WrongAnswer(f"{statement.name}: {len(rows)} rows, right are {len(statement.right)}")
        return figures

    async def _ask_all(
        self, question: Question, sent: Sequence[Sent], http: Connection, figures: Figures, times: int
    ) -> None:
        began = time.monotonic()
        for turn in range(times):
            if turn >= _ENOUGH and time.monotonic() - began > _PATIENCE_SECONDS:
                break
            which = turn % len(sent)
            asked = question.asked[which]
            request = self._target().request(orjson.dumps({"query": question.document, "variables": asked.variables}))
            with figures.bare.once():
                results = await self._send(sent[which])
            with figures.graph.once():
                inside = orjson.dumps(await self._run(question, asked))
            with figures.http.once():
                outside = await http.ask(request)
            answer = question.of_rows(results)
            _require(question, asked, answer, "the bare SQL")
            _require_same(question, answer, inside, "the graph")
            _require_same(question, answer, outside, "the graph over HTTP")

    async def _sent_for(self, question: Question, asked: Asked) -> Sent:
        """Return the statements that the graph sends for a question: these are its bare SQL."""
        sent: Sent = []

        def note(record: Any) -> None:
            sent.append((record.query, record.args))

        async with db.transaction():
            # The first time, asyncpg asks PostgreSQL about types it has not met on this connection.
            await self._run(question, asked)
            raw: Any = db.connection()._connection  # pyright: ignore[reportPrivateUsage]  # tortoise shows it nowhere else
            with raw.query_logger(note):
                body = orjson.dumps(await self._run(question, asked))
                # asyncpg tells its loggers in the loop's next round.
                await asyncio.sleep(0)
        data = orjson.loads(body).get("data")
        _require(question, asked, question.of_data(data) if data else [], "the graph")
        return sent

    async def _send(self, sent: Sent) -> Results:
        return [await self._bare.fetch(sql, *parameters) for sql, parameters in sent]

    async def _run(self, question: Question, asked: Asked) -> dict[str, Any]:
        context = self._service.context_for(self._caller)
        return await self._endpoint.run(question.document, asked.variables, None, context)

    def _target(self) -> Target:
        """The service with a fresh passport: a slow question may outlive one."""
        key = current().passport_private_key.get_secret_value()
        return Target("org over HTTP", self._url, {PASSPORT_HEADER: sign_passport(key, self._caller)[0]})


def _require(question: Question, asked: Asked, answer: Answer, whose: str) -> None:
    if not asked.is_right(answer):
        raise WrongAnswer(f"{question.name}, {asked.variables}: {whose} says {str(answer)[:300]}")


def _require_same(question: Question, right: Answer, body: bytes, whose: str) -> None:
    answer = orjson.loads(body)
    if answer.get("errors") or question.of_data(answer["data"]) != right:
        raise WrongAnswer(f"{question.name}: {whose} says {body[:500]!r}, right is {str(right)[:300]}")


def _never(_: object) -> Any:
    raise AssertionError("operations in process bring their own context")
