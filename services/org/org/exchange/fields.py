"""Questions about files that are taken in, and bringing small ones."""

from datetime import date
from typing import Annotated

import strawberry

from kit.errors import InvalidInput
from kit.graphql import After, Connection, First, Info, mutation, parse_id, result, window
from org.exchange import runs
from org.exchange.types import ImportRun
from org.units.fields import DecisionInput
from org.units.service import UnitDateTooFar

# The gateway takes requests of 256 KB; the rest of one has to fit as well.
MOST_CSV_BYTES = 200 * 1024


@strawberry.input(description="A file of units, headcounts, people or changes under one decision.")
class SubmitImportInput:
    purpose: str = strawberry.field(
        description="`units`, `headcounts`, `people`, or `reorganisation`: changes of many units under one decision."
    )
    csv: str = strawberry.field(
        description="The rows as CSV text of at most 200 KB, columns as in the documented template. Larger files and "
        "XLSX are uploaded on the page `/org/exchange`."
    )
    file_name: str = strawberry.field(default="import.csv", description="What the file is called.")
    on: date | None = strawberry.field(
        default=None, description="The first day on which changes of the tree hold; today when null."
    )
    decision: DecisionInput | None = strawberry.field(default=None, description="What changes of the tree rest on.")
    source: str | None = strawberry.field(
        default=None, description="Where headcounts come from whose rows don't say so; the file's name when null."
    )
    apply: bool = strawberry.field(
        default=False, description="Whether to apply it as soon as it is found to be right; else it waits for that."
    )


@strawberry.type(description="The file was taken in and is worked on in the background.")
class SubmitImportSuccess:
    run: ImportRun = strawberry.field(description="Ask again how far it is.")


@strawberry.type(description="The file will be applied in the background.")
class ApplyImportSuccess:
    run: ImportRun = strawberry.field(description="Ask again how far it is.")


SubmitImportResult = result("SubmitImportResult", SubmitImportSuccess, UnitDateTooFar, runs.ImportLimitReached)
ApplyImportResult = result("ApplyImportResult", ApplyImportSuccess, runs.ImportNotReady)


@strawberry.type
class ExchangeQuery:
    """Root fields of files that are taken in."""

    @strawberry.field(
        description="A file that you submitted; admins of the whole tree see all. NOT_FOUND for any other."
    )
    async def import_run(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The run's id.")]
    ) -> ImportRun | None:
        return ImportRun.of(await runs.import_state(info.context.caller, parse_id(id, "import")))

    @strawberry.field(
        description="Files that you submitted, the newest first; admins of the whole tree see all. "
        "Null when an argument is refused."
    )
    async def import_runs(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        purpose: Annotated[
            str | None, strawberry.argument(description="Only files of this purpose, such as `headcounts`.")
        ] = None,
    ) -> Connection[ImportRun] | None:
        asked = window(first, after, str, str)
        rows = await runs.imports(info.context.caller, asked.limit, asked.after, purpose)
        return asked.page(rows, ImportRun.of, lambda row: (row["submitted_at"].isoformat(), str(row["id"])))


@strawberry.type
class ExchangeMutation:
    """Bringing files."""

    @mutation(
        SubmitImportResult,
        description="Bring a file. It is checked in the background, and applied whole or not at all. You must hold a "
        "role on all units concerned: admin for `units` and `reorganisation`, editor for `headcounts` and `people`.",
    )
    async def submit_import(
        self, info: Info, input: Annotated[SubmitImportInput, strawberry.argument(description="The file.")]
    ) -> SubmitImportSuccess:
        caller, content = info.context.caller, input.csv.encode()
        if len(content) > MOST_CSV_BYTES:
            raise InvalidInput(
                "csv", "lớn hơn 200 KB; hãy tải tệp lên.", "is larger than 200 KB; upload the file instead."
            )
        decision = input.decision.checked() if input.decision else None
        run_id = await runs.submit_import(
            caller, input.purpose, content, input.file_name, input.on, decision, input.source, applies=input.apply
        )
        return SubmitImportSuccess(run=ImportRun.of(await runs.import_state(caller, run_id)))

    @mutation(ApplyImportResult, description="Apply a file that was checked and is `ready`, in the background.")
    async def apply_import(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The run.")]
    ) -> ApplyImportSuccess:
        return ApplyImportSuccess(
            run=ImportRun.of(await runs.apply_import(info.context.caller, parse_id(id, "import")))
        )
