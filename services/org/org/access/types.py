"""Grants as the graph shows them."""

from uuid import UUID

import strawberry

from kit.graphql import Info
from kit.identity import Caller, Grant
from org.units.types import Unit, unit_or_none


@strawberry.type(description="A role on a unit; it holds for all units below it too.")
class RoleGrant:
    role: str = strawberry.field(description="One of `worker`, `contributor`, `editor`, `analyst`, `admin`.")
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, grant: Grant) -> "RoleGrant":
        """Return the graph's view of a grant."""
        return cls(role=grant.role, unit_id=UUID(grant.unit_id))

    @strawberry.field(description="The unit on which the role was granted.")
    async def unit(self, info: Info) -> Unit | None:
        return await unit_or_none(info, self.unit_id)


@strawberry.type(description="The person who is signed in.")
class Me:
    subject: str = strawberry.field(description="The account, as the identity provider names it.")
    display_name: str | None = strawberry.field(description="The person's name; null when it is not on record.")
    grants: list[RoleGrant] = strawberry.field(description="The roles held now, at most 50.")

    @classmethod
    def of(cls, caller: Caller, display_name: str | None) -> "Me":
        """Return the graph's view of a caller."""
        return cls(
            subject=str(caller.subject),
            display_name=display_name,
            grants=[RoleGrant.of(grant) for grant in caller.grants],
        )
