"""What roles may upload, as a unit bounds it for itself and those below it."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

LIMITS = """
CREATE TABLE unit_upload_limit (
    unit_id uuid NOT NULL,
    role text NOT NULL,
    most_megabytes integer NOT NULL,
    most_open integer NOT NULL,
    most_a_day integer NOT NULL,
    families text[] NOT NULL,
    CONSTRAINT unit_upload_limit_pkey PRIMARY KEY (unit_id, role),
    CONSTRAINT unit_upload_limit_role_known CHECK (role IN ('contributor', 'editor', 'admin')),
    CONSTRAINT unit_upload_limit_bounded CHECK (most_megabytes BETWEEN 1 AND 50000
        AND most_open BETWEEN 1 AND 1000 AND most_a_day BETWEEN 1 AND 100000),
    CONSTRAINT unit_upload_limit_families_known CHECK (
        cardinality(families) > 0 AND families <@ ARRAY['image', 'pdf', 'office', 'text', 'audio', 'video'])
);
"""


class Migration(migrations.Migration):
    """Limits of units."""

    dependencies = [("media_archive", "0022_searchable_pictures")]

    operations = [RunSQL(LIMITS)]
