"""Office documents are read now, also those that came before."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# The timer that takes up what waits enqueues these within minutes, a few hundred at a time.
OFFICE_TEXTS = """
UPDATE asset_text SET state = 'waiting', reason = NULL, changed_at = now()
WHERE source = 'document' AND state = 'none' AND reason = 'TYPE_IS_NOT_READ';
"""


class Migration(migrations.Migration):
    """Has the texts of office documents wait for their reader."""

    dependencies = [("media_archive", "0004_audit")]

    operations = [RunSQL(OFFICE_TEXTS)]
