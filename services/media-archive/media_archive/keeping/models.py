"""What the rows of keeping are; reads and writes are SQL."""

from tortoise import fields
from tortoise.models import Model


class Tombstone(Model):
    """What stays of an asset whose content went."""

    asset_id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    reason = fields.TextField()
    deleted_at = fields.DatetimeField()
    purged_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "tombstone"


class FixityCheck(Model):
    """What was found when a file was read again."""

    id = fields.BigIntField(primary_key=True, generated=True)
    sha256 = fields.BinaryField()
    at = fields.DatetimeField()
    outcome = fields.TextField()

    class Meta(Model.Meta):
        table = "fixity_check"


class QuarantinedFile(Model):
    """A file that was not let in and is kept as evidence."""

    id = fields.UUIDField(primary_key=True)
    sha256 = fields.BinaryField()
    size = fields.BigIntField()
    file_name = fields.TextField()
    reason = fields.TextField()
    detail = fields.TextField(default="")
    unit_id = fields.UUIDField()
    subject = fields.TextField(null=True)
    at = fields.DatetimeField()
    purge_on = fields.DateField()

    class Meta(Model.Meta):
        table = "quarantined_file"
