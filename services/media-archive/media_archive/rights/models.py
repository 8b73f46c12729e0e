"""What the rows of rights are; reads and writes are SQL."""

from tortoise import fields
from tortoise.models import Model


class Licence(Model):
    """A licence under which materials may be used, and the days on which it can be chosen."""

    code = fields.CharField(64, primary_key=True)
    vi = fields.TextField()
    en = fields.TextField()
    url = fields.TextField(null=True)
    position = fields.IntField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta(Model.Meta):
        table = "licence"


class Consent(Model):
    """What one person who is shown agreed to. `person`, `guardian` and `account` can be erased."""

    id = fields.UUIDField(primary_key=True)
    asset_id = fields.UUIDField()
    person = fields.TextField(null=True)
    account = fields.TextField(null=True)
    is_minor = fields.BooleanField()
    guardian = fields.TextField(null=True)
    scope = fields.TextField()
    named_use = fields.TextField(default="")
    given_on = fields.DateField()
    until = fields.DateField(null=True)
    proof_id = fields.UUIDField(null=True)
    recorded_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)
    settled_why = fields.TextField(null=True)
    erased_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "consent"
