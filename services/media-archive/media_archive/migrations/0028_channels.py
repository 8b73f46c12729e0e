"""Channels as org tells of them: whose they are, and what they were called on the day of a use."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

CHANNELS = """
-- A channel stays one channel while its name changes. `until` is the first day after.
CREATE TABLE channel (
    id uuid NOT NULL,
    since date NOT NULL,
    until date,
    unit_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    is_public boolean NOT NULL,
    CONSTRAINT channel_pkey PRIMARY KEY (id, since),
    CONSTRAINT channel_ends_later CHECK (until > since)
);
CREATE INDEX channel_unit_idx ON channel (unit_id);
"""


class Migration(migrations.Migration):
    """Adds channels."""

    dependencies = [("media_archive", "0027_places")]

    operations = [RunSQL(CHANNELS)]
