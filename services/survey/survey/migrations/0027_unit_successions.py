"""To which units the people of others went, as org tells: results of a frame's units answer for those of today."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SUCCESSIONS = """
CREATE TABLE unit_succession (
    predecessor_id uuid NOT NULL,
    successor_id uuid NOT NULL,
    share numeric NOT NULL,
    since date NOT NULL
);
CREATE INDEX unit_succession_by_predecessor ON unit_succession (predecessor_id);
CREATE INDEX unit_succession_by_successor ON unit_succession (successor_id);
"""


class Migration(migrations.Migration):
    """Adds the table; it fills with what org tells from now on, or when its stream is read again."""

    dependencies = [("survey", "0025_reach_targets")]

    operations = [RunSQL(SUCCESSIONS)]
