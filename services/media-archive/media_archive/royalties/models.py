"""The rows of royalties. Coefficients are in hundredths, shares in hundredths of a percent, money in whole dong."""

from tortoise import fields
from tortoise.models import Model


class RoyaltyRate(Model):
    """What a unit pays for a kind of product, over a range of days."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    kind = fields.TextField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    coefficient = fields.IntField()
    unit_value = fields.BigIntField()
    basis = fields.TextField(default="")
    noted_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "royalty_rate"


class Author(Model):
    """Somebody who makes materials for a unit; without a name once that was erased."""

    id = fields.UUIDField(primary_key=True)
    unit_id = fields.UUIDField()
    name = fields.TextField(null=True)
    subject = fields.TextField(null=True)
    added_at = fields.DatetimeField()
    erased_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "author"


class RoyaltyCharge(Model):
    """What is owed for a publication, or its reversal."""

    id = fields.UUIDField(primary_key=True)
    reuse_id = fields.BigIntField()
    number = fields.IntField()
    unit_id = fields.UUIDField()
    asset_id = fields.UUIDField()
    kind = fields.TextField()
    published_on = fields.DateField()
    rate_id = fields.UUIDField()
    coefficient = fields.IntField()
    unit_value = fields.BigIntField()
    amount = fields.BigIntField()
    note = fields.TextField(default="")
    subject = fields.TextField()
    recorded_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "royalty_charge"
