"""What harvesters are told of."""

from tortoise import fields
from tortoise.models import Model


class OaiRecord(Model):
    """A material that is or was public: when that last changed, and its place in the order of changes."""

    asset_id = fields.UUIDField(primary_key=True)
    number = fields.BigIntField(unique=True)
    datestamp = fields.DatetimeField()
    is_deleted = fields.BooleanField()
    unit_path = fields.TextField()

    class Meta(Model.Meta):
        table = "oai_record"


class OaiProgress(Model):
    """How far in the log of changes the records are, and as of which day."""

    single = fields.BooleanField(primary_key=True)
    change_number = fields.BigIntField(default=0)
    day = fields.DateField()

    class Meta(Model.Meta):
        table = "oai_progress"
