"""Units begin and close: those that do not exist today are not offered to choose from."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Units that are known already had all begun when they were told of; on which day was not kept.
DAYS = """
ALTER TABLE unit ADD created_on date NOT NULL DEFAULT '-infinity', ADD closed_on date;
ALTER TABLE unit ALTER created_on DROP DEFAULT;
"""


class Migration(migrations.Migration):
    """Adds the first day of a unit and the first one on which it exists no more."""

    dependencies = [("media_archive", "0001_archive")]

    operations = [RunSQL(DAYS)]
