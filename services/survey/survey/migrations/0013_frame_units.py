"""Where each unit stood in a wave's frame, kept with the frame: the tree may be corrected afterwards, the frame not."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# The units of the target and those above it. No reference to the unit: the read model may be forgotten and learnt again.
TABLE = """
CREATE TABLE frame_unit (
    wave_id uuid NOT NULL CONSTRAINT frame_unit_wave_fkey REFERENCES wave (id),
    unit_id uuid NOT NULL,
    path text COLLATE "C" NOT NULL,
    CONSTRAINT frame_unit_pkey PRIMARY KEY (unit_id, wave_id)
);
"""

# Of the waves until now: the tree of their day as it is known.
KNOWN = """
INSERT INTO frame_unit (wave_id, unit_id, path)
SELECT wave.id, stood.unit_id, stood.path
FROM wave
JOIN programme ON programme.id = wave.programme_id
CROSS JOIN LATERAL (SELECT (wave.frozen_at AT TIME ZONE interval '7 hours')::date AS day) AS opened
JOIN unit_scope target ON target.unit_id = programme.target_unit_id AND target.valid @> opened.day
JOIN unit_scope stood ON stood.valid @> opened.day
     AND (starts_with(stood.path, target.path) OR starts_with(target.path, stood.path))
WHERE wave.state <> 'planned';
"""


class Migration(migrations.Migration):
    """Adds the table, and what is known of the frames so far."""

    dependencies = [("survey", "0012_opening_problems")]

    operations = [RunSQL(sql) for sql in (TABLE, KNOWN)]
