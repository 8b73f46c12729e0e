"""Operations: a document is parsed, bounded, validated, planned and compiled once, and then only run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import get_variable_values

from gateway.cache import MakingCache
from gateway.errors import (
    BAD_VARIABLES,
    PARSE_FAILED,
    VALIDATION_FAILED,
    DocumentRefused,
    DocumentTooLarge,
    GatewayError,
    PlannerUnavailable,
    SubscriptionsNotServed,
    TooDeep,
    TooManyTokens,
    UnknownOperation,
)
from gateway.execution.compile import PlanCompiler
from gateway.execution.completion import complete
from gateway.execution.introspection import answer
from gateway.execution.projection import NotAsPromised, compile_projection
from gateway.execution.run import Entity, Run, Step
from gateway.execution.selection import ShapeBuilder, conditional_variables
from gateway.execution.settled import settled_document
from gateway.limits import NewOperations, check_size
from gateway.planner.client import Planner
from gateway.planner.supergraph import Supergraph
from gateway.settings import Settings

MAX_ERRORS = 20


Made = TypeVar("Made")
Name = str | None
Conditions = tuple[bool, ...]


class PreparedDocument:
    """A document that is parsed and valid, with the operation that was chosen in it."""

    def __init__(
        self, text: str, document: DocumentNode, operation: OperationDefinitionNode, supergraph: Supergraph
    ) -> None:
        self.text = text
        self.document = document
        self.operation = operation
        self.supergraph = supergraph
        self.schema = supergraph.api
        self.is_query = operation.operation is OperationType.QUERY
        self.conditional = conditional_variables(document)

    def variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables as the schema wants them, with defaults; raises `DocumentRefused`."""
        definitions = self.operation.variable_definitions
        if not definitions:
            return {}
        values = get_variable_values(self.schema, definitions, dict(given), max_errors=MAX_ERRORS)
        if isinstance(values, list):
            raise DocumentRefused(values, BAD_VARIABLES)
        return values.coerced

    def conditions(self, variables: Mapping[str, Any]) -> Conditions:
        """How the variables decide about `@skip` and `@include`."""
        return tuple([bool(variables.get(name)) for name in self.conditional])

    def settled(self, conditions: Mapping[str, bool]) -> str | None:
        """What the planner has to plan, `None` if there is nothing to fetch."""
        return settled_document(self.supergraph, self.document, self.operation, conditions)


class Operation:
    """An operation under one setting of its conditions: ready to run any number of times, at once if need be."""

    def __init__(self, prepared: PreparedDocument, conditions: Mapping[str, bool], step: Step | None) -> None:
        self.prepared = prepared
        self.step = step
        self.shape = ShapeBuilder(prepared.supergraph, prepared.document, conditions).root(prepared.operation)
        self.project = compile_projection(self.shape)

    async def run(
        self, variables: dict[str, Any], headers: bytes, request_id: str
    ) -> tuple[Entity | None, list[Entity]]:
        """Returns data and errors; `variables` are those that `PreparedDocument.variables` returned."""
        run = Run(variables, headers, request_id)
        if self.step:
            await self.step(run)
        if self.shape.introspection:
            run.data.update(self._introspect(variables))
        try:
            data = self.project(run.data)
        except NotAsPromised:
            data = complete(self.shape, run)
        return data, run.errors

    def _introspect(self, variables: dict[str, Any]) -> Entity:
        prepared = self.prepared
        return answer(prepared.schema, prepared.document, prepared.operation, self.shape.introspection, variables)


