"""People, departments, posts, collaborators and training as the graph shows them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from kit import db
from kit.calendar import today
from kit.graphql import After, Connection, First, Info, window

if TYPE_CHECKING:
    from org.units.types import Unit

# Units show people, and people show units: the graph ties them together by name.
LazyUnit = Annotated["Unit", strawberry.lazy("org.units.types")]


async def unit_of(info: Info, unit_id: UUID, on: date | None) -> "Unit | None":
    """Return a unit as it was on a day, through the request's loader."""
    from org.units.types import unit_or_none

    return await unit_or_none(info, unit_id, on)


@strawberry.type(description="How to reach a person.")
class PersonContact:
    email: str | None = strawberry.field(description="E-mail address; null when none was given.")
    phone: str | None = strawberry.field(description="Telephone number; null when none was given.")
    account: str | None = strawberry.field(
        description="The account, as the identity provider names it; null when there is none, "
        "or when the caller is not an admin of a unit that answers for the person."
    )

    @classmethod
    def of(cls, row: db.Record) -> "PersonContact":
        """Return the contact of a row."""
        return cls(email=row["email"], phone=row["phone"], account=row["subject"])


@strawberry.type(description="A certificate in communications that a person holds.")
class PersonCertificate:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    kind: str = strawberry.field(description="Code of the vocabulary `certificate_kind`.")
    issuer: str = strawberry.field(description="Who issued it.")
    issued_on: date = strawberry.field(description="The day of issue.")
    valid_until: date | None = strawberry.field(
        description="The first day on which it no longer holds; null when it does not expire."
    )

    @classmethod
    def of(cls, row: db.Record) -> "PersonCertificate":
        """Return the certificate of a row."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            kind=row["kind"],
            issuer=row["issuer"],
            issued_on=row["issued_on"],
            valid_until=row["valid_until"],
        )


@strawberry.type(description="A department of a unit.")
class UnitDepartment:
    id: strawberry.ID = strawberry.field(description="Opaque id that stays the same through renamings.")
    kind: str | None = strawberry.field(
        description="Code of the vocabulary `department_kind`; null for a department of a kind of its own."
    )
    name_vi: str = strawberry.field(description="Name in Vietnamese.")
    name_en: str = strawberry.field(description="Name in English; the Vietnamese one where there is none.")
    since: date | None = strawberry.field(description="The day it was founded; null when not known.")
    until: date | None = strawberry.field(
        description="The first day on which it no longer exists; null while no end is known."
    )

    @classmethod
    def of(cls, row: db.Record) -> "UnitDepartment":
        """Return the department of a row."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            kind=row["kind"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            since=row["since"],
            until=row["until"],
        )


async def department_of(info: Info, department_id: UUID | None, on: date | None) -> UnitDepartment | None:
    """Return a department as it was on a day, through the request's loader."""
    if department_id is None:
        return None
    key = ((info.context.caller, on or today()), department_id)
    row = await info.context.loaders.people.department_by_id.load(key)
    return UnitDepartment.of(row) if row else None


@strawberry.type(
    description="Somebody who holds or held a post, collaborates, or was trained; with minimal personal data."
)
class UnionPerson:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name: str | None = strawberry.field(description="The person's name; null when it was erased on request.")
    erased: bool = strawberry.field(description="Whether the personal data were erased on request.")
    person_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, person_id: UUID, name: str | None, *, is_erased: bool) -> "UnionPerson":
        """Return the graph's view of a person."""
        return cls(
            id=strawberry.ID(str(person_id)), name=None if is_erased else name, erased=is_erased, person_id=person_id
        )

    @classmethod
    def of_row(cls, row: db.Record) -> "UnionPerson":
        """Return the person of a row about a person."""
        return cls.of(row["id"], row["display_name"], is_erased=row["is_erased"])

    @strawberry.field(
        description="How to reach the person. Null unless the caller is that person, or an editor or admin of a unit "
        "that answers for them: one they serve, or the one that keeps their record when they serve none."
    )
    async def contact(self, info: Info) -> PersonContact | None:
        row = await info.context.loaders.people.contact_by_person.load((info.context.caller, self.person_id))
        return PersonContact.of(row) if row else None

    @strawberry.field(
        description="The person's terms, past and to come too, the latest first: those in units that a role of the "
        "caller covers; the person themself sees all."
    )
    async def terms(self, info: Info, first: First = 20, after: After = None) -> "Connection[UnitOfficer]":
        asked = window(first, after, int, str)
        rows = await info.context.loaders.people.terms_by_person.load((self.person_id, asked, info.context.caller))
        return asked.page(rows, UnitOfficer.of, lambda row: ((row["since"] or date.min).toordinal(), row["id"]))

    @strawberry.field(
        description="Classes in communications that the person attended, the newest first. Empty unless the caller is "
        "that person, or an editor, analyst or admin of a unit that answers for them."
    )
    async def trainings(self, info: Info, first: First = 20, after: After = None) -> "Connection[TrainingClass]":
        asked = window(first, after, int, str)
        key = (self.person_id, asked, info.context.caller)
        rows = await info.context.loaders.people.trainings_by_person.load(key)
        return asked.page(rows, TrainingClass.of, lambda row: (row["first_day"].toordinal(), str(row["id"])))

    @strawberry.field(
        description="Certificates in communications, the newest first; for the same callers as `trainings`."
    )
    async def certificates(self, info: Info, first: First = 20, after: After = None) -> Connection[PersonCertificate]:
        asked = window(first, after, int, str)
        key = (self.person_id, asked, info.context.caller)
        rows = await info.context.loaders.people.certificates_by_person.load(key)
        return asked.page(rows, PersonCertificate.of, lambda row: (row["issued_on"].toordinal(), str(row["id"])))


