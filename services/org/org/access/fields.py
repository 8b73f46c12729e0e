"""Who am I, who holds which role where and why, and giving, extending and taking roles."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, Window, foreign_cursor, mutation, parse_id, result, window
from org.access import service
from org.access.types import AccessAction, AccessExplanation, Me, RoleGrant
from org.people.service import name_of

AsOf = Annotated[
    date | None, strawberry.argument(description="Those that held at some time of this day; now when left out.")
]
At = Annotated[
    datetime | None, strawberry.argument(description="Those that held at this instant; names no day at the same time.")
]
History = Annotated[
    bool,
    strawberry.argument(description="All on record: also those that ended or have not begun. Then name no time."),
]
UnitId = Annotated[strawberry.ID, strawberry.argument(description="The unit; you must be an admin of it.")]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@strawberry.input(description="A role to be given: who holds what, where, and from when to when.")
class GrantRoleInput:
    subject: str = strawberry.field(
        description="The account, as the identity provider names it; at most 200 characters."
    )
    role: str = strawberry.field(description="One of `worker`, `contributor`, `editor`, `analyst`, `admin`.")
    unit_id: strawberry.ID = strawberry.field(description="The unit; you must be an admin of it.")
    since: date | None = strawberry.field(
        default=None, description="The day with which it begins, not in the past; at once when left out."
    )
    until: date | None = strawberry.field(
        default=None, description="The first day on which it no longer holds; until it is revoked when left out."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, such as the number of a decision; at most 500 characters."
    )


@strawberry.input(description="A grant that is to end.")
class RevokeRoleInput:
    grant_id: strawberry.ID = strawberry.field(description="The grant; you must be an admin of its unit.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which it no longer holds, not in the past; at once when left out."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, such as the number of a decision; at most 500 characters."
    )


@strawberry.input(description="A grant that is to hold longer.")
class ExtendRoleInput:
    grant_id: strawberry.ID = strawberry.field(description="The grant; you must be an admin of its unit.")
    until: date | None = strawberry.field(
        default=None,
        description="The first day on which it no longer holds, later than now planned; when left out it holds until "
        "it is revoked.",
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, such as the number of a decision; at most 500 characters."
    )


@strawberry.type(description="The account holds the role, at once or from the day named.")
class GrantRoleSuccess:
    grant: RoleGrant = strawberry.field(description="The grant.")


@strawberry.type(description="The grant has ended, or will on the day named.")
class RevokeRoleSuccess:
    grant: RoleGrant | None = strawberry.field(
        description="The grant with its end; null when it had not begun, so that nothing is left of it."
    )


@strawberry.type(description="The grant holds longer.")
class ExtendRoleSuccess:
    grant: RoleGrant = strawberry.field(description="The grant with its new end.")


GrantRoleResult = result(
    "GrantRoleResult",
    GrantRoleSuccess,
    service.GrantExists,
    service.GrantLimitReached,
    service.GrantDateBackwards,
)
RevokeRoleResult = result("RevokeRoleResult", RevokeRoleSuccess, service.GrantEnded, service.GrantDateBackwards)
ExtendRoleResult = result(
    "ExtendRoleResult", ExtendRoleSuccess, service.GrantEnded, service.GrantExists, service.GrantLimitReached
)


@strawberry.type
class AccessQuery:
    """Root fields of access."""

    @strawberry.field(description="The person who is signed in, and the roles held; null when nobody is.")
    async def me(self, info: Info) -> Me | None:
        subject = info.context.caller.subject
        if subject is None:
            return None
        grants = [RoleGrant.of(row) for row in await service.held_by(subject)]
        return Me(subject=subject, display_name=await name_of(subject), grants=grants)

    @strawberry.field(
        description="The grants that hold on a unit: those on it, then those on the unit above, up to the top. "
        "For its admins; FORBIDDEN for others."
    )
    async def unit_role_grants(
        self,
        info: Info,
        unit_id: UnitId,
        first: First = 20,
        after: After = None,
        role: Annotated[str | None, strawberry.argument(description="Only grants of this role.")] = None,
        as_of: AsOf = None,
        at: At = None,
        history: History = False,
    ) -> Connection[RoleGrant] | None:
        asked, when = window(first, after, int, str, str), await _moment(as_of, at, history)
        rows = await service.grants_on(
            info.context.caller, parse_id(unit_id, "unit"), when, role, asked.limit, asked.after
        )
        return asked.page(rows, RoleGrant.of, lambda row: (row["distance"], row["subject"], str(row["id"])))

    @strawberry.field(
        description="The grants of an account: your own all, of another those on units that you are an admin of."
    )
    async def subject_role_grants(
        self,
        info: Info,
        subject: Annotated[str | None, strawberry.argument(description="The account; yours when left out.")] = None,
        first: First = 20,
        after: After = None,
        as_of: AsOf = None,
        at: At = None,
        history: History = False,
    ) -> Connection[RoleGrant] | None:
        asked, when = window(first, after, str, str), await _moment(as_of, at, history)
        rows = await service.grants_held(info.context.caller, subject, when, asked.limit, asked.after)
        return asked.page(rows, RoleGrant.of, lambda row: (row["path"], str(row["id"])))

    @strawberry.field(
        description="The grants on a unit and all units below it that end soon, the first to end first. "
        "For its admins; FORBIDDEN for others."
    )
    async def expiring_role_grants(
        self,
        info: Info,
        unit_id: UnitId,
        days: Annotated[int, strawberry.argument(description="Within how many days from now, 1 to 366.")] = 30,
        first: First = 20,
        after: After = None,
    ) -> Connection[RoleGrant] | None:
        asked = _by_end(window(first, after, int, str))
        rows = await service.expiring_grants(
            info.context.caller, parse_id(unit_id, "unit"), days, asked.limit, asked.after
        )
        return asked.page(rows, RoleGrant.of, lambda row: ((row["until"] - _EPOCH) // _MICROSECOND, str(row["id"])))

    @strawberry.field(
        description="Whether an account may do something with a unit, and why: the grants that allow it, or what is "
        "missing and the units whose admins could give it. About oneself for everybody who is signed in, about "
        "another account for the admins of the unit."
    )
    async def explain_access(
        self,
        info: Info,
        action: Annotated[
            str,
            strawberry.argument(description="A code of `accessActions`, or a role, for what other services ask for."),
        ],
        unit_id: Annotated[strawberry.ID, strawberry.argument(description="The unit.")],
        subject: Annotated[str | None, strawberry.argument(description="The account; yours when left out.")] = None,
        as_of: Annotated[
            date | None,
            strawberry.argument(
                description="By the grants that held at some time of this day, in the tree of that day."
            ),
        ] = None,
        at: Annotated[
            datetime | None, strawberry.argument(description="By the grants that held at this instant; names no day.")
        ] = None,
    ) -> AccessExplanation | None:
        when = await service.moment(as_of, at)
        found = await service.explain(info.context.caller, action, parse_id(unit_id, "unit"), subject, when)
        return AccessExplanation.of(found, info.context.language)

    @strawberry.field(description="What can be done in org, and the role that each takes.")
    async def access_actions(self, info: Info) -> list[AccessAction]:
        return [AccessAction.of(action, info.context.language) for action in service.ACTIONS.values()]


@strawberry.type
class AccessMutation:
    """Changes of access."""

    @mutation(
        GrantRoleResult,
        description="Let an account hold a role on a unit and all units below it. You must be an admin of the unit. "
        "It counts at once, or with the day named; it ends by itself on the day named.",
    )
    async def grant_role(
        self, info: Info, input: Annotated[GrantRoleInput, strawberry.argument(description="Who holds what, where.")]
    ) -> GrantRoleSuccess:
        row = await service.grant_role(
            info.context.caller,
            input.subject,
            input.role,
            parse_id(input.unit_id, "unit"),
            input.since,
            input.until,
            input.reason,
        )
        return GrantRoleSuccess(grant=RoleGrant.of(row))

    @mutation(
        RevokeRoleResult,
        description="End a grant, at once or on a day. One that has not begun by then is taken back altogether. "
        "You must be an admin of its unit.",
    )
    async def revoke_role(
        self, info: Info, input: Annotated[RevokeRoleInput, strawberry.argument(description="Which, and when.")]
    ) -> RevokeRoleSuccess:
        row = await service.revoke_role(info.context.caller, parse_id(input.grant_id, "grant"), input.on, input.reason)
        return RevokeRoleSuccess(grant=RoleGrant.of(row) if row else None)

    @mutation(
        ExtendRoleResult, description="Let a grant that has not ended hold longer. You must be an admin of its unit."
    )
    async def extend_role(
        self, info: Info, input: Annotated[ExtendRoleInput, strawberry.argument(description="Which, and how long.")]
    ) -> ExtendRoleSuccess:
        row = await service.extend_role(
            info.context.caller, parse_id(input.grant_id, "grant"), input.until, input.reason
        )
        return ExtendRoleSuccess(grant=RoleGrant.of(row))


async def _moment(as_of: date | None, at: datetime | None, history: bool) -> service.Moment | None:
    """Return the time asked for; None for all times."""
    if not history:
        return await service.moment(as_of, at)
    if as_of is not None or at is not None:
        raise InvalidInput("history", "không đi cùng ngày hay thời điểm.", "goes with neither a day nor an instant.")
    return None


def _by_end(asked: Window) -> Window:
    """Return a window whose cursor holds an instant and an id, as PostgreSQL compares them."""
    if asked.after is None:
        return asked
    microseconds, grant_id = asked.after
    try:
        return Window(asked.first, (_EPOCH + microseconds * _MICROSECOND, UUID(grant_id)))
    except (ValueError, OverflowError) as error:
        raise foreign_cursor() from error
