"""Three strawberry subgraphs over the little world: keys, interfaces, unions, enums, inputs, nested lists and mutations."""

from __future__ import annotations

import asyncio
import enum
from typing import Annotated, Any

import gateway_world as world
import strawberry
from strawberry import federation

FEDERATION = "2.7"
COUNTER: dict[str, list[int]] = {"steps": []}


# --- org: alone defines units


@strawberry.enum
class Level(enum.Enum):
    PROVINCE = "PROVINCE"
    GRASSROOTS = "GRASSROOTS"


@strawberry.enum
class Gender(enum.Enum):
    ALL = "ALL"
    FEMALE = "FEMALE"
    OTHER = "OTHER"


@strawberry.input
class UnitFilter:
    level: Level | None = None
    min_members: int = 0


@federation.type(name="Unit", keys=["id"])
class Unit:
    id: strawberry.ID
    name: str
    level: Level
    member_count: int
    motto: str | None
    tags: list[str]
    row: strawberry.Private[world.Row]

    @classmethod
    def of(cls, row: world.Row) -> Unit:
        plain = {key: row[key] for key in ("id", "name", "motto", "tags")}
        return cls(**plain, level=Level[row["level"]], member_count=row["memberCount"], row=row)

    @strawberry.field
    def parent(self) -> Unit | None:
        parent_id = self.row["parentId"]
        return Unit.of(world.UNITS[parent_id]) if parent_id else None

    @strawberry.field
    def children(self) -> list[Unit]:
        return [Unit.of(row) for row in world.children(self.row)]

    @strawberry.field
    def headcount(self, gender: Gender = Gender.ALL) -> int | None:
        return world.headcount(self.row, gender.value)

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("password=hunter2 at 10.0.0.5")

    @strawberry.field
    def always_there(self) -> str:
        if self.id == "2":
            raise DomainRefusal("Not for you", "FORBIDDEN")
        return "here"

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Unit | None:
        row = world.UNITS.get(id)
        return Unit.of(row) if row else None