@strawberry.type(description="A term in which somebody holds or held a post of a unit.")
class UnitOfficer:
    id: strawberry.ID = strawberry.field(description="Opaque id of the appointment.")
    name: str = strawberry.field(description="The person's name; `—` when it was erased on request.")
    post: str = strawberry.field(description="Code of the vocabulary `post`.")
    since: date | None = strawberry.field(description="The first day of the term; null when not known.")
    until: date | None = strawberry.field(
        description="The first day on which the person no longer holds the post; null when it is open."
    )
    term_until: date | None = strawberry.field(
        description="When the term was to end; later than `until` when somebody left early, null when it was open."
    )
    decision_number: str | None = strawberry.field(
        description="Number of the decision on the appointment; null when not known."
    )
    row: strawberry.Private[db.Record]
    on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "UnitOfficer":
        """Return the term of a row, its unit and department as they were on a day (None: today)."""
        return cls(
            id=strawberry.ID(row["id"]),
            name=row["display_name"],
            post=row["post"],
            since=row["since"],
            until=row["until"],
            term_until=row["term_until"],
            decision_number=row["decision_number"],
            row=row,
            on=on,
        )

    @strawberry.field(description="The person.")
    def person(self) -> UnionPerson:
        return UnionPerson.of(self.row["person_id"], self.row["display_name"], is_erased=self.row["is_erased"])

    @strawberry.field(description="The unit.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.row["unit_id"], self.on)

    @strawberry.field(description="The department of the post; null when it is a post of the unit itself.")
    async def department(self, info: Info) -> UnitDepartment | None:
        return await department_of(info, self.row["department_id"], self.on)

    @strawberry.field(
        description="Why the term ended early, a code of the vocabulary `appointment_end_reason`; null when it did "
        "not, or when the caller is not an editor or admin of the unit."
    )
    def end_reason(self, info: Info) -> str | None:
        return self.row["end_reason"] if info.context.caller.may("editor", self.row["governed"]) else None


@strawberry.type(description="A post of a unit, or of one of its departments, with the number of its seats.")
class UnitPost:
    id: strawberry.ID = strawberry.field(description="Opaque id of this number of seats.")
    post: str = strawberry.field(description="Code of the vocabulary `post`.")
    seats: int = strawberry.field(description="How many people may hold it at a time.")
    holders: int = strawberry.field(description="How many hold it on that day.")
    vacant: int = strawberry.field(description="How many seats nobody holds on that day.")
    since: date | None = strawberry.field(description="The day since which it has so many seats; null when not known.")
    until: date | None = strawberry.field(
        description="The first day on which it no longer has them; null when no end is known."
    )
    row: strawberry.Private[db.Record]
    on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "UnitPost":
        """Return the post of a row, its unit and department as they were on a day (None: today)."""
        return cls(
            id=strawberry.ID(row["id"]),
            post=row["code"],
            seats=row["seats"],
            holders=row["holders"],
            vacant=row["vacant"],
            since=row["since"],
            until=row["until"],
            row=row,
            on=on,
        )

    @strawberry.field(description="The unit.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.row["unit_id"], self.on)

    @strawberry.field(description="The department of the post; null when it is a post of the unit itself.")
    async def department(self, info: Info) -> UnitDepartment | None:
        return await department_of(info, self.row["department_id"], self.on)


@strawberry.type(description="A person in the network of collaborators of a unit.")
class UnitCollaborator:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    kind: str = strawberry.field(description="Code of the vocabulary `collaborator_kind`.")
    since: date | None = strawberry.field(description="The first day; null when not known.")
    until: date | None = strawberry.field(
        description="The first day on which the person no longer collaborates; null when no end is known."
    )
    decision_number: str | None = strawberry.field(description="Number of the decision; null when not known.")
    row: strawberry.Private[db.Record]
    on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "UnitCollaborator":
        """Return the collaborator of a row, the unit as it was on a day (None: today)."""
        return cls(
            id=strawberry.ID(row["id"]),
            kind=row["kind"],
            since=row["since"],
            until=row["until"],
            decision_number=row["decision_number"],
            row=row,
            on=on,
        )

    @strawberry.field(description="The person.")
    def person(self) -> UnionPerson:
        return UnionPerson.of(self.row["person_id"], self.row["display_name"], is_erased=self.row["is_erased"])

    @strawberry.field(description="The unit.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.row["unit_id"], self.on)


@strawberry.type(description="How many collaborators of one kind there are.")
class CollaboratorCount:
    kind: str = strawberry.field(description="Code of the vocabulary `collaborator_kind`.")
    people: int = strawberry.field(description="How many different people.")
    units: int = strawberry.field(description="In how many different units.")

    @classmethod
    def of(cls, row: db.Record) -> "CollaboratorCount":
        """Return the count of a row."""
        return cls(kind=row["kind"], people=row["people"], units=row["units"])


@strawberry.type(description="A class in communications that a unit held.")
class TrainingClass:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name: str = strawberry.field(description="Name, as the unit wrote it.")
    topic: str = strawberry.field(description="Code of the vocabulary `training_topic`.")
    first_day: date = strawberry.field(description="The first day.")
    last_day: date = strawberry.field(description="The last day.")
    attended: int = strawberry.field(description="How many people are on record as having attended.")
    row: strawberry.Private[db.Record]
    on: strawberry.Private[date | None]

    @classmethod
    def of(cls, row: db.Record, on: date | None = None) -> "TrainingClass":
        """Return the class of a row, the unit as it was on a day (None: today)."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            name=row["name"],
            topic=row["topic"],
            first_day=row["first_day"],
            last_day=row["last_day"],
            attended=row["attended"],
            row=row,
            on=on,
        )

    @strawberry.field(description="The unit that held it.")
    async def unit(self, info: Info) -> LazyUnit | None:
        return await unit_of(info, self.row["unit_id"], self.on)

    @strawberry.field(
        description="Who attended, by name; empty unless the caller is an editor, analyst or admin of the unit."
    )
    async def attendees(self, info: Info, first: First = 20, after: After = None) -> Connection[UnionPerson]:
        asked = window(first, after, str, str)
        key = (self.row["id"], asked, info.context.caller)
        rows = await info.context.loaders.people.attendees_by_class.load(key)
        return asked.page(rows, UnionPerson.of_row, lambda row: (row["sort_key"], str(row["id"])))


@strawberry.type(
    description="How many of those who do communications in a unit and all below it were trained for it on a day. "
    "What nobody put on record is missing, not zero."
)
class CommunicationsTraining:
    day: date = strawberry.field(description="The day.")
    officers: int = strawberry.field(description="How many people held one of the posts that day: the denominator.")
    trained: int | None = strawberry.field(
        description="How many of them had attended a class that was over by then; null when nobody is on record."
    )
    certified: int | None = strawberry.field(
        description="How many of them held one of the certificates; null when nobody is on record."
    )
    trained_share: float | None = strawberry.field(
        description="`trained` in 100 `officers`, rounded to one decimal; null when nobody is on record."
    )
    certified_share: float | None = strawberry.field(
        description="`certified` in 100 `officers`, rounded to one decimal; null when nobody is on record."
    )
    units: int = strawberry.field(description="How many units were looked at: all, or those of the level.")
    units_without_officers: int = strawberry.field(
        description="In how many of them nobody is on record as holding one of the posts; nothing is known of these."
    )

    @classmethod
    def of(cls, row: db.Record, day: date) -> "CommunicationsTraining":
        """Return the summary of a row."""
        officers = row["officers"]
        return cls(
            day=day,
            officers=officers,
            trained=row["trained"] if officers else None,
            certified=row["certified"] if officers else None,
            trained_share=round(100 * row["trained"] / officers, 1) if officers else None,
            certified_share=round(100 * row["certified"] / officers, 1) if officers else None,
            units=row["units"],
            units_without_officers=row["units_without"],
        )
