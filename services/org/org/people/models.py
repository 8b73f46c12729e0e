"""The tables of people, departments, posts and training. Columns that PostgreSQL generates are not repeated."""

from tortoise import fields, models

from org.ranges import DateRangeField


class Person(models.Model):
    """Somebody with a post or an account; `subject` is the identity provider's name of the account.

    `unit_id` keeps the record while the person serves nowhere. Of somebody who was erased only the row is left.
    """

    id = fields.UUIDField(primary_key=True)
    subject = fields.TextField(null=True)
    display_name = fields.TextField(null=True)
    sort_key = fields.TextField()
    unit_id = fields.UUIDField(null=True)
    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    recorded_on = fields.DateField()
    erased_on = fields.DateField(null=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "person"


class Department(models.Model):
    """A department of a unit; it exists on the days of its versions."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "department"


class DepartmentVersion(models.Model):
    """What a department is called on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    department_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    kind = fields.TextField(null=True)
    name_vi = fields.TextField()
    name_en = fields.TextField(null=True)
    sort_key = fields.TextField()
    decision_number = fields.TextField(null=True)
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "department_version"


class Post(models.Model):
    """How many seats a post of a unit, or of one of its departments, has on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)
    code = fields.TextField()
    seats = fields.IntField()
    decision_number = fields.TextField(null=True)
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "post"


class Appointment(models.Model):
    """The post a person holds in a unit, or in one of its departments, on the days in `valid`.

    `term_until` is when the term was to end; `valid` ends before it when somebody left early, for `end_reason`.
    """

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    department_id = fields.UUIDField(null=True)
    post = fields.TextField()
    valid = DateRangeField()
    term_until = fields.DateField(null=True)
    decision_number = fields.TextField(null=True)
    end_reason = fields.TextField(null=True)

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "appointment"


class Collaborator(models.Model):
    """A person in a unit's network of collaborators on the days in `valid`."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    unit_id = fields.UUIDField()
    kind = fields.TextField()
    decision_number = fields.TextField(null=True)
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "collaborator"


class TrainingClass(models.Model):
    """A class in communications that a unit held on the days in `held`."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    name = fields.TextField()
    topic = fields.TextField()
    held = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "training_class"


class TrainingAttendance(models.Model):
    """A person attended a class."""

    id = fields.UUIDField(primary_key=True)
    class_id = fields.UUIDField()
    person_id = fields.UUIDField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "training_attendance"


class Certificate(models.Model):
    """A certificate that a person holds on the days in `valid`, which begins with the day of issue."""

    id = fields.UUIDField(primary_key=True)
    person_id = fields.UUIDField()
    kind = fields.TextField()
    issuer = fields.TextField()
    valid = DateRangeField()

    class Meta(models.Model.Meta):
        """The table's name."""

        table = "certificate"
