"""What indexes of the search follow and start from: an identity, a generation, what was pruned, and snapshots."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SEARCH = """
-- One row. `identity` tells an index on a disk whether this is the database it was made of.
CREATE TABLE search_log (
    single boolean NOT NULL DEFAULT true CONSTRAINT search_log_pkey PRIMARY KEY CONSTRAINT search_log_one_row CHECK (single),
    identity uuid NOT NULL DEFAULT gen_random_uuid(),
    generation bigint NOT NULL DEFAULT 0,
    pruned bigint NOT NULL DEFAULT 0
);
INSERT INTO search_log DEFAULT VALUES;

CREATE TABLE search_snapshot (
    id uuid CONSTRAINT search_snapshot_pkey PRIMARY KEY,
    generation bigint NOT NULL,
    version integer NOT NULL,
    position bigint NOT NULL,
    day date NOT NULL,
    files jsonb NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


class Migration(migrations.Migration):
    """The log that indexes follow, and their snapshots."""

    dependencies = [("media_archive", "0010_more_renditions")]

    operations = [RunSQL(SEARCH)]
