"""Which share of the people each programme is to reach, from which day on."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

TARGETS = """
CREATE TABLE reach_target (
    programme_id uuid NOT NULL CONSTRAINT reach_target_programme_fkey REFERENCES programme (id),
    since date NOT NULL,
    percent smallint NOT NULL,
    CONSTRAINT reach_target_pkey PRIMARY KEY (programme_id, since),
    CONSTRAINT reach_target_is_a_share CHECK (percent BETWEEN 1 AND 100)
);
"""


class Migration(migrations.Migration):
    """Adds the targets."""

    dependencies = [("survey", "0024_ways_that_went")]

    operations = [RunSQL(TARGETS)]
