"""The tables of terms and level rules."""

from tortoise import fields, models

from org.ranges import DateRangeField


class Vocabulary(models.Model):
    """A named list of terms."""

    name = fields.CharField(40, primary_key=True)
    label_vi = fields.TextField()
    label_en = fields.TextField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "vocabulary"


class Term(models.Model):
    """One code of a vocabulary, with its labels, on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    vocabulary = fields.CharField(40)
    code = fields.TextField()
    label_vi = fields.TextField()
    label_en = fields.TextField()
    position = fields.IntField()
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "term"


class LevelRule(models.Model):
    """`child_level` may stand directly under `parent_level` (None: at the top) on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    parent_level = fields.TextField(null=True)
    child_level = fields.TextField()
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "level_rule"
