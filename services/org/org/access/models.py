"""The table of grants."""

from tortoise import fields, models

from org.ranges import TimeRangeField


class RoleGrant(models.Model):
    """A subject holds a role on a unit, and so on its subtree, in the time in `valid`."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.TextField()
    role = fields.TextField()
    unit_id = fields.UUIDField()
    valid = TimeRangeField()
    granted_by = fields.TextField()
    reason = fields.TextField(null=True)
    ended_by = fields.TextField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "role_grant"
