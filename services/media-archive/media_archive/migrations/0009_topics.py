"""Materials are found by their topics without reading all of them."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TOPICS = """
CREATE INDEX asset_topics_idx ON asset USING gin (topics);
"""


class Migration(migrations.Migration):
    """Indexes topics."""

    dependencies = [("media_archive", "0008_reuse")]

    operations = [RunSQL(TOPICS)]
