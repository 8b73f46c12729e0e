"""The table of the audit trail; rows are only ever added."""

from tortoise import fields, models


class Audit(models.Model):
    """One thing that somebody did. `before` and `after` hold ids, codes, dates and numbers, never personal data."""

    id = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField(auto_now_add=True)
    subject = fields.TextField()
    action = fields.TextField()
    unit_id = fields.UUIDField(null=True)
    kind = fields.TextField()
    thing_id = fields.TextField()
    before = fields.JSONField(null=True)
    after = fields.JSONField(null=True)
    request_id = fields.TextField(null=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "audit"
