"""How many materials there are, in the archive and outside it, for the programme's targets."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# What units tell of materials that are not in the archive: on paper or tape, or in digital form elsewhere.
TOLD = """
CREATE TABLE material_count (
    unit_id uuid NOT NULL,
    year integer NOT NULL,
    kind text NOT NULL CONSTRAINT material_count_kind_known REFERENCES asset_kind (code),
    is_digital boolean NOT NULL,
    number integer NOT NULL,
    told_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT material_count_pkey PRIMARY KEY (unit_id, year, kind, is_digital),
    CONSTRAINT material_count_year_sensible CHECK (year BETWEEN 1929 AND 2200),
    CONSTRAINT material_count_number_bounded CHECK (number BETWEEN 0 AND 10000000)
);
"""

# What the archive holds, counted anew from time to time: a subtree is a sum of few rows, whatever stands below it.
COUNTED = """
CREATE TABLE coverage_count (
    unit_id uuid NOT NULL,
    year integer NOT NULL,
    kind text NOT NULL,
    items bigint NOT NULL,
    described bigint NOT NULL,
    shared bigint NOT NULL,
    reused bigint NOT NULL,
    CONSTRAINT coverage_count_pkey PRIMARY KEY (unit_id, year, kind),
    CONSTRAINT coverage_count_parts_of_items
        CHECK (items > 0 AND described BETWEEN 0 AND items AND shared BETWEEN 0 AND items AND reused BETWEEN 0 AND items)
);
CREATE TABLE coverage_state (
    single boolean CONSTRAINT coverage_state_pkey PRIMARY KEY DEFAULT true,
    counted_at timestamptz NOT NULL,
    CONSTRAINT coverage_state_one_row CHECK (single)
);
"""


class Migration(migrations.Migration):
    """Coverage."""

    dependencies = [("media_archive", "0015_royalties")]

    operations = [RunSQL(TOLD + COUNTED)]
