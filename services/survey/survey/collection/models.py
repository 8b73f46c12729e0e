"""Collectors: the addresses under which a wave's form is answered."""

from tortoise import fields
from tortoise.models import Model


class Collector(Model):
    """An address `/f/<code>`: of a whole wave, or of one of its response groups."""

    code = fields.CharField(max_length=16, primary_key=True)
    wave_id = fields.UUIDField()
    response_group_id = fields.UUIDField(null=True)
    kind = fields.TextField(default="open_link")

    class Meta(Model.Meta):
        table = "collector"
