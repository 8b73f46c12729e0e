"""The versions that ask a concept are found without reading every definition."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

CONCEPTS = """
CREATE INDEX questionnaire_version_definition_idx ON questionnaire_version USING gin (definition jsonb_path_ops)
    WHERE published_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    """Indexes what published definitions contain."""

    dependencies = [("survey", "0013_frame_units")]

    operations = [RunSQL(CONCEPTS)]
