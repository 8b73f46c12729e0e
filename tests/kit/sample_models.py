"""The sample's one model."""

from tortoise import fields
from tortoise.models import Model


class Seen(Model):
    """An event that was applied."""

    number = fields.BigIntField(primary_key=True, generated=False)
    text = fields.TextField()

    class Meta:
        table = "seen"
