"""The trail tells also of searches whose results were taken out, and of what roles may upload."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

KINDS = """
ALTER TABLE audit DROP CONSTRAINT audit_kind_known;
ALTER TABLE audit ADD CONSTRAINT audit_kind_known
    CHECK (kind IN ('asset', 'collection', 'quarantined_file', 'unit', 'author', 'search', 'upload_limit'));
"""


class Migration(migrations.Migration):
    """Two more kinds of things."""

    dependencies = [("media_archive", "0020_waiting_pairs")]

    operations = [RunSQL(KINDS)]
