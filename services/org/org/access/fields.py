"""Who am I, and giving and taking roles."""

from typing import Annotated

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from org.access import service
from org.access.types import Me
from org.people.service import name_of


@strawberry.input(description="An account, a role and the unit on which it is held.")
class RoleInput:
    subject: str = strawberry.field(
        description="The account, as the identity provider names it; at most 200 characters."
    )
    role: str = strawberry.field(description="One of `worker`, `contributor`, `editor`, `analyst`, `admin`.")
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an admin of it.")


@strawberry.type(
    description="The account holds the role from now on; it counts at the latest when its passport is renewed."
)
class GrantRoleSuccess:
    subject: str = strawberry.field(description="The account.")
    role: str = strawberry.field(description="The role it holds now.")


@strawberry.type(description="The account no longer holds the role; at the latest when its passport expires.")
class RevokeRoleSuccess:
    subject: str = strawberry.field(description="The account.")
    role: str = strawberry.field(description="The role it held.")


GrantRoleResult = result("GrantRoleResult", GrantRoleSuccess, service.GrantExists, service.GrantLimitReached)
RevokeRoleResult = result("RevokeRoleResult", RevokeRoleSuccess)


@strawberry.type
class AccessQuery:
    """Root fields of access."""

    @strawberry.field(description="The person who is signed in, and the roles held; null when nobody is.")
    async def me(self, info: Info) -> Me | None:
        caller = info.context.caller
        if caller.subject is None:
            return None
        return Me.of(await service.caller_of(caller.subject), await name_of(caller.subject))


@strawberry.type
class AccessMutation:
    """Changes of access."""

    @mutation(
        GrantRoleResult,
        description="Let an account hold a role on a unit and all units below it. You must be an admin of the unit.",
    )
    async def grant_role(
        self, info: Info, input: Annotated[RoleInput, strawberry.argument(description="Who holds what, where.")]
    ) -> GrantRoleSuccess:
        await service.grant_role(info.context.caller, input.subject, input.role, parse_id(input.unit_id, "unit"))
        return GrantRoleSuccess(subject=input.subject, role=input.role)

    @mutation(
        RevokeRoleResult, description="End a role that an account holds on a unit. You must be an admin of the unit."
    )
    async def revoke_role(
        self, info: Info, input: Annotated[RoleInput, strawberry.argument(description="Who held what, where.")]
    ) -> RevokeRoleSuccess:
        await service.revoke_role(info.context.caller, input.subject, input.role, parse_id(input.unit_id, "unit"))
        return RevokeRoleSuccess(subject=input.subject, role=input.role)
