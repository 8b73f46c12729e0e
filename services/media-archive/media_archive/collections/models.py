"""What the rows of collections are; reads and writes are SQL."""

from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class Collection(Model):
    """A named row of materials, perhaps inside another one."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    unit_path = fields.TextField()
    parent_id = fields.UUIDField(null=True)
    parent_depth = fields.IntField(null=True)
    depth = fields.IntField()
    title = fields.TextField()
    sort_key = fields.TextField()
    description = fields.TextField(default="")
    visibility = fields.TextField()
    cover_asset_id = fields.UUIDField(null=True)
    item_count = fields.IntField(default=0)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "collection"


class SavedSearch(Model):
    """A question that somebody wants to ask again."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.TextField()
    place = fields.IntField()
    name = fields.TextField()
    question = fields.TextField()
    seen_at = fields.DatetimeField()
    standing: Any = fields.JSONField(null=True)
    standing_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "saved_search"


class SearchNotice(Model):
    """Materials that came in and that a saved search finds; `asset_ids` are at most 100."""

    id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField()
    search_id = fields.UUIDField()
    asset_ids = ArrayField("uuid")
    made_at = fields.DatetimeField()
    seen_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "search_notice"


class SearchWatch(Model):
    """One row: up to which change, and which day, saved searches were asked whether they find something new."""

    single = fields.BooleanField(primary_key=True, default=True)
    position = fields.BigIntField()
    day = fields.DateField()

    class Meta(Model.Meta):
        table = "search_watch"
