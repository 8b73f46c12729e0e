"""Questionnaires and their versions: a version is changed freely until it is published, and never after."""

from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model


class Questionnaire(Model):
    """A line of versions under one stable code, owned by a unit."""

    id = fields.UUIDField(primary_key=True)
    code = fields.TextField()
    owner_unit_id = fields.UUIDField()

    class Meta(Model.Meta):
        table = "questionnaire"


class QuestionnaireVersion(Model):
    """One definition; published when `published_at` is set, from then on the database refuses every change."""

    id = fields.UUIDField(primary_key=True)
    questionnaire_id = fields.UUIDField()
    number = fields.IntField()
    definition: dict[str, Any] = fields.JSONField()
    sha256 = fields.TextField()
    published_at: datetime | None = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "questionnaire_version"
