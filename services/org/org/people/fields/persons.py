"""Finding people, putting them on record, and what the law gives them: export and erasure."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from org.people import service
from org.people.types import UnionPerson


@strawberry.input(description="Somebody who is to be put on record; only what is needed.")
class AddPersonInput:
    unit_id: strawberry.ID = strawberry.field(
        description="The unit that keeps the record and answers for the person until they serve one; "
        "you must be an editor of it."
    )
    display_name: str = strawberry.field(description="The name, at most 150 characters.")
    email: str | None = strawberry.field(default=None, description="E-mail address, if the person gave one.")
    phone: str | None = strawberry.field(default=None, description="Telephone number, if the person gave one.")
    account: str | None = strawberry.field(
        default=None,
        description="The account, as the identity provider names it; you must be an admin of the unit, and of every "
        "unit on which the account holds a role.",
    )


@strawberry.input(description="A person's name and contact; a contact that is left out is no longer kept.")
class CorrectPersonInput:
    id: strawberry.ID = strawberry.field(
        description="The person; you must be an editor of a unit that answers for them."
    )
    display_name: str = strawberry.field(description="The name, at most 150 characters.")
    email: str | None = strawberry.field(default=None, description="E-mail address, if the person gave one.")
    phone: str | None = strawberry.field(default=None, description="Telephone number, if the person gave one.")


@strawberry.input(description="Which account is a person's.")
class LinkPersonAccountInput:
    id: strawberry.ID = strawberry.field(
        description="The person; you must be an admin of every unit that answers for them, and on which the former or "
        "the new account holds a role."
    )
    account: str | None = strawberry.field(
        default=None, description="The account, as the identity provider names it; left out for none."
    )


@strawberry.input(description="Whose data are wanted.")
class ExportPersonInput:
    id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The person: yourself, or somebody of whom you are an admin in every unit that answers for them or "
        "gave their account a role. Yourself when left out.",
    )


@strawberry.input(description="Whose data are to be erased on their request.")
class ErasePersonInput:
    id: strawberry.ID = strawberry.field(
        description="The person; you must be an admin of every unit that answers for them or gave their account a role."
    )
    requested_on: date | None = strawberry.field(
        default=None, description="The day on which they asked for it, not in the future; kept with the audit trail."
    )


@strawberry.type(description="The person is on record.")
class AddPersonSuccess:
    person: UnionPerson = strawberry.field(description="The person.")


@strawberry.type(description="The person's name and contact are as given.")
class CorrectPersonSuccess:
    person: UnionPerson = strawberry.field(description="The person.")


@strawberry.type(description="The account is the person's.")
class LinkPersonAccountSuccess:
    person: UnionPerson = strawberry.field(description="The person.")


@strawberry.type(description="Everything that is stored about the person.")
class ExportPersonSuccess:
    json: str = strawberry.field(description="A JSON document for people and programs to read.")


@strawberry.type(
    description="Nobody can tell any more who the person was. Their terms, collaborations and roles have ended; the "
    "nameless history of their posts stays."
)
class ErasePersonSuccess:
    person: UnionPerson = strawberry.field(description="What is left of the person.")
    terms_ended: int = strawberry.field(description="How many terms ended or were taken back.")
    collaborations_ended: int = strawberry.field(description="How many collaborations ended or were taken back.")
    grants_ended: int = strawberry.field(description="How many roles of the account ended or were taken back.")


AddPersonResult = result("AddPersonResult", AddPersonSuccess, service.PersonAccountTaken)
CorrectPersonResult = result("CorrectPersonResult", CorrectPersonSuccess, service.PersonErased)
LinkPersonAccountResult = result(
    "LinkPersonAccountResult", LinkPersonAccountSuccess, service.PersonAccountTaken, service.PersonErased
)
ExportPersonResult = result("ExportPersonResult", ExportPersonSuccess)
ErasePersonResult = result("ErasePersonResult", ErasePersonSuccess, service.PersonErased)


@strawberry.type
class PersonQuery:
    """Root fields of people."""

    @strawberry.field(
        description="A person: yourself, a holder or former holder of a post in a unit that a role of yours covers, or "
        "anybody for whom a unit answers of which you are an editor, analyst or admin; NOT_FOUND otherwise."
    )
    async def union_person(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The person's id.")]
    ) -> UnionPerson | None:
        return UnionPerson.of_row(await service.find_person(info.context.caller, parse_id(id, "person")))

    @strawberry.field(
        description="People for whom a unit, or a unit below it, answers today, by name. You must be an editor of it."
    )
    async def union_people(
        self,
        info: Info,
        within: Annotated[strawberry.ID, strawberry.argument(description="The unit.")],
        first: First = 20,
        after: After = None,
        query: Annotated[
            str | None,
            strawberry.argument(description="Words of the name; accents may be left out; at most 200 characters."),
        ] = None,
    ) -> Connection[UnionPerson]:
        asked = window(first, after, str, str)
        rows = await service.people_below(
            info.context.caller, parse_id(within, "unit"), query, asked.limit, asked.after
        )
        return asked.page(rows, UnionPerson.of_row, lambda row: (row["sort_key"], str(row["id"])))


@strawberry.type
class PersonMutation:
    """Changes of people."""

    @mutation(AddPersonResult, description="Put a person on record. You must be an editor of the unit that keeps it.")
    async def add_person(
        self, info: Info, input: Annotated[AddPersonInput, strawberry.argument(description="The person.")]
    ) -> AddPersonSuccess:
        made = await service.add_person(
            info.context.caller,
            input.display_name,
            input.account,
            unit_id=parse_id(input.unit_id, "unit"),
            email=input.email,
            phone=input.phone,
        )
        return AddPersonSuccess(person=await _person(info, made.id))

    @mutation(
        CorrectPersonResult,
        description="Replace a person's name and contact. You must be an editor of a unit that answers for them.",
    )
    async def correct_person(
        self, info: Info, input: Annotated[CorrectPersonInput, strawberry.argument(description="What is right.")]
    ) -> CorrectPersonSuccess:
        person_id = parse_id(input.id, "person")
        await service.correct_person(info.context.caller, person_id, input.display_name, input.email, input.phone)
        return CorrectPersonSuccess(person=await _person(info, person_id))

    @mutation(
        LinkPersonAccountResult,
        description="Say which account is a person's. You must be an admin wherever the person serves and either "
        "account holds a role.",
    )
    async def link_person_account(
        self, info: Info, input: Annotated[LinkPersonAccountInput, strawberry.argument(description="Who and which.")]
    ) -> LinkPersonAccountSuccess:
        person_id = parse_id(input.id, "person")
        await service.link_account(info.context.caller, person_id, input.account)
        return LinkPersonAccountSuccess(person=await _person(info, person_id))

    @mutation(
        ExportPersonResult,
        description="Get everything that is stored about yourself, or about somebody on their request "
        "(Personal Data Protection Law 91/2025). The export is put on record.",
    )
    async def export_person(
        self, info: Info, input: Annotated[ExportPersonInput, strawberry.argument(description="Who.")]
    ) -> ExportPersonSuccess:
        person_id = parse_id(input.id, "person") if input.id is not None else None
        return ExportPersonSuccess(json=await service.export_person(info.context.caller, person_id))

    @mutation(
        ErasePersonResult,
        description="Forget for good who a person is, on their request (Personal Data Protection Law 91/2025): name, "
        "contact and account. This can't be undone.",
    )
    async def erase_person(
        self, info: Info, input: Annotated[ErasePersonInput, strawberry.argument(description="Who.")]
    ) -> ErasePersonSuccess:
        person_id = parse_id(input.id, "person")
        ended = await service.erase_person(info.context.caller, person_id, input.requested_on)
        return ErasePersonSuccess(
            person=UnionPerson.of(person_id, None, is_erased=True),
            terms_ended=ended.terms_ended,
            collaborations_ended=ended.collaborations_ended,
            grants_ended=ended.grants_ended,
        )


async def _person(info: Info, person_id: UUID) -> UnionPerson:
    return UnionPerson.of_row(await service.find_person(info.context.caller, person_id))
