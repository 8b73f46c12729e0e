"""What the rows of uploads are; reads and writes are SQL."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class UploadLimit(Model):
    """How much one role may upload."""

    role = fields.CharField(64, primary_key=True)
    most_megabytes = fields.IntField()
    most_open = fields.IntField()
    most_a_day = fields.IntField()
    families = ArrayField("text")

    class Meta(Model.Meta):
        table = "upload_limit"


class UnitUploadLimit(Model):
    """How much one role may upload to a unit and those below it; a unit and a role have one."""

    unit_id = fields.UUIDField(primary_key=True)
    role = fields.CharField(64)
    most_megabytes = fields.IntField()
    most_open = fields.IntField()
    most_a_day = fields.IntField()
    families = ArrayField("text")

    class Meta(Model.Meta):
        table = "unit_upload_limit"


class Upload(Model):
    """A file on its way in, piece by piece."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.TextField()
    unit_id = fields.UUIDField()
    scopes = ArrayField("text")
    families = ArrayField("text")
    said = fields.JSONField()
    metadata = fields.TextField()
    length = fields.BigIntField()
    position = fields.BigIntField(default=0)
    state = fields.TextField(default="open")
    attempts = fields.IntField(default=0)
    asset_id = fields.UUIDField(null=True)
    problem = fields.JSONField(null=True)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "upload"
