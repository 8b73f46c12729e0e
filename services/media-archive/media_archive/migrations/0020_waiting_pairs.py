"""Pairs of pictures that wait for a decision are listed, those found last first."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

WAITING = """
CREATE INDEX near_duplicate_waiting_idx ON near_duplicate (found_at DESC, first_id DESC, second_id DESC)
    WHERE state = 'suggested';
"""


class Migration(migrations.Migration):
    """An index of the pairs that wait."""

    dependencies = [("media_archive", "0019_person_grants")]

    operations = [RunSQL(WAITING)]
