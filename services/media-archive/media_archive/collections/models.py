"""What the rows of collections are; reads and writes are SQL."""

from tortoise import fields
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

    class Meta(Model.Meta):
        table = "saved_search"
