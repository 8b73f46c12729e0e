"""The tables of published headcounts."""

from tortoise import fields, models


class HeadcountPublication(models.Model):
    """All that a unit published for one day, and where the numbers come from."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    day = fields.DateField()
    source = fields.TextField()
    published_at = fields.DatetimeField(auto_now_add=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "headcount_publication"


class Headcount(models.Model):
    """One cell of a publication. A cell that is not there is unknown, not zero."""

    id = fields.UUIDField(primary_key=True)
    publication_id = fields.UUIDField()
    age_band = fields.TextField()
    gender = fields.TextField()
    members = fields.IntField()
    workers = fields.IntField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "headcount"
