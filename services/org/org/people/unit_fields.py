"""What a unit shows of its people, so that the unit itself need not know them."""

from datetime import date
from typing import Annotated, Protocol

import strawberry

from kit import db
from kit.graphql import After, Connection, First, Info, window
from org.people import service
from org.people.types import (
    CollaboratorCount,
    CommunicationsTraining,
    TrainingClass,
    UnitCollaborator,
    UnitDepartment,
    UnitOfficer,
    UnitPost,
)
from org.vocabularies.narrowing import narrowed, narrowed_to

PeopleAsOf = Annotated[
    date | None,
    strawberry.argument(description="The day that is meant; when left out, the one that led here, or today."),
]


class StandingUnit(Protocol):
    """What these fields need to know of the unit they belong to."""

    row: db.Record

    def day(self, as_of: date | None = None) -> date: ...

    async def standing(self, info: Info, as_of: date | None = None) -> db.Record | None: ...

    async def governing_path(self, info: Info) -> str: ...


@strawberry.type
class UnitPeople:
    """Fields of a unit: its own departments, posts and officers, and lists of its subtree."""

    @strawberry.field(description="Departments that the unit has; empty for callers without a role covering it.")
    async def departments(
        self: StandingUnit, info: Info, first: First = 20, after: After = None, as_of: PeopleAsOf = None
    ) -> Connection[UnitDepartment]:
        asked, day = window(first, after, str, str), self.day(as_of)
        key = (self.row["id"], asked, (info.context.caller, day))
        rows = await info.context.loaders.people.departments_by_unit.load(key)
        return asked.page(rows, UnitDepartment.of, lambda row: (row["sort_key"], str(row["id"])))

    @strawberry.field(
        description="Posts held in the unit, the chair first; empty for callers without a role covering it. "
        "Null when an argument is refused."
    )
    async def officers(
        self: StandingUnit,
        info: Info,
        first: First = 20,
        after: After = None,
        post: Annotated[
            str | None,
            strawberry.argument(description="Only this post, a code of the vocabulary `post` such as `spokesperson`."),
        ] = None,
        as_of: PeopleAsOf = None,
    ) -> Connection[UnitOfficer] | None:
        asked, day = window(first, after, int, str, str), self.day(as_of)
        key = (self.row["id"], asked, (info.context.caller, day, await narrowed_to(info, "post", "post", post, day)))
        rows = await info.context.loaders.people.officers_by_unit.load(key)
        return asked.page(
            rows, lambda row: UnitOfficer.of(row, day), lambda row: (row["rank"], row["sort_key"], row["id"])
        )

    @strawberry.field(
        description="Posts of the unit and its departments whose number of seats is set, with who holds how many; "
        "empty for callers without a role covering it."
    )
    async def posts(
        self: StandingUnit, info: Info, first: First = 20, after: After = None, as_of: PeopleAsOf = None
    ) -> Connection[UnitPost]:
        asked, day = window(first, after, int, str), self.day(as_of)
        rows = await info.context.loaders.people.posts_by_unit.load((self.row["id"], asked, (info.context.caller, day)))
        return asked.page(rows, lambda row: UnitPost.of(row, day), lambda row: (row["rank"], row["id"]))

    @strawberry.field(
        description="Posts with seats that nobody holds, in the unit and all units below it, in the order of the tree; "
        "only of units that a role of the caller covers. "
        "Null when an argument is refused."
    )
    async def vacancies(
        self: StandingUnit,
        info: Info,
        first: First = 20,
        after: After = None,
        post: Annotated[
            str | None, strawberry.argument(description="Only this post, a code of the vocabulary `post`.")
        ] = None,
        as_of: PeopleAsOf = None,
    ) -> Connection[UnitPost] | None:
        asked, day = window(first, after, str, str, str), self.day(as_of)
        here, code = await self.standing(info, as_of), await narrowed_to(info, "post", "post", post, day)
        key = (here["path"], asked, (info.context.caller, day, code)) if here else None
        rows = await info.context.loaders.people.vacancies_by_path.load(key) if key else []
        return asked.page(rows, lambda row: UnitPost.of(row, day), lambda row: (row["path"], row["code"], row["id"]))

    @strawberry.field(
        description="Terms that run on the day and end soon after it, in the unit and all units below it, the first to "
        "end first; only of units that a role of the caller covers."
    )
    async def expiring_terms(
        self: StandingUnit,
        info: Info,
        first: First = 20,
        after: After = None,
        days: Annotated[int, strawberry.argument(description="How many days to look ahead, 1 to 3660.")] = 90,
        as_of: PeopleAsOf = None,
    ) -> Connection[UnitOfficer]:
        asked, day = window(first, after, int, str), self.day(as_of)
        here = await self.standing(info, as_of)
        key = (here["path"], asked, (info.context.caller, day, days)) if here else None
        rows = await info.context.loaders.people.expiring_by_path.load(key) if key else []
        return asked.page(rows, lambda row: UnitOfficer.of(row, day), lambda row: (row["until"].toordinal(), row["id"]))

    @strawberry.field(
        description="The network of collaborators of the unit and all units below it, unit by unit; "
        "only of units of which the caller is an editor, analyst or admin. "
        "Null when an argument is refused."
    )
    async def collaborators(
        self: StandingUnit,
        info: Info,
        first: First = 20,
        after: After = None,
        kind: Annotated[
            str | None, strawberry.argument(description="Only this kind, a code of the vocabulary `collaborator_kind`.")
        ] = None,
        as_of: PeopleAsOf = None,
    ) -> Connection[UnitCollaborator] | None:
        asked, day = window(first, after, str, str, str), self.day(as_of)
        here = await self.standing(info, as_of)
        code = await narrowed_to(info, "kind", "collaborator_kind", kind, day)
        key = (here["path"], asked, (info.context.caller, day, code)) if here else None
        rows = await info.context.loaders.people.collaborators_by_path.load(key) if key else []
        return asked.page(
            rows, lambda row: UnitCollaborator.of(row, day), lambda row: (row["path"], row["sort_key"], row["id"])
        )

    @strawberry.field(
        description="How many collaborators of each kind the unit and all units below it have, as far as the caller is "
        "an editor, analyst or admin of them; a kind without anybody is left out. At most one entry for each kind."
    )
    async def collaborator_counts(self: StandingUnit, info: Info, as_of: PeopleAsOf = None) -> list[CollaboratorCount]:
        here = await self.standing(info, as_of)
        if here is None:
            return []
        key = ((info.context.caller, self.day(as_of)), here["path"])
        rows = await info.context.loaders.people.collaborator_counts_by_path.load(key)
        return [CollaboratorCount.of(row) for row in rows]

    @strawberry.field(
        description="Classes in communications that the unit and units below it had begun to hold by the day, the "
        "newest first; only of units of which the caller is an editor, analyst or admin."
    )
    async def training_classes(
        self: StandingUnit, info: Info, first: First = 20, after: After = None, as_of: PeopleAsOf = None
    ) -> Connection[TrainingClass]:
        asked, day = window(first, after, int, str), self.day(as_of)
        here = await self.standing(info, as_of)
        key = (here["path"], asked, (info.context.caller, day)) if here else None
        rows = await info.context.loaders.people.classes_by_path.load(key) if key else []
        return asked.page(
            rows,
            lambda row: TrainingClass.of(row, day),
            lambda row: (row["first_day"].toordinal(), str(row["id"])),
        )

    @strawberry.field(
        description="How many of those who do communications in the unit and all units below it were trained for it. "
        "Null when the unit does not exist on the day, or when the caller is not an editor, analyst or admin of it."
    )
    async def communications_training(
        self: StandingUnit,
        info: Info,
        posts: Annotated[
            list[str] | None,
            strawberry.argument(
                description="Whose training is counted: codes of the vocabulary `post`, at most 20; communications "
                "officers when left out."
            ),
        ] = None,
        certificates: Annotated[
            list[str] | None,
            strawberry.argument(
                description="Which certificates count: codes of the vocabulary `certificate_kind`, at most 20; "
                "journalism and communications when left out."
            ),
        ] = None,
        level: Annotated[
            str | None, strawberry.argument(description="Only units of this level, a code of the vocabulary `level`.")
        ] = None,
        as_of: PeopleAsOf = None,
    ) -> CommunicationsTraining | None:
        here, day, caller = await self.standing(info, as_of), self.day(as_of), info.context.caller
        governed = await self.governing_path(info)
        if here is None or not any(caller.may(role, governed) for role in service.TRAINERS):
            return None
        counted = service.check_codes("posts", posts if posts is not None else service.OFFICERS)
        proofs = service.check_codes("certificates", certificates if certificates is not None else service.CERTIFICATES)
        await narrowed(info, "posts", "post", posts, day)
        await narrowed(info, "certificates", "certificate_kind", certificates, day)
        of_level = await narrowed_to(info, "level", "level", level, day)
        key = ((caller, day, counted, proofs, of_level), here["path"])
        return CommunicationsTraining.of(await info.context.loaders.people.training_by_path.load(key), day)
