"""The row of a unit as learnt from org."""

from tortoise import fields
from tortoise.models import Model


class Unit(Model):
    """A unit of the union: how it is called, and where it, or since it closed what it left, stands now."""

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
    closed_on = fields.DateField(null=True)
    tree_version = fields.BigIntField()

    class Meta(Model.Meta):
        table = "unit"
