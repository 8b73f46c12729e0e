"""How the graph shows files that are taken in."""

from datetime import date, datetime

import orjson
import strawberry

from kit import db
from kit.graphql import After, Connection, First, Info, window
from org.reorganisations.service import KeptEffects
from org.reorganisations.types import Reorganisation, ReorganisationPreview


@strawberry.type(description="What is to be said about a row of a file, or about the file.")
class ImportRemark:
    is_problem: bool = strawberry.field(description="Whether it stands in the way; others are only to be known.")
    row: int | None = strawberry.field(description="The row's number in the file, the headings being row 1.")
    column: str | None = strawberry.field(description="The column of the template; null when it is not about one.")
    code: str = strawberry.field(description="Stable name, for programs.")
    message: str = strawberry.field(description="What is wrong or to be known, in the language of the request.")

    @classmethod
    def of(cls, row: db.Record, language: str) -> "ImportRemark":
        """Return the remark of a row."""
        return cls(
            is_problem=row["is_problem"],
            row=row["row"],
            column=row["column_name"],
            code=row["code"],
            message=row["en" if language == "en" else "vi"],
        )


@strawberry.type(description="How many of one kind a file makes.")
class ImportCount:
    kind: str = strawberry.field(
        description="Of units: `created`, `closed`, `changed`, `unchanged`; of a reorganisation also units that go "
        "`along` unmentioned, `transfers` of people and those with `assumed` shares, carried `headcounts`, and what "
        "ends with the units, by its kind; of headcounts: `published`, `corrected`, `unchanged`; of people: "
        "`people_added`, `people_corrected`, `appointed`, `unchanged`; of an undoing: units that are `restored`."
    )
    count: int = strawberry.field(description="How many.")


@strawberry.type(
    description="Work in the background, done whole or not at all: a file that is taken in, or a large change that is "
    "undone."
)
class ImportRun:
    id: strawberry.ID = strawberry.field(description="Opaque id.")
    purpose: str = strawberry.field(
        description="Of files `units`, `headcounts`, `people` or `reorganisation`; `undo` for a change that is undone."
    )
    file_name: str = strawberry.field(
        description="The file's name as it was given; for `undo` the number and day of what is undone."
    )
    effective_on: date = strawberry.field(description="The first day on which its changes of the tree hold.")
    decision_number: str | None = strawberry.field(description="Number of the decision; null when not recorded.")
    source: str | None = strawberry.field(description="Where numbers without a source of their own come from.")
    submitted_at: datetime = strawberry.field(description="When it was submitted.")
    state: str = strawberry.field(
        description="`to_check` and `to_apply` wait or are being worked on; `ready` was checked and can be applied; "
        "`applied`; `refused`: see the remarks; `expired`: nobody applied it within seven days. The file itself is "
        "kept only while it can be applied."
    )
    step: str = strawberry.field(
        description="What is being done: `waiting`, `reading`, `planning`, `writing`, `checking`, `deriving`, "
        "`carrying`, `telling` or `finished`."
    )
    rows: int | None = strawberry.field(
        description="How many rows it has, null until they have been read; for `undo` how many things are taken back."
    )
    done: int = strawberry.field(description="How much is done, as a number of these rows.")
    finished_at: datetime | None = strawberry.field(description="When its state became what it is; null before.")
    problem_count: int = strawberry.field(description="How many remarks stand in its way.")
    notice_count: int = strawberry.field(description="How many remarks are only to be known.")
    counts: list[ImportCount] = strawberry.field(
        description="What it makes, or would make; empty until it was checked."
    )
    row: strawberry.Private[db.Record]

    @classmethod
    def of(cls, row: db.Record) -> "ImportRun":
        """Return the file of a row."""
        return cls(
            id=strawberry.ID(str(row["id"])),
            purpose=row["purpose"],
            file_name=row["file_name"],
            effective_on=row["effective_on"],
            decision_number=row["decision_number"],
            source=row["source"],
            submitted_at=row["submitted_at"],
            state=row["state"],
            step=row["step"],
            rows=row["rows"],
            done=row["done"],
            finished_at=row["finished_at"],
            problem_count=row["problems"],
            notice_count=row["notices"],
            counts=[ImportCount(kind=kind, count=count) for kind, count in counts_of(row).items()],
            row=row,
        )

    @strawberry.field(description="The change of the tree that it made; null until it is applied, or for none.")
    async def reorganisation(self, info: Info) -> Reorganisation | None:
        return await self._changed_by(info, self.row["version"])

    @strawberry.field(description="The change that it undoes; null for a file.")
    async def undoes(self, info: Info) -> Reorganisation | None:
        return await self._changed_by(info, self.row["undoes_version"])

    @strawberry.field(
        description="Everything that it would do to the tree, as its check found it: for a reorganisation or a large "
        "undoing that is `ready`; null for others, and once it was applied."
    )
    def preview(self) -> ReorganisationPreview | None:
        kept = KeptEffects.of(self.row)
        return ReorganisationPreview.of(kept) if kept else None

    @strawberry.field(description="What is to be said about its rows, problems first.")
    async def remarks(self, info: Info, first: First = 20, after: After = None) -> Connection[ImportRemark]:
        asked, language = window(first, after, int), info.context.language
        rows = await info.context.loaders.remarks_by_import.load((self.row["id"], asked, None))
        return asked.page(rows, lambda row: ImportRemark.of(row, language), lambda row: (row["position"],))

    async def _changed_by(self, info: Info, version: int | None) -> Reorganisation | None:
        made = await info.context.loaders.lineage.reorganisation_by_version.load(version) if version else None
        return Reorganisation.of(made) if made else None


def counts_of(row: db.Record) -> dict[str, int]:
    """Return what a file makes, by kind; nothing before it was checked."""
    return orjson.loads(row["counts"]) if row["counts"] else {}
