"""Grants, and why somebody may do something, as the graph shows them."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from kit import db
from kit.errors import Language
from kit.graphql import Info
from org.access.service import Action, Explanation, Way
from org.access.words import in_words
from org.units.types import Unit, unit_or_none


@strawberry.type(description="A role on a unit; while it holds, it holds for all units below it too.")
class RoleGrant:
    id: strawberry.ID = strawberry.field(description="Opaque id, by which the grant is extended or revoked.")
    subject: str = strawberry.field(description="The account that holds it, as the identity provider names it.")
    role: str = strawberry.field(description="One of `worker`, `contributor`, `editor`, `analyst`, `admin`.")
    since: datetime = strawberry.field(description="When it begins, or began.")
    until: datetime | None = strawberry.field(
        description="When it ends, or ended; null while it holds until it is revoked."
    )
    granted_by: str = strawberry.field(description="The account that gave it; `system` for the product itself.")
    reason: str | None = strawberry.field(description="Why it was given or extended, such as a decision's number.")
    ended_by: str | None = strawberry.field(
        description="The account that revoked it; null when it ends as it was given."
    )
    end_reason: str | None = strawberry.field(description="Why it was revoked.")
    is_inherited: bool = strawberry.field(
        description="In the grants that hold on a unit: whether it is held on a unit above. Elsewhere false."
    )
    unit_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: db.Record) -> "RoleGrant":
        """Return the graph's view of a grant."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            subject=row["subject"],
            role=row["role"],
            since=row["since"],
            until=row["until"],
            granted_by=row["granted_by"],
            reason=row["reason"],
            ended_by=row["ended_by"],
            end_reason=row["end_reason"],
            is_inherited=row.get("is_inherited", False),
            unit_id=row["unit_id"],
        )

    @strawberry.field(description="The unit on which the role is held.")
    async def unit(self, info: Info) -> Unit | None:
        return await unit_or_none(info, self.unit_id)


@strawberry.type(description="The person who is signed in.")
class Me:
    subject: str = strawberry.field(description="The account, as the identity provider names it.")
    display_name: str | None = strawberry.field(description="The person's name; null when it is not on record.")
    grants: list[RoleGrant] = strawberry.field(description="The roles held now, at most 50.")


@strawberry.type(description="A grant that gives what was asked about, and how it reaches the unit.")
class AccessWay:
    role: str = strawberry.field(description="The role held.")
    unit: Unit = strawberry.field(description="The unit on which it is held.")
    path: list[Unit] = strawberry.field(
        description="The units along which it is inherited: from that one down to the one judged, both included."
    )

    @classmethod
    def of(cls, way: Way, on: date | None) -> "AccessWay":
        """Return the graph's view of a way."""
        units = [Unit.of(row, on) for row in way.units]
        return cls(role=way.grant.role, unit=units[0], path=units)


@strawberry.type(description="Whether somebody may do something with a unit, and why.")
class AccessExplanation:
    subject: str = strawberry.field(description="The account asked about.")
    action: str = strawberry.field(description="What was asked: the code of an action, or a role.")
    unit: Unit = strawberry.field(description="The unit asked about.")
    is_allowed: bool = strawberry.field(
        description="Whether the account's roles allow it. Other rules, such as those of dates, may still forbid it."
    )
    needed_roles: list[str] = strawberry.field(description="The role that it takes, or the roles of which one will do.")
    sufficient_roles: list[str] = strawberry.field(description="The roles that have the rights of these, these first.")
    needed_on: Unit | None = strawberry.field(
        description="The unit on which, or above which, the role is needed: the one asked about, or, to move it, the "
        "one directly above. Null above the top, where nobody holds any role."
    )
    ways: list[AccessWay] = strawberry.field(description="The grants that give it; empty when it is not allowed.")
    ask_admins_of: list[Unit] = strawberry.field(
        description="When it is not allowed: the units with admins, who could give the role; the nearest first."
    )
    text: str = strawberry.field(description="The answer for people, in the language they asked for.")

    @classmethod
    def of(cls, found: Explanation, language: Language) -> "AccessExplanation":
        """Return the graph's view of an explanation."""
        on = found.when.other_day
        return cls(
            subject=found.subject,
            action=found.action.code,
            unit=Unit.of(found.unit, on),
            is_allowed=found.allowed,
            needed_roles=list(found.action.roles),
            sufficient_roles=list(found.sufficient_roles),
            needed_on=Unit.of(found.needed_on, on) if found.needed_on else None,
            ways=[AccessWay.of(way, on) for way in found.ways],
            ask_admins_of=[Unit.of(row, on) for row in found.admins_on],
            text=in_words(found, language),
        )


@strawberry.type(description="Something that can be done in org, and the role that it takes.")
class AccessAction:
    code: str = strawberry.field(description="Stable code, such as `unit.rename`.")
    roles: list[str] = strawberry.field(description="The role that it takes, or the roles of which one will do.")
    place: str = strawberry.field(
        description="Where it takes it: on the `unit` or above, on the unit directly above (`parent`) or above, or on "
        "the `top` of the tree."
    )
    label: str = strawberry.field(description="What it is, in the language of the request.")

    @classmethod
    def of(cls, action: Action, language: Language) -> "AccessAction":
        """Return the graph's view of an action."""
        return cls(
            code=action.code,
            roles=list(action.roles),
            place=action.place,
            label=action.vi if language == "vi" else action.en,
        )
