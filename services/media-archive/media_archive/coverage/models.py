"""The rows of coverage."""

from tortoise import fields
from tortoise.models import Model


class CoverageState(Model):
    """When the archive's materials were counted last."""

    single = fields.BooleanField(primary_key=True)
    counted_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "coverage_state"