class DomainRefusal(Exception):
    """An error whose message and code are meant for the client."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.extensions = {"code": code}


@strawberry.type
class OrgQuery:
    @strawberry.field
    def unit(self, id: strawberry.ID) -> Unit | None:
        return Unit.resolve_reference(id)

    @strawberry.field
    def units(self, first: int = 3, filter: UnitFilter | None = None) -> list[Unit]:
        wanted = filter or UnitFilter()
        level = wanted.level.value if wanted.level else None
        return [Unit.of(row) for row in world.units(first, level, wanted.min_members)]

    @strawberry.field
    async def slow(self, seconds: float) -> str | None:
        await asyncio.sleep(seconds)
        return "awake"

    @strawberry.field
    def must_fail(self) -> str:
        raise DomainRefusal("It must", "MUST_FAIL")


@strawberry.type
class OrgMutation:
    @strawberry.mutation
    async def step(self, number: int, seconds: float = 0.0) -> Unit:
        await asyncio.sleep(seconds)
        COUNTER["steps"].append(number)
        return Unit.of(world.UNITS[str(number)])


# --- survey: contributes to units, questions are an interface


@strawberry.interface
class Question:
    code: str


@strawberry.type
class ChoiceQuestion(Question):
    choices: list[str]


@strawberry.type
class TextQuestion(Question):
    max_length: int | None


def question(row: world.Row) -> Question:
    if row["__typename"] == "ChoiceQuestion":
        return ChoiceQuestion(code=row["code"], choices=row["choices"])
    return TextQuestion(code=row["code"], max_length=row["maxLength"])


@federation.type(name="Unit", keys=["id"])
class SurveyedUnit:
    id: strawberry.ID

    @strawberry.field
    def surveys(self) -> list[Annotated[Survey, strawberry.lazy("gateway_subgraphs")]] | None:
        return [Survey.of(row) for row in world.surveys_of(self.id)]

    @strawberry.field
    def latest(self) -> Annotated[Survey, strawberry.lazy("gateway_subgraphs")] | None:
        row = world.latest_survey(self.id)
        return Survey.of(row) if row else None

    @strawberry.field
    def must_have(self) -> str:
        if self.id in ("4", "7"):
            raise DomainRefusal("No such thing", "MISSING")
        return f"thing {self.id}"

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> SurveyedUnit:
        return cls(id=id)


@federation.type(keys=["id"])
class Survey:
    id: strawberry.ID
    title: str
    unit: SurveyedUnit
    is_open: bool
    questions: list[Question]

    @classmethod
    def of(cls, row: world.Row) -> Survey:
        return cls(
            id=row["id"],
            title=row["title"],
            unit=SurveyedUnit(id=row["unitId"]),
            is_open=row["isOpen"],
            questions=[question(each) for each in row["questions"]],
        )

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Survey | None:
        row = world.SURVEYS.get(id)
        return Survey.of(row) if row else None


@strawberry.type
class SurveyQuery:
    @strawberry.field
    def surveys(self, first: int = 4) -> list[Survey]:
        return [Survey.of(row) for row in list(world.SURVEYS.values())[:first]]

    @strawberry.field
    def survey(self, id: strawberry.ID) -> Survey | None:
        return Survey.resolve_reference(id)


@strawberry.type
class SurveyMutation:
    @strawberry.mutation
    async def survey_step(self, number: int) -> Survey:
        COUNTER["steps"].append(number)
        return Survey.of(world.SURVEYS[str(number)])


# --- media_archive: an interface and a union whose members are entities


@federation.type(name="Unit", keys=["id"])
class ArchivedUnit:
    id: strawberry.ID

    @strawberry.field
    def materials(self, first: int = 2) -> list[Annotated[Material, strawberry.lazy("gateway_subgraphs")]] | None:
        return [material(row) for row in world.materials_of(self.id, first)]

    @strawberry.field
    def cover(self) -> Annotated[Photo, strawberry.lazy("gateway_subgraphs")] | None:
        row = world.cover(self.id)
        return Photo.of(row) if row else None

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> ArchivedUnit:
        return cls(id=id)


@federation.type(name="Survey", keys=["id"])
class IllustratedSurvey:
    id: strawberry.ID

    @strawberry.field
    def illustrations(self) -> list[Annotated[Material, strawberry.lazy("gateway_subgraphs")]] | None:
        return [material(row) for row in world.MATERIALS.values() if row["surveyId"] == self.id]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> IllustratedSurvey:
        return cls(id=id)


@strawberry.interface
class Material:
    id: strawberry.ID
    title: str
    unit: ArchivedUnit
    survey: IllustratedSurvey | None


@federation.type(keys=["id"])
class Photo(Material):
    width: int
    caption: str | None

    @classmethod
    def of(cls, row: world.Row) -> Photo:
        return cls(**shared(row), width=row["width"], caption=row["caption"])

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Photo:
        return cls.of(world.MATERIALS[id])


@federation.type(keys=["id"])
class Video(Material):
    seconds: float
    caption: str

    @classmethod
    def of(cls, row: world.Row) -> Video:
        return cls(**shared(row), seconds=row["seconds"], caption=row["caption"] or "")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Video:
        return cls.of(world.MATERIALS[id])


def shared(row: world.Row) -> dict[str, Any]:
    survey = IllustratedSurvey(id=row["surveyId"])
    return {"id": row["id"], "title": row["title"], "unit": ArchivedUnit(id=row["unitId"]), "survey": survey}


def material(row: world.Row) -> Photo | Video:
    return Photo.of(row) if row["__typename"] == "Photo" else Video.of(row)


Found = Annotated[Photo | Video, strawberry.union("Found")]


@strawberry.type
class ArchiveQuery:
    @strawberry.field
    def materials(self, first: int = 4) -> list[Material]:
        return [material(row) for row in list(world.MATERIALS.values())[:first]]

    @strawberry.field
    def find(self, text: str) -> list[Found]:
        return [material(row) for row in world.find(text)]

    @strawberry.field
    def grid(self) -> list[list[Found | None]] | None:
        rows = list(world.MATERIALS.values())
        return [[material(rows[0]), None], [material(rows[1])]]


SCHEMAS: dict[str, federation.Schema] = {
    "org": federation.Schema(query=OrgQuery, mutation=OrgMutation, types=[Unit], federation_version=FEDERATION),
    "survey": federation.Schema(
        query=SurveyQuery,
        mutation=SurveyMutation,
        types=[SurveyedUnit, ChoiceQuestion, TextQuestion],
        federation_version=FEDERATION,
    ),
    "media_archive": federation.Schema(
        query=ArchiveQuery, types=[ArchivedUnit, IllustratedSurvey, Photo, Video], federation_version=FEDERATION
    ),
}
