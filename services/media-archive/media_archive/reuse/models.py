"""The rows of reuse."""

from tortoise import fields
from tortoise.models import Model


class Reuse(Model):
    """One use of a material by a unit; by nobody's unit when a link or an embed brought a stranger."""

    id = fields.BigIntField(primary_key=True, generated=True)
    asset_id = fields.UUIDField()
    version = fields.IntField()
    unit_id = fields.UUIDField(null=True)
    subject = fields.TextField(null=True)
    kind = fields.TextField()
    channel_id = fields.TextField(default="")
    campaign = fields.TextField(default="")
    link = fields.TextField(default="")
    is_trace = fields.BooleanField(default=False)
    at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "reuse"


class Derivation(Model):
    """A material was adapted from another."""

    id = fields.BigIntField(primary_key=True, generated=True)
    asset_id = fields.UUIDField()
    source_id = fields.UUIDField()
    linked_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "derivation"
