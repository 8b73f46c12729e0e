"""Units close: what they left stays theirs, but they are not offered to choose from."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

CLOSED = """
ALTER TABLE unit ADD closed_on date;
"""


class Migration(migrations.Migration):
    """Adds the first day on which a unit exists no more."""

    dependencies = [("media_archive", "0001_archive")]

    operations = [RunSQL(CLOSED)]
