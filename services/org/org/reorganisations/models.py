"""The tables of what changed the tree and of who came after whom."""

from tortoise import fields, models


class Reorganisation(models.Model):
    """One change of the tree; `version` is the version of the tree that it made."""

    id = fields.UUIDField(primary_key=True)
    version = fields.BigIntField(unique=True)
    kind = fields.TextField()
    effective_on = fields.DateField()
    decision_number = fields.TextField(null=True)
    decision_file = fields.TextField(null=True)
    note = fields.TextField(null=True)
    made_by = fields.TextField()
    made_at = fields.DatetimeField(auto_now_add=True)
    is_announced = fields.BooleanField()
    undone_in = fields.BigIntField(null=True)
    undoes = fields.BigIntField(null=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "reorganisation"
