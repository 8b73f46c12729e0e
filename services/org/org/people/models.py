"""The tables of people, departments and appointments."""

from tortoise import fields, models

from org.ranges import DateRangeField


class Person(models.Model):
    """Somebody with a post or an account; `subject` is the identity provider's name of the account."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.TextField(null=True)
    display_name = fields.TextField()
    sort_key = fields.TextField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "person"


class Department(models.Model):
    """A department of a unit on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    kind = fields.TextField()
    name_vi = fields.TextField()
    name_en = fields.TextField()
    sort_key = fields.TextField()
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "department"


class Appointment(models.Model):
    """The post a person holds in a unit, or in one of its departments, on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)
    post = fields.TextField()
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "appointment"
