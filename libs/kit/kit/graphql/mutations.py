"""Mutations answer with a union: what was done, or which typed problem stood in the way."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Union

import strawberry
from strawberry.federation.schema_directives import Shareable

from kit.errors import DomainError, Forbidden, InvalidInput, NotFound, SignInRequired, UnknownCode
from kit.graphql.context import Info

SHARED: tuple[type[DomainError], ...] = (SignInRequired, Forbidden, NotFound, InvalidInput, UnknownCode)


@strawberry.interface(description="Why something could not be done.")
class Problem:
    code: str = strawberry.field(description="Stable name of the problem, for programs.")
    message: str = strawberry.field(description="What is wrong, for people, in the language they asked for.")


@functools.cache
def problem_type(error: type[DomainError]) -> type[Any]:
    """Return the object type that shows an error in the graph, named like its class."""
    body: dict[str, Any] = {"__annotations__": dict(error.extra)}
    for name in error.extra:
        body[name] = strawberry.field(description=f"The {name.replace('_', ' ')} concerned.")
    directives = [Shareable()] if error in SHARED else []
    made = type(error.__name__, (Problem,), body)
    return strawberry.type(made, description=inspect.cleandoc(error.__doc__ or error.en), directives=directives)


def result(name: str, *members: type[Any], description: str | None = None) -> Any:
    """Return the union a mutation answers with; the shared problems are always members."""
    types = [problem_type(member) if issubclass(member, DomainError) else member for member in (*members, *SHARED)]
    text = description or f"What came of it: the success, or the problem in its way ({name.removesuffix('Result')})."
    return Annotated[Union[tuple(types)], strawberry.union(name, description=text)]  # noqa: UP007  # built at run time


def mutation(answer: Any, *, description: str) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Make a mutation field of a coroutine method; a DomainError of the union becomes its member."""

    def decorate(resolver: Callable[..., Awaitable[Any]]) -> Any:
        @functools.wraps(resolver)
        async def answered(*args: Any, **kwargs: Any) -> Any:
            try:
                return await resolver(*args, **kwargs)
            except DomainError as error:
                return show(error, _info(args, kwargs))

        # strawberry reads the signature, which `wraps` takes from the resolver: all but what it returns.
        signature = inspect.signature(resolver).replace(return_annotation=answer)
        answered.__signature__ = signature  # pyright: ignore[reportAttributeAccessIssue]  # read by inspect.signature
        return strawberry.mutation(answered, description=description)

    return decorate


def show(error: DomainError, info: Info) -> Any:
    """Return an error as its object in the graph, in the caller's language."""
    values = {name: error.details[name] for name in error.extra}
    return problem_type(type(error))(code=error.code, message=error.message(info.context.language), **values)


def _info(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Info:
    return next(value for value in (*kwargs.values(), *args) if isinstance(value, strawberry.Info))
