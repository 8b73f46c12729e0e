"""The tables of the tree. Columns that PostgreSQL generates (folded names, the parent's path) are not repeated here."""

from tortoise import fields, models
from tortoise.contrib.postgres.fields import ArrayField

from org.ranges import DateRangeField


class Unit(models.Model):
    """A unit as it is now. Its id and number never change; name, place and path follow the dated tables."""

    id = fields.UUIDField(primary_key=True)
    number = fields.IntField(unique=True)
    name_vi = fields.TextField()
    name_en = fields.TextField(null=True)
    short_name = fields.TextField(null=True)
    code = fields.TextField()
    level = fields.TextField()
    kind = fields.TextField()
    region = fields.TextField(null=True)
    parent_id = fields.UUIDField(null=True)
    path = fields.TextField()
    ancestors = ArrayField("int")
    created_on = fields.DateField()
    closed_on = fields.DateField(null=True)
    tree_version = fields.BigIntField()
    search_accented = fields.TextField()
    sort_key = fields.TextField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "unit"


class UnitName(models.Model):
    """The names of a unit on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    name_vi = fields.TextField()
    name_en = fields.TextField(null=True)
    short_name = fields.TextField(null=True)
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "unit_name"


class UnitParent(models.Model):
    """The unit directly above a unit on the days in `valid`; the top has none."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    parent_id = fields.UUIDField()
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "unit_parent"


class TreeVersion(models.Model):
    """The number of changes the tree has seen; one row."""

    id = fields.IntField(primary_key=True)
    version = fields.BigIntField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "tree_version"
