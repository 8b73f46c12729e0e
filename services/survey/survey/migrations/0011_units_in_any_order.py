"""A unit may be told of before the unit above it: where a closed one is kept now says nothing of what it stood under."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

PARENTS = """
ALTER TABLE unit DROP CONSTRAINT unit_parent_fkey;
"""


class Migration(migrations.Migration):
    """Lets `unit.parent_id` name a unit that is not known yet."""

    dependencies = [("survey", "0010_releases")]

    operations = [RunSQL(PARENTS)]
