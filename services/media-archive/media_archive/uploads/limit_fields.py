"""What roles may upload, in the graph."""

from typing import Annotated, Self

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from media_archive.uploads import limits_of_units
from media_archive.uploads.limits import Limits
from media_archive.uploads.limits_of_units import RoleLimits

UnitId = Annotated[strawberry.ID, strawberry.argument(description="The unit; you must be an admin of it.")]
Role = Annotated[str, strawberry.argument(description="`contributor`, `editor` or `admin`.")]


@strawberry.type(description="What holders of a role may upload to a unit.")
class UploadLimit:
    role: str = strawberry.field(description="`contributor`, `editor` or `admin`.")
    most_megabytes: int = strawberry.field(description="Megabytes of a file, at most.")
    most_open: int = strawberry.field(description="How many uploads of one person may be unfinished.")
    most_a_day: int = strawberry.field(description="How many files one person may bring in a day.")
    families: list[str] = strawberry.field(
        description="Types of files: `image`, `pdf`, `office`, `text`, `audio` and `video`."
    )
    is_own: bool = strawberry.field(description="Whether the unit itself says so, and not only those above it.")

    @classmethod
    def of(cls, one: RoleLimits) -> Self:
        """Show the limits of a role."""
        return cls(
            role=one.role,
            most_megabytes=one.limits.most_megabytes,
            most_open=one.limits.most_open,
            most_a_day=one.limits.most_a_day,
            families=list(one.limits.families),
            is_own=one.is_own,
        )


@strawberry.input(description="What holders of a role may upload to a unit and those below it.")
class SetUploadLimitInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit.")
    role: str = strawberry.field(description="`contributor`, `editor` or `admin`.")
    most_megabytes: int = strawberry.field(description="Megabytes of a file, at most.")
    most_open: int = strawberry.field(description="How many uploads of one person may be unfinished.")
    most_a_day: int = strawberry.field(description="How many files one person may bring in a day.")
    families: list[str] = strawberry.field(
        description="Types of files: some of `image`, `pdf`, `office`, `text`, `audio` and `video`."
    )


@strawberry.type(description="The limits hold.")
class UploadLimitSuccess:
    limit: UploadLimit = strawberry.field(description="What the role may upload now.")


SetUploadLimitResult = result("SetUploadLimitResult", UploadLimitSuccess, limits_of_units.UploadLimitTooHigh)
ClearUploadLimitResult = result("ClearUploadLimitResult", UploadLimitSuccess)


@strawberry.type
class UploadLimitQuery:
    @strawberry.field(description="What each role may upload to a unit. You must be an admin of it.")
    async def upload_limits(self, info: Info, unit_id: UnitId) -> list[UploadLimit] | None:
        found = await limits_of_units.limits_at_unit(info.context.caller, parse_id(unit_id, "unit"))
        return [UploadLimit.of(one) for one in found]


@strawberry.type
class UploadLimitMutation:
    @mutation(
        SetUploadLimitResult,
        description="Bound what holders of a role may upload to a unit and those below it: at most as much as the "
        "units above allow. You must be an admin of the unit.",
    )
    async def set_upload_limit(
        self, info: Info, input: Annotated[SetUploadLimitInput, strawberry.argument(description="The limits.")]
    ) -> UploadLimitSuccess:
        families = tuple(dict.fromkeys(input.families))
        limits = Limits(input.most_megabytes, input.most_open, input.most_a_day, families)
        unit_id = parse_id(input.unit_id, "unit")
        found = await limits_of_units.set_limits(info.context.caller, unit_id, input.role, limits)
        return UploadLimitSuccess(limit=UploadLimit.of(found))

    @mutation(
        ClearUploadLimitResult,
        description="Let the units above alone bound what holders of a role may upload. You must be an admin of the "
        "unit.",
    )
    async def clear_upload_limit(self, info: Info, unit_id: UnitId, role: Role) -> UploadLimitSuccess:
        found = await limits_of_units.clear_limits(info.context.caller, parse_id(unit_id, "unit"), role)
        return UploadLimitSuccess(limit=UploadLimit.of(found))
