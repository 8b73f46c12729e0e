"""Headcounts belong to a unit and a day and are published as a whole, so that a missing cell is known to be missing."""

from tortoise import migrations
from tortoise.migrations import operations

HEADCOUNTS = """
CREATE TABLE headcount_publication (
  id uuid CONSTRAINT headcount_publication_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id uuid NOT NULL CONSTRAINT headcount_publication_unit_known REFERENCES unit,
  day date NOT NULL,
  source text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT headcount_publication_once_a_day UNIQUE (unit_id, day),
  CONSTRAINT headcount_publication_has_a_source CHECK (source <> '')
);

-- Members may outnumber workers: the union's register and the employer's payroll are two lists of two days, and
-- members on leave, seconded or between jobs stand on the first only. A constraint would make offices invent numbers.
CREATE TABLE headcount (
  id uuid CONSTRAINT headcount_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  publication_id uuid NOT NULL CONSTRAINT headcount_of_a_publication REFERENCES headcount_publication ON DELETE CASCADE,
  age_band text NOT NULL,
  gender text NOT NULL,
  members integer NOT NULL,
  workers integer NOT NULL,
  CONSTRAINT headcount_cell_once UNIQUE (publication_id, age_band, gender),
  CONSTRAINT headcount_members_not_negative CHECK (members >= 0),
  CONSTRAINT headcount_workers_not_negative CHECK (workers >= 0)
);
"""


class Migration(migrations.Migration):
    """Publications of headcounts and their cells."""

    dependencies = [("org", "0004_units")]
    operations = [operations.RunSQL(HEADCOUNTS)]
