"""What is counted of materials on topics, along the tree, so that a province's are read without the materials."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

COUNTED = """
CREATE INDEX asset_counted_idx ON asset (unit_path)
    INCLUDE (id, topics, kind, visibility, created_on, hidden, embargo_until, lease_until)
    WHERE state = 'kept' AND topics <> '{}';
"""


class Migration(migrations.Migration):
    """Adds the index of what is counted."""

    dependencies = [("media_archive", "0025_topic_cells")]

    operations = [RunSQL(COUNTED)]