class Operations:
    """The operations this gateway knows: two bounded caches, of documents and of plans, in front of the planner."""

    def __init__(self, planner: Planner, compiler: PlanCompiler, settings: Settings) -> None:
        self.planner = planner
        self.compiler = compiler
        self.settings = settings
        self.schema = compiler.supergraph.api
        self.allowance = NewOperations(settings.new_operations_burst, settings.new_operations_per_second)
        self.rules = [*specified_rules, *(() if settings.introspection else (NoSchemaIntrospectionCustomRule,))]
        self.documents = MakingCache[tuple[str, Name], PreparedDocument](settings.plan_cache_size)
        self.plans = MakingCache[tuple[str, Name, Conditions], Operation](settings.plan_cache_size)
        self._turns = asyncio.Semaphore(settings.planning_concurrency)

    async def prepare(self, text: str, name: Name, caller: Callable[[], str]) -> PreparedDocument:
        """Returns the document, ready for variables; raises a `GatewayError` that says why not.

        `caller` tells whose allowance is charged if the document was not seen before, whether it turns out good or bad.
        """
        key = (text, name)
        if not self.documents.knows(key):
            self.allowance.take(caller())
        return await self.documents.make(key, lambda: self._in_turn(lambda: self._prepare(text, name)))

    async def plan(
        self, prepared: PreparedDocument, name: Name, variables: Mapping[str, Any], caller: Callable[[], str]
    ) -> Operation:
        """Returns the operation with its plan; a further turn of its conditions is charged like a new document."""
        conditions = prepared.conditions(variables)
        key = (prepared.text, name, conditions)
        known = self.plans.get(key)
        if known is not None:
            return known
        if conditions and not self.plans.knows(key):
            self.allowance.take(caller())
        return await self.plans.make(key, lambda: self._in_turn(lambda: self._plan(prepared, conditions)))

    async def _in_turn(self, making: Callable[[], Awaitable[Made]]) -> Made:
        try:
            async with asyncio.timeout(self.settings.planner_wait):
                await self._turns.acquire()
        except TimeoutError as late:
            raise PlannerUnavailable("Too many new operations are being planned.") from late
        try:
            return await making()
        finally:
            self._turns.release()

    async def _prepare(self, text: str, name: Name) -> PreparedDocument:
        document = self._parse(text)
        operation = choose_operation(document, name)
        self._validate(document)
        return PreparedDocument(text, document, operation, self.compiler.supergraph)

    async def _plan(self, prepared: PreparedDocument, values: Conditions) -> Operation:
        conditions = dict(zip(prepared.conditional, values, strict=True))
        text = prepared.settled(conditions)
        if text is None:
            return Operation(prepared, conditions, None)
        name = prepared.operation.name
        node = await self.planner.plan(text, name.value if name else None)
        return Operation(prepared, conditions, self.compiler.compile(node) if node else None)

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self.settings.document_limit:
            raise DocumentTooLarge(f"The document is longer than {self.settings.document_limit} characters.")
        try:
            document = parse(text, max_tokens=self.settings.token_limit)
            check_size(document, self.settings)
        except GraphQLSyntaxError as error:
            raise self._syntax_refusal(error) from error
        except RecursionError as error:
            raise TooDeep("The document nests too deeply.") from error
        return document

    def _syntax_refusal(self, error: GraphQLSyntaxError) -> GatewayError:
        # The parser tells its limits apart from mistakes by its words alone.
        if "contains more than" in error.message:
            return TooManyTokens(f"The document has more than {self.settings.token_limit} tokens.")
        if "nested too deeply" in error.message:
            return TooDeep("The document nests too deeply.")
        return DocumentRefused([error], PARSE_FAILED)

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(self.schema, document, self.rules, max_errors=MAX_ERRORS)
        if errors:
            raise DocumentRefused(errors, VALIDATION_FAILED)


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation of that name, or the only one; raises `UnknownOperation`, `SubscriptionsNotServed`."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is not None:
        operations = [each for each in operations if each.name and each.name.value == name]
    if not operations:
        raise UnknownOperation(
            f"The document has no operation named {name!r}." if name else "The document has no operation."
        )
    if len(operations) > 1:
        raise UnknownOperation("The document has several operations: say which one by operationName.")
    if operations[0].operation is OperationType.SUBSCRIPTION:
        raise SubscriptionsNotServed("Subscriptions are not served here.")
    return operations[0]
