"""Operations: a document is parsed, bounded, validated, planned and compiled once, and then only run."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

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
from gateway.execution.introspection import answer, without_introspection
from gateway.execution.projection import NotAsPromised, Project, compile_projection
from gateway.execution.run import Entity, Run, Step
from gateway.execution.selection import Shape, ShapeBuilder, conditional_variables
from gateway.limits import NewOperations, check_size
from gateway.planner.client import Planner
from gateway.settings import Settings

MAX_ERRORS = 20
SHAPES_PER_OPERATION = 64


class Operation:
    """An operation that is ready to run any number of times, at once if need be."""

    def __init__(
        self, document: DocumentNode, definition: OperationDefinitionNode, step: Step | None, compiler: PlanCompiler
    ) -> None:
        self.document = document
        self.definition = definition
        self.step = step
        self.schema = compiler.supergraph.api
        self.is_query = definition.operation is OperationType.QUERY
        self._conditional = conditional_variables(document)
        self._projections: dict[tuple[bool, ...], tuple[Shape, Project]] = {}

    def variables(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The variables as the schema wants them, with defaults; raises `DocumentRefused`."""
        definitions = self.definition.variable_definitions
        if not definitions:
            return {}
        values = get_variable_values(self.schema, definitions, dict(given), max_errors=MAX_ERRORS)
        if isinstance(values, list):
            raise DocumentRefused(values, BAD_VARIABLES)
        return values.coerced

    async def run(
        self, variables: dict[str, Any], headers: bytes, request_id: str
    ) -> tuple[Entity | None, list[Entity]]:
        """Returns data and errors; `variables` are those that `variables()` returned."""
        run = Run(variables, headers, request_id)
        if self.step:
            await self.step(run)
        shape, project = self._projection(variables)
        self._introspect(shape, run)
        try:
            data = project(run.data)
        except NotAsPromised:
            data = complete(shape, run)
        return data, run.errors

    def _projection(self, variables: Mapping[str, Any]) -> tuple[Shape, Project]:
        conditions = tuple([bool(variables.get(name)) for name in self._conditional])
        known = self._projections.get(conditions)
        if known is None:
            if len(self._projections) >= SHAPES_PER_OPERATION:
                self._projections.clear()
            builder = ShapeBuilder(self.schema, self.document, dict(zip(self._conditional, conditions, strict=True)))
            shape = builder.root(self.definition)
            known = self._projections[conditions] = (shape, compile_projection(shape))
        return known

    def _introspect(self, shape: Shape, run: Run) -> None:
        if shape.introspection:
            run.data.update(answer(self.schema, self.document, self.definition, shape.introspection, run.variables))


class Operations:
    """The operations this gateway knows: a bounded cache in front of the planner."""

    def __init__(self, planner: Planner, compiler: PlanCompiler, settings: Settings) -> None:
        self.planner = planner
        self.compiler = compiler
        self.settings = settings
        self.schema = compiler.supergraph.api
        self.allowance = NewOperations(settings.new_operations_burst, settings.new_operations_per_second)
        self.rules = [*specified_rules, *(() if settings.introspection else (NoSchemaIntrospectionCustomRule,))]
        self._turns = asyncio.Semaphore(settings.planning_concurrency)
        self._known: OrderedDict[tuple[str, str | None], Operation] = OrderedDict()
        self._coming: dict[tuple[str, str | None], asyncio.Task[Operation]] = {}

    async def get(self, text: str, name: str | None, caller: Callable[[], str]) -> Operation:
        """Returns the operation, preparing it if it was not seen before; raises a `GatewayError` that says why not.

        `caller` tells whose allowance a new operation is taken from. Those who ask for the same new operation meanwhile
        wait for the one preparation; one that fails is forgotten.
        """
        key = (text, name)
        operation = self._known.get(key)
        if operation is not None:
            self._known.move_to_end(key)
            return operation
        coming = self._coming.get(key)
        if coming is None:
            self.allowance.take(caller())
            coming = self._coming[key] = asyncio.create_task(self._prepare(text, name))
            coming.add_done_callback(lambda done: self._remember(key, done))
        # A client that goes away must not take the preparation with it: others may wait for it.
        return await asyncio.shield(coming)

    def _remember(self, key: tuple[str, str | None], done: asyncio.Task[Operation]) -> None:
        del self._coming[key]
        if done.cancelled() or done.exception():
            return
        self._known[key] = done.result()
        if len(self._known) > self.settings.plan_cache_size:
            self._known.popitem(last=False)

    async def _prepare(self, text: str, name: str | None) -> Operation:
        try:
            async with asyncio.timeout(self.settings.planner_wait):
                await self._turns.acquire()
        except TimeoutError as late:
            raise PlannerUnavailable("Too many new operations are being planned.") from late
        try:
            document = self._parse(text)
            definition = choose_operation(document, name)
            self._validate(document)
            return Operation(document, definition, await self._plan(text, document, definition), self.compiler)
        finally:
            self._turns.release()

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

    async def _plan(self, text: str, document: DocumentNode, definition: OperationDefinitionNode) -> Step | None:
        planned: str | None = text
        if "__" in text:
            planned = without_introspection(self.schema, document, definition)
        if planned is None:
            return None
        node = await self.planner.plan(planned, definition.name.value if definition.name else None)
        return self.compiler.compile(node) if node else None


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
