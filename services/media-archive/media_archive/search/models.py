"""The rows by which indexes know what to follow and where to start; reads and writes are SQL."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class SearchLog(Model):
    """One row: which database this is, which generation of indexes is wanted, up to where changes were pruned."""

    single = fields.BooleanField(primary_key=True, default=True)
    identity = fields.UUIDField()
    generation = fields.BigIntField(default=0)
    pruned = fields.BigIntField(default=0)

    class Meta(Model.Meta):
        table = "search_log"


class SearchSnapshot(Model):
    """A copy of an index in the object store; `files` are their names with their sizes in bytes."""

    id = fields.UUIDField(primary_key=True)
    generation = fields.BigIntField()
    version = fields.IntField()
    position = fields.BigIntField()
    day = fields.DateField()
    files: Any = fields.JSONField()
    made_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "search_snapshot"
