"""A service as small as can be, on which the kit is tested."""

import asyncio

import strawberry
from strawberry.dataloader import DataLoader

from kit import db
from kit.app import Service
from kit.errors import DomainError, NotFound
from kit.events import RESET, Event
from kit.graphql import Connection, Info, build_schema, mutation, parse_id, result, window
from kit.jobs import job


class NoteTaken(DomainError):
    """A note of this text exists."""

    code = "NOTE_TAKEN"
    vi = "Đã có ghi chú “{text}”."
    en = "There is a note “{text}”."


@strawberry.federation.type(keys=["id"], description="A note.")
class Note:
    id: strawberry.ID = strawberry.field(description="Its id.")
    text: str = strawberry.field(description="What it says.")
    size: int | None = strawberry.field(description="How long it is.")
    score: float = strawberry.field(description="How good it is.")

    @strawberry.field(description="Another note.")
    async def twin(self, info: Info) -> "Note | None":
        return await info.context.loaders.note.load(str(self.id))

    @strawberry.field(description="As many notes again.")
    async def echoes(self, info: Info, times: int) -> "list[Note]":
        found = await info.context.loaders.note.load(str(self.id))
        return [found] * times

    @strawberry.field(description="Breaks.")
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> "Note | None":
        return await info.context.loaders.note.load(str(id))


def note_of(text: str) -> Note:
    return Note(id=strawberry.ID(text), text=text, size=len(text) or None, score=len(text) / 2)


BATCHES: list[list[str]] = []


async def load_notes(ids: list[str]) -> list[Note | None]:
    BATCHES.append(list(ids))
    await asyncio.sleep(0)
    return [note_of(text) if text != "missing" else None for text in ids]


class Loaders:
    def __init__(self) -> None:
        self.note = DataLoader(load_fn=load_notes)


@strawberry.type(description="Reads.")
class Query:
    @strawberry.field(description="A page of notes a0, a1, ….")
    async def notes(self, first: int = 20, after: str | None = None) -> Connection[Note]:
        asked = window(first, after, int)
        start = asked.after[0] + 1 if asked.after else 0
        rows = [(number, f"a{number}") for number in range(start, min(start + asked.limit, 30))]
        return asked.page(rows, node=lambda row: note_of(row[1]), key=lambda row: (row[0],))

    @strawberry.field(description="A list with gaps.")
    def some(self, texts: list[str]) -> list[Note | None]:
        return [note_of(text) if text else None for text in texts]

    @strawberry.field(description="One note.")
    async def note(self, id: strawberry.ID) -> Note | None:
        parse_id(str(id), "note")
        return note_of(str(id))

    @strawberry.field(description="Breaks its promise.")
    def liar(self) -> Note:
        return Note(id=strawberry.ID("x"), text=None, size=1, score=1.0)  # type: ignore[arg-type]


@strawberry.type(description="A note was taken.")
class TakeNoteSuccess:
    note: Note = strawberry.field(description="The note.")


TakeNoteResult = result("TakeNoteResult", TakeNoteSuccess, NoteTaken)


@strawberry.type(description="Writes.")
class Mutation:
    @mutation(TakeNoteResult, description="Take a note.")
    async def take_note(self, info: Info, text: str) -> TakeNoteSuccess:
        info.context.caller.require("editor", "00001")
        if text == "taken":
            raise NoteTaken(text=text)
        if text == "nowhere":
            raise NotFound("note", text)
        if text == "bug":
            raise RuntimeError("password=hunter2")
        return TakeNoteSuccess(note=note_of(text))


DONE: list[str] = []


@job("sample.work", tries=3)
async def work(id: str) -> None:
    DONE.append(id)


async def forget(event: Event) -> None:
    await db.execute("DELETE FROM seen")


async def see(event: Event) -> None:
    if event.payload.get("fails"):
        raise RuntimeError("a handler's bug")
    await db.execute("INSERT INTO seen (number, text) VALUES ($1, $2)", event.number, event.payload["text"])


service = Service(
    name="sample",
    models=["sample_models"],
    migrations="sample_migrations",
    schema=build_schema(query=Query, mutation=Mutation, types=[Note]),
    loaders=Loaders,
    jobs=[work],
    publishes=True,
    consumes={"sample": {"note.taken": see, RESET: forget}},
)
app = service.asgi()
