"""What the rows of sharing are; reads and writes are SQL."""

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class AssetGrant(Model):
    """An asset may be seen by a unit of another branch."""

    asset_id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    until = fields.DateField(null=True)
    granted_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "asset_grant"


class PersonGrant(Model):
    """An asset may be seen by one person, of whom only the account is kept, before a day."""

    id = fields.UUIDField(primary_key=True)
    asset_id = fields.UUIDField()
    account = fields.TextField()
    unit_id = fields.UUIDField()
    until = fields.DateField()
    granted_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "person_grant"


class ShareLink(Model):
    """A way in for whoever has a link's secret, of which only the hash is kept."""

    id = fields.UUIDField(primary_key=True)
    asset_id = fields.UUIDField()
    secret_hash = fields.BinaryField()
    label = fields.TextField(default="")
    made_by = fields.TextField()
    with_original = fields.BooleanField()
    origins = ArrayField("text", default=list)
    password_salt = fields.BinaryField(null=True)
    password_hash = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    most_uses = fields.IntField(null=True)
    uses = fields.IntField(default=0)
    tries = fields.IntField(default=0)
    tries_since = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "share_link"


class AccessRequest(Model):
    """Somebody asks to see a material whose id they were handed, for a unit of theirs."""

    id = fields.UUIDField(primary_key=True)
    asset_id = fields.UUIDField()
    subject = fields.TextField()
    unit_id = fields.UUIDField()
    reason = fields.TextField()
    state = fields.TextField(default="open")
    asked_at = fields.DatetimeField()
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.TextField(null=True)
    answer = fields.TextField(default="")
    until = fields.DateField(null=True)
    granted_to = fields.TextField(null=True)

    class Meta(Model.Meta):
        table = "access_request"
