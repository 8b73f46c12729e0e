"""How the graph says downloads."""

from datetime import datetime

import strawberry

from survey.downloads.service import Download


@strawberry.type(description="A file made from a release, for the person who asked for it alone.")
class SurveyDownload:
    id: strawberry.ID = strawberry.field(description="Its id.")
    release_id: strawberry.ID = strawberry.field(description="The release that it is made from.")
    unit_id: strawberry.ID = strawberry.field(description="The unit whose people it is of.")
    kind: str = strawberry.field(description="`tables`, `report` or `extract`.")
    format: str = strawberry.field(description="`csv`, `xlsx`, `parquet`, `pdf` or `sav`.")
    file_language: str = strawberry.field(description="Language of a report's or an extract's texts: `vi` or `en`.")
    state: str = strawberry.field(
        description="`waiting` while it is being made, `ready`, `refused` (see `problem`) or `expired`."
    )
    done: int = strawberry.field(description="How much of the work is behind, in percent.")
    problem: str | None = strawberry.field(
        description="Code of what stood in the way when refused: `WAVE_NOT_OVER`, `FILE_TOO_LARGE`, or `GAVE_UP` when "
        "it could not be made."
    )
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    expires_at: datetime = strawberry.field(description="When it is removed.")
    file_size: int | None = strawberry.field(description="Its size in bytes, once ready.")
    sha256: str | None = strawberry.field(description="SHA-256 of the file in hexadecimal digits, once ready.")
    url: str | None = strawberry.field(
        description="Where the person who asked for it fetches it, signed in; null unless ready."
    )

    @classmethod
    def of(cls, found: Download) -> "SurveyDownload":
        """Return a download as the graph shows it."""
        return cls(
            id=strawberry.ID(str(found.id)),
            release_id=strawberry.ID(str(found.release_id)),
            unit_id=strawberry.ID(str(found.unit_id)),
            kind=found.kind,
            format=found.format,
            file_language=found.language,
            state=found.state,
            done=found.done,
            problem=found.problem,
            asked_at=found.asked_at,
            expires_at=found.expires_at,
            file_size=found.bytes,
            sha256=found.sha256,
            url=found.url,
        )


@strawberry.input(description="Which file to make.")
class RequestSurveyDownloadInput:
    release_id: strawberry.ID = strawberry.field(description="The release.")
    kind: str = strawberry.field(
        description="`tables`: all tables of a unit; `report`: the same to be printed; `extract`: a row for each "
        "answer, for analysts of the programme's owner."
    )
    format: str = strawberry.field(
        description="Of tables `csv`, `xlsx` or `parquet`; of a report `pdf`; of an extract `sav`, `csv` or `parquet`."
    )
    file_language: str = strawberry.field(
        default="vi", description="Language of a report's or an extract's texts: `vi` or `en`. Tables have both."
    )
    unit_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A unit of the wave's frame; null: the wave's target. Units below the target are for their "
        "analysts and those of the programme's owner; extracts are of the target only.",
    )


@strawberry.type(description="The file is being made; ask for the download until it is ready.")
class RequestSurveyDownloadSuccess:
    download: SurveyDownload = strawberry.field(description="The download.")


@strawberry.type(description="A question that people answered in their own words.")
class SurveyOpenQuestion:
    code: str = strawberry.field(description="Its code, with `.other` behind it for what was written beside “other”.")
    text: str = strawberry.field(description="The wording, in the caller's language.")
    texts: int | None = strawberry.field(
        description="How many answers were written; null when they are hidden: too few, none, or not published yet."
    )


@strawberry.type(
    description="What somebody wrote, without names, numbers and addresses as far as these were recognised. The order "
    "is one of chance, and nothing else is told of who wrote it."
)
class SurveyOpenAnswer:
    text: str = strawberry.field(description="The words; what was taken out is named in ‹angle quotes›.")
