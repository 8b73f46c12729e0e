"""What this service knows of org's units: a read model, rebuilt from events at any time."""

from tortoise import fields
from tortoise.models import Model


class Unit(Model):
    """A unit as org's newest events tell of it. `path` is its current place; `unit_scope` keeps the dated ones."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    path = fields.TextField()
    parent_id = fields.UUIDField(null=True)
    name_vi = fields.TextField()
    name_en = fields.TextField()
    short_name = fields.TextField(null=True)
    code = fields.TextField()
    level = fields.TextField()
    kind = fields.TextField()
    region = fields.TextField(null=True)
    tree_version = fields.BigIntField()

    class Meta(Model.Meta):
        table = "unit"
