"""How the graph shows slips."""

from datetime import UTC, datetime
from uuid import UUID

import strawberry

from kit import db
from kit.graphql import Connection, Window, foreign_cursor, window
from survey.collection.slips.service import NewSlips, SlipBatch
from survey.collection.types import form_url
from survey.units.types import Unit


@strawberry.type(description="Slips that were made together for a unit's people. How many are used is not told.")
class SurveySlipBatch:
    id: strawberry.ID = strawberry.field(description="The batch's id.")
    unit: Unit = strawberry.field(description="The unit whose people get them.")
    amount: int = strawberry.field(description="How many slips it has.")
    made_at: datetime = strawberry.field(description="When they were made.")
    revoked_at: datetime | None = strawberry.field(
        description="Since when those of them are void that were not used before; null: they are good."
    )

    @classmethod
    def of(cls, batch: SlipBatch | db.Record) -> "SurveySlipBatch":
        """Show a batch."""
        values = batch if isinstance(batch, db.Record) else {name: getattr(batch, name) for name in SlipBatch.__slots__}
        return cls(
            id=strawberry.ID(str(values["id"])),
            unit=Unit(id=strawberry.ID(str(values["unit_id"]))),
            amount=values["amount"],
            made_at=values["made_at"],
            revoked_at=values["revoked_at"],
        )


@strawberry.type(description="Slips were made. This is the only time that their codes are told: only hashes are kept.")
class MakeSurveySlipsSuccess:
    batch: SurveySlipBatch = strawberry.field(description="The batch.")
    codes: list[str] = strawberry.field(
        description="Each slip's code, 17 letters and digits; printed as four, four, four and five."
    )
    url: str = strawberry.field(
        description="The form's address for people; with `#s=` and a code behind it what a slip's QR code says."
    )

    @classmethod
    def of(cls, made: NewSlips) -> "MakeSurveySlipsSuccess":
        """Show new slips."""
        return cls(batch=SurveySlipBatch.of(made.batch), codes=made.codes, url=form_url(made.collector))


@strawberry.type(description="The slips of a batch that were not used are void.")
class RevokeSurveySlipsSuccess:
    batch: SurveySlipBatch = strawberry.field(description="The batch as it is now.")


def batch_window(first: int, after: str | None) -> Window:
    """Check which part of a list of batches is asked for; InvalidInput for a cursor of another list."""
    asked = window(first, after, str, str)
    if asked.after is None:
        return asked
    try:
        made_at, batch_id = datetime.fromisoformat(asked.after[0]), UUID(asked.after[1])
        return Window(first, (made_at.astimezone(UTC), batch_id))
    except (ValueError, OverflowError) as error:
        raise foreign_cursor() from error


def batch_page(asked: Window, rows: list[db.Record]) -> Connection[SurveySlipBatch]:
    """Return a page of batches, the newest first."""
    return asked.page(rows, SurveySlipBatch.of, key=lambda row: (row["made_at"].isoformat(), str(row["id"])))
