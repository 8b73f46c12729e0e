"""Nothing goes untold: a mutation that wrote and left no audit entry is found, and so is one that never calls it."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from kit import db
from kit.identity import ANONYMOUS, Caller
from kit.testing.asking import Ask, Reply


@dataclass
class AuditedAsk(Ask):
    """Asks as every client does, and sees to it that a mutation that wrote something is in the service's audit trail.

    Of the mutations named in `untold` nothing may be in it.
    """

    untold: frozenset[str] = frozenset()

    async def __call__(
        self, document: str, caller: Caller = ANONYMOUS, language: str = "vi", **variables: Any
    ) -> Reply:
        """Ask, and look at what was written."""
        if not document.lstrip().startswith("mutation"):
            return await super().__call__(document, caller, language, **variables)
        entries, writes = await _written()
        reply = await super().__call__(document, caller, language, **variables)
        outcomes = reply.data or {}
        if any(name in document for name in self.untold):
            assert (await _written())[0] == entries, f"the trail tells what it must not: {document}"
        elif not reply.errors and not any(outcome.get("code") for outcome in outcomes.values() if outcome):
            now = await _written()
            assert now[0] > entries or now[1] == writes, f"a change left no trail: {document}"
        return reply


async def _written() -> tuple[int, int]:
    """Return how many entries the trail has, and how many rows this test's transaction has written to other tables."""
    counts = await db.row(
        """SELECT (SELECT count(*) FROM audit) AS entries,
                  (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables
                   WHERE relname <> 'audit') AS writes"""
    )
    return (counts["entries"], int(counts["writes"])) if counts else (0, 0)


def mutations(mutation: Any) -> Iterator[tuple[str, FunctionType]]:
    """Yield each field of a service's mutation type with the function behind it."""
    for each in mutation.__strawberry_definition__.fields:
        yield each.name, inspect.unwrap(each.base_resolver.wrapped_func)


def reaches_the_trail(function: FunctionType, seen: set[FunctionType] | None = None) -> bool:
    """Whether a function, or one of its service that it names, calls the audit trail."""
    seen = set() if seen is None else seen
    if function in seen:
        return False
    seen.add(function)
    return any(
        named.__module__ == "kit.audit" or reaches_the_trail(named, seen)
        for named in _called(function, function.__module__.split(".")[0])
    )


def _called(function: FunctionType, service: str) -> Iterator[FunctionType]:
    """Yield the service's functions that a function's source names, also by way of a module or of an object."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Name):
            named = [function.__globals__.get(node.id)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = function.__globals__.get(node.value.id)
            known = isinstance(module, ModuleType)
            named = [getattr(module, node.attr, None)] if known else _methods(function, node.attr, service)
        else:
            continue
        for each in named:
            if isinstance(each, FunctionType) and (
                each.__module__ == "kit.audit" or each.__module__.split(".")[0] == service
            ):
                yield inspect.unwrap(each)


def _methods(function: FunctionType, name: str, service: str) -> list[object]:
    """Return the methods of a name that the classes known to a function have."""
    classes = [known for known in function.__globals__.values() if isinstance(known, type)]
    return [vars(known)[name] for known in classes if name in vars(known) and known.__module__.startswith(service)]
