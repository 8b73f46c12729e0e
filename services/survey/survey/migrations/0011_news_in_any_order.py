"""Org may tell of a unit before the one it stood under until it closed, and of headcounts before their unit."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# What is told on the unit's first day may be on its way while a headcount or a unit below it has been told already.
# One event that could not be applied would hold up all after it.
REFERENCES = """
ALTER TABLE unit DROP CONSTRAINT unit_parent_fkey;
ALTER TABLE headcount_cell DROP CONSTRAINT headcount_cell_unit_fkey;
"""


class Migration(migrations.Migration):
    """Lets a unit's parent, and a headcount's unit, be unknown for a while."""

    dependencies = [("survey", "0010_releases")]

    operations = [RunSQL(REFERENCES)]
