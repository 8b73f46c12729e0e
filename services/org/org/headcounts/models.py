"""The tables of published headcounts. What PostgreSQL derives, sums and `until`, is written by nobody else."""

from tortoise import fields, models
from tortoise.contrib.postgres.fields import ArrayField


class HeadcountPublication(models.Model):
    """All that a unit published for one day: who said so, where it comes from, and what became of it."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    unit_label = fields.TextField()
    day = fields.DateField()
    until = fields.DateField()
    source = fields.TextField()
    origin = fields.TextField()
    is_assumed = fields.BooleanField()
    tree_version = fields.BigIntField(null=True)
    published_by = fields.TextField(null=True)
    published_at = fields.DatetimeField(auto_now_add=True)
    replaced_at = fields.DatetimeField(null=True)
    replaced_by = fields.TextField(null=True)
    replaced_why = fields.TextField(null=True)
    corrects = fields.UUIDField(null=True)
    cells = ArrayField("int")
    members = ArrayField("int")
    workers = ArrayField("int")

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "headcount_publication"


class HeadcountSlot(models.Model):
    """An age band and a gender, and the place that their people have in every sum."""

    slot = fields.SmallIntField(primary_key=True)
    age_band = fields.TextField()
    gender = fields.TextField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "headcount_slot"
