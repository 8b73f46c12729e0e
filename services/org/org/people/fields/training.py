"""Training classes, who attended them, and certificates."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kit.graphql import Info, mutation, parse_id, result
from org.people import service
from org.people.types import TrainingClass, UnionPerson
from org.units.service import UnitClosed


@strawberry.input(description="A class in communications that a unit held, holds or will hold.")
class RecordTrainingClassInput:
    unit_id: strawberry.ID = strawberry.field(description="The unit that held it; you must be an editor of it.")
    name: str = strawberry.field(description="Its name, at most 250 characters.")
    topic: str = strawberry.field(description="Code of the vocabulary `training_topic`.")
    first_day: date = strawberry.field(description="The first day.")
    last_day: date = strawberry.field(description="The last day, at most a year later.")


@strawberry.input(description="Who attended a class.")
class RecordTrainingAttendanceInput:
    class_id: strawberry.ID = strawberry.field(description="The class; you must be an editor of the unit that held it.")
    person_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 100 people; you must be an editor of units that answer for them. "
        "Those who are on record already stay so."
    )


@strawberry.input(description="Who did not attend a class after all.")
class RemoveTrainingAttendanceInput:
    class_id: strawberry.ID = strawberry.field(description="The class; you must be an editor of the unit that held it.")
    person_id: strawberry.ID = strawberry.field(description="The person.")


@strawberry.input(description="A certificate in communications that somebody holds.")
class RecordCertificateInput:
    person_id: strawberry.ID = strawberry.field(
        description="The person; you must be an editor of a unit that answers for them."
    )
    kind: str = strawberry.field(description="Code of the vocabulary `certificate_kind`.")
    issuer: str = strawberry.field(description="Who issued it, at most 200 characters.")
    issued_on: date = strawberry.field(description="The day of issue.")
    valid_until: date | None = strawberry.field(
        default=None, description="The first day on which it no longer holds; left out when it does not expire."
    )


@strawberry.input(description="A certificate that was put on record by mistake.")
class RemoveCertificateInput:
    id: strawberry.ID = strawberry.field(
        description="The certificate; you must be an editor of a unit that answers for the person."
    )


@strawberry.type(description="The class is on record.")
class RecordTrainingClassSuccess:
    training_class: TrainingClass = strawberry.field(description="The class.")


@strawberry.type(description="They are on record as having attended.")
class RecordTrainingAttendanceSuccess:
    training_class: TrainingClass = strawberry.field(description="The class.")
    added: int = strawberry.field(description="How many were not on record before.")


@strawberry.type(description="The person is no longer on record as having attended.")
class RemoveTrainingAttendanceSuccess:
    training_class: TrainingClass = strawberry.field(description="The class.")


@strawberry.type(description="The certificate is on record.")
class RecordCertificateSuccess:
    id: strawberry.ID = strawberry.field(description="The certificate.")
    person: UnionPerson = strawberry.field(description="The person.")


@strawberry.type(description="The certificate is no longer on record.")
class RemoveCertificateSuccess:
    person: UnionPerson = strawberry.field(description="The person.")


RecordTrainingClassResult = result(
    "RecordTrainingClassResult",
    RecordTrainingClassSuccess,
    service.TrainingClassExists,
    service.PeopleDateBackwards,
    UnitClosed,
)
RecordTrainingAttendanceResult = result(
    "RecordTrainingAttendanceResult", RecordTrainingAttendanceSuccess, service.PersonErased
)
RemoveTrainingAttendanceResult = result("RemoveTrainingAttendanceResult", RemoveTrainingAttendanceSuccess)
RecordCertificateResult = result(
    "RecordCertificateResult",
    RecordCertificateSuccess,
    service.CertificateExists,
    service.PersonErased,
    service.PeopleDateBackwards,
)
RemoveCertificateResult = result("RemoveCertificateResult", RemoveCertificateSuccess, service.PersonErased)


@strawberry.type
class TrainingQuery:
    """Root fields of training."""

    @strawberry.field(
        description="A class in communications; NOT_FOUND unless you are an editor, analyst or admin of its unit."
    )
    async def training_class(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The class's id.")]
    ) -> TrainingClass | None:
        return await _class(info, parse_id(id, "training class"))


@strawberry.type
class TrainingMutation:
    """Changes of training."""

    @mutation(
        RecordTrainingClassResult,
        description="Put a class in communications on record. You must be an editor of the unit that held it.",
    )
    async def record_training_class(
        self, info: Info, input: Annotated[RecordTrainingClassInput, strawberry.argument(description="The class.")]
    ) -> RecordTrainingClassSuccess:
        made = await service.record_class(
            info.context.caller,
            parse_id(input.unit_id, "unit"),
            input.name,
            input.topic,
            input.first_day,
            input.last_day,
        )
        return RecordTrainingClassSuccess(training_class=await _class(info, made))

    @mutation(
        RecordTrainingAttendanceResult,
        description="Put on record who attended a class. You must be an editor of the unit that held it, and of units "
        "that answer for the people.",
    )
    async def record_training_attendance(
        self,
        info: Info,
        input: Annotated[RecordTrainingAttendanceInput, strawberry.argument(description="The class and who.")],
    ) -> RecordTrainingAttendanceSuccess:
        class_id = parse_id(input.class_id, "training class")
        people = [parse_id(person_id, "person") for person_id in input.person_ids]
        added = await service.record_attendance(info.context.caller, class_id, people)
        return RecordTrainingAttendanceSuccess(training_class=await _class(info, class_id), added=added)

    @mutation(
        RemoveTrainingAttendanceResult,
        description="Take back that somebody attended a class. You must be an editor of the unit that held it.",
    )
    async def remove_training_attendance(
        self,
        info: Info,
        input: Annotated[RemoveTrainingAttendanceInput, strawberry.argument(description="The class and who.")],
    ) -> RemoveTrainingAttendanceSuccess:
        class_id = parse_id(input.class_id, "training class")
        await service.remove_attendance(info.context.caller, class_id, parse_id(input.person_id, "person"))
        return RemoveTrainingAttendanceSuccess(training_class=await _class(info, class_id))

    @mutation(
        RecordCertificateResult,
        description="Put a person's certificate on record. You must be an editor of a unit that answers for them.",
    )
    async def record_certificate(
        self, info: Info, input: Annotated[RecordCertificateInput, strawberry.argument(description="The certificate.")]
    ) -> RecordCertificateSuccess:
        person_id = parse_id(input.person_id, "person")
        made = await service.record_certificate(
            info.context.caller, person_id, input.kind, input.issuer, input.issued_on, input.valid_until
        )
        return RecordCertificateSuccess(id=strawberry.ID(str(made)), person=await _person(info, person_id))

    @mutation(
        RemoveCertificateResult,
        description="Take back a certificate that was recorded by mistake. "
        "You must be an editor of a unit that answers for the person.",
    )
    async def remove_certificate(
        self, info: Info, input: Annotated[RemoveCertificateInput, strawberry.argument(description="Which.")]
    ) -> RemoveCertificateSuccess:
        person_id = await service.remove_certificate(info.context.caller, parse_id(input.id, "certificate"))
        return RemoveCertificateSuccess(person=await _person(info, person_id))


async def _class(info: Info, class_id: UUID) -> TrainingClass:
    return TrainingClass.of(await service.find_class(info.context.caller, class_id))


async def _person(info: Info, person_id: UUID) -> UnionPerson:
    return UnionPerson.of_row(await service.find_person(info.context.caller, person_id))
