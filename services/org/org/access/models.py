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

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "role_grant"
