"""A service's part of the graph: strawberry's federation schema, with entities resolved in batches."""

import asyncio
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, cast

from graphql import GraphQLError
from strawberry.federation import Schema
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

from kit.graphql.context import Info

# Composition accepts up to 2.9; nothing here needs more than 2.7.
FEDERATION_VERSION = "2.7"
MOST_REPRESENTATIONS = 1_000


class ServiceSchema(Schema):
    """Strawberry's schema, with an `_entities` that batches and neither crashes on nor changes what it is given."""

    async def entities_resolver(  # pyright: ignore[reportIncompatibleMethodOverride]  # strawberry awaits resolvers
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """Resolve entities; those that can't be become errors of their own, the others stay."""
        if len(representations) > MOST_REPRESENTATIONS:
            raise GraphQLError(
                f"More than {MOST_REPRESENTATIONS} representations.", extensions={"code": "TOO_MANY_ENTITIES"}
            )
        found = await asyncio.gather(*(self._entity(info, r) for r in representations), return_exceptions=True)
        return cast(list[FederationAny], found)

    async def _entity(self, info: Info, representation: object) -> Any:
        if not isinstance(representation, Mapping):
            raise GraphQLError("A representation must be an object.", extensions={"code": "BAD_REPRESENTATION"})
        fields = dict(cast(Mapping[str, Any], representation))
        known = self.schema_converter.type_map.get(str(fields.pop("__typename", None)))
        resolve = getattr(getattr(known.definition, "origin", None), "resolve_reference", None) if known else None
        if resolve is None:
            raise GraphQLError("Not an entity of this service.", extensions={"code": "BAD_REPRESENTATION"})
        accepted = inspect.signature(resolve).parameters
        if set(accepted) - {"info"} != set(fields) or None in fields.values():
            raise GraphQLError("A representation needs the fields of a key.", extensions={"code": "BAD_REPRESENTATION"})
        entity = resolve(**fields, **({"info": info} if "info" in accepted else {}))
        return await entity if inspect.isawaitable(entity) else entity


# strawberry reads the resolver's annotations and rewrites the return type to the union of entities.
ServiceSchema.entities_resolver.__annotations__ = dict(Schema.entities_resolver.__annotations__)


def build_schema(query: type, mutation: type | None = None, types: Iterable[type] = ()) -> ServiceSchema:
    """Return the schema of a service."""
    return ServiceSchema(
        query=query,
        mutation=mutation,
        types=types,
        federation_version=FEDERATION_VERSION,
        config=StrawberryConfig(auto_camel_case=True),
    )
