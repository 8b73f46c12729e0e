"""Departments and officers as the graph shows them."""

from datetime import date

import strawberry

from kit import db
from kit.graphql import Info


@strawberry.type(description="A department of a unit.")
class UnitDepartment:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    kind: str = strawberry.field(description="Code of the vocabulary `department_kind`.")
    name_vi: str = strawberry.field(description="Name in Vietnamese.")
    name_en: str = strawberry.field(description="Name in English.")
    since: date | None = strawberry.field(description="The day it was founded; null when not known.")

    @classmethod
    def of(cls, row: db.Record) -> "UnitDepartment":
        """Return the department of a row."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            kind=row["kind"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            since=row["since"],
        )


@strawberry.type(description="A post that somebody holds in a unit today.")
class UnitOfficer:
    name: str = strawberry.field(description="The person's name.")
    post: str = strawberry.field(description="Code of the vocabulary `post`.")
    since: date | None = strawberry.field(description="The first day of the term; null when not known.")
    until: date | None = strawberry.field(description="The first day after the term; null when it is open.")
    department_id: strawberry.Private[object]

    @classmethod
    def of(cls, row: db.Record) -> "UnitOfficer":
        """Return the officer of a row."""
        return cls(
            name=row["display_name"],
            post=row["post"],
            since=row["since"],
            until=row["until"],
            department_id=row["department_id"],
        )

    @strawberry.field(description="The department of the post; null when it is a post of the unit itself.")
    async def department(self, info: Info) -> UnitDepartment | None:
        if self.department_id is None:
            return None
        row = await info.context.loaders.department_by_id.load((info.context.caller, self.department_id))
        return UnitDepartment.of(row) if row else None
