"""The tables of the tree. Columns that PostgreSQL generates (folded names) are not repeated here."""

from tortoise import fields, models


class Unit(models.Model):
    """What never changes about a unit, and the days on which it exists; everything else is in its versions."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    label = fields.TextField()
    created_on = fields.DateField()
    closed_on = fields.DateField(null=True)
    heir_id = fields.UUIDField(null=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "unit"


class TreeVersion(models.Model):
    """The number of changes the tree has seen; one row."""

    id = fields.IntField(primary_key=True)
    version = fields.BigIntField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "tree_version"
