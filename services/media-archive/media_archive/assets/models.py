"""What the archive's rows are. Reads and writes are SQL here; these say, for tools and readers, what a row holds."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class AssetKind(Model):
    """A kind of material, such as a leaflet."""

    code = fields.CharField(64, primary_key=True)
    vi = fields.TextField()
    en = fields.TextField()
    position = fields.IntField()

    class Meta(Model.Meta):
        table = "asset_kind"


class StoredFile(Model):
    """A file in the object store, under the hash of its content."""

    sha256 = fields.BinaryField(primary_key=True)
    size = fields.BigIntField()
    media_type = fields.TextField()
    created_at = fields.DatetimeField()
    checked_at = fields.DatetimeField(null=True)
    damage = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "stored_file"


class Asset(Model):
    """A material of a unit: what is said about it and which file it is."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    unit_path = fields.TextField()
    kind = fields.TextField()
    title = fields.TextField()
    description = fields.TextField(default="")
    language = fields.TextField(default="vi")
    topics = ArrayField("text", default=list)
    visibility = fields.TextField()
    sha256 = fields.BinaryField()
    file_name = fields.TextField()
    source = fields.TextField(default="")
    is_made_up = fields.BooleanField(default=False)
    created_on = fields.DateField()
    added_at = fields.DatetimeField()
    version = fields.IntField(default=1)
    embargo_until = fields.DateField(null=True)
    lease_until = fields.DateField(null=True)
    hidden = fields.TextField(null=True)
    state = fields.TextField(default="kept")
    deleted_at = fields.DatetimeField(null=True)
    deletion_reason = fields.TextField(null=True)
    keep_until = fields.DateField(null=True)
    held_at = fields.DatetimeField(null=True)
    licence = fields.TextField(default="unknown")
    rights_holder = fields.TextField(default="")
    rights_until = fields.DateField(null=True)

    class Meta(Model.Meta):
        table = "asset"
