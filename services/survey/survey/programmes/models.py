"""Programmes and their waves: who is asked what, how often, and the frame that a wave froze when it opened."""

from datetime import date, datetime

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from survey.collection.service import Way


def _open_link() -> list[Way]:
    return ["open_link"]


class Programme(Model):
    """A survey that comes back: its owner, whom it asks, its questionnaire line and its recurrence rule.

    One of the kind `poll` asks once, and has ended from its start: nothing else is planned for it.
    """

    id = fields.UUIDField(primary_key=True)
    code = fields.TextField()
    kind = fields.TextField(default="survey")
    title_vi = fields.TextField()
    title_en = fields.TextField()
    owner_unit_id = fields.UUIDField()
    target_unit_id = fields.UUIDField()
    questionnaire_id = fields.UUIDField()
    recurrence = fields.TextField(default="FREQ=MONTHLY;INTERVAL=6")
    starts_on = fields.DateField()
    wave_days = fields.IntField(default=30)
    minimum_base = fields.IntField(default=10)
    ways: list[Way] = ArrayField("text", default=_open_link)
    state = fields.TextField(default="active")

    class Meta(Model.Meta):
        table = "programme"


class Wave(Model):
    """One round of a programme: `planned`, then `open` with a frozen frame, then `closed` for good; or `cancelled`.

    `rule_day` is the day of the programme's rule for which it stands; None for one that was planned besides. A wave
    that `is_fixed` was placed by an editor: a changed rule leaves it where it is. `extended_from` is its first closing.
    """

    id = fields.UUIDField(primary_key=True)
    programme_id = fields.UUIDField()
    number = fields.IntField()
    questionnaire_version_id = fields.UUIDField(null=True)
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    state = fields.TextField(default="planned")
    tree_version = fields.BigIntField(null=True)
    frozen_at: datetime | None = fields.DatetimeField(null=True)
    problem_code: str | None = fields.TextField(null=True)
    problem_vi: str | None = fields.TextField(null=True)
    problem_en: str | None = fields.TextField(null=True)
    ways: list[Way] = ArrayField("text", default=_open_link)
    rule_day: date | None = fields.DateField(null=True)
    is_fixed = fields.BooleanField(default=False)
    extended_from: datetime | None = fields.DatetimeField(null=True)
    extension_reason: str | None = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "wave"


class ResponseGroup(Model):
    """Units pooled until they have at least 50 people: all that an answer tells of where it comes from."""

    id = fields.UUIDField(primary_key=True)
    wave_id = fields.UUIDField()
    name_vi = fields.TextField()
    name_en = fields.TextField()
    path = fields.TextField()
    region = fields.TextField(null=True)
    people = fields.IntField()

    class Meta(Model.Meta):
        table = "response_group"
