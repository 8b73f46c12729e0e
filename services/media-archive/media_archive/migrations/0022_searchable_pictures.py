"""Scans that came as pictures get a searchable PDF as well; those that are there wait for theirs."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

WAITING = """
INSERT INTO rendition (asset_id, name, state)
SELECT asset.id, 'searchable', 'waiting' FROM asset JOIN stored_file USING (sha256)
WHERE media_type LIKE 'image/%'
ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    """The timer that takes up what waits enqueues these, a few hundred at a time."""

    dependencies = [("media_archive", "0021_audit_kinds")]

    operations = [RunSQL(WAITING)]
