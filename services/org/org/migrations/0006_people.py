"""Officers, the departments they work in and the posts they hold, each with its dates and with as little personal data as can be."""

from tortoise import migrations
from tortoise.migrations import operations

PEOPLE = """
CREATE TABLE person (
  id uuid CONSTRAINT person_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  subject text CONSTRAINT person_subject_unique UNIQUE,
  display_name text NOT NULL,
  sort_key text COLLATE "C" NOT NULL,
  CONSTRAINT person_has_a_name CHECK (display_name <> ''),
  CONSTRAINT person_subject_not_blank CHECK (subject <> '')
);

CREATE TABLE department (
  id uuid CONSTRAINT department_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id uuid NOT NULL CONSTRAINT department_unit_known REFERENCES unit,
  kind text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  sort_key text COLLATE "C" NOT NULL,
  valid daterange NOT NULL,
  CONSTRAINT department_has_a_name CHECK (name_vi <> '' AND name_en <> ''),
  CONSTRAINT department_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT department_id_and_unit_unique UNIQUE (id, unit_id),
  CONSTRAINT department_no_overlap EXCLUDE USING gist (unit_id WITH =, name_vi WITH =, valid WITH &&)
);

CREATE TABLE appointment (
  id uuid CONSTRAINT appointment_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  person_id uuid NOT NULL CONSTRAINT appointment_person_known REFERENCES person,
  unit_id uuid NOT NULL CONSTRAINT appointment_unit_known REFERENCES unit,
  department_id uuid,
  post text NOT NULL,
  valid daterange NOT NULL,
  CONSTRAINT appointment_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT appointment_department_of_the_unit FOREIGN KEY (department_id, unit_id) REFERENCES department (id, unit_id),
  CONSTRAINT appointment_no_overlap EXCLUDE USING gist (person_id WITH =, unit_id WITH =, post WITH =, valid WITH &&)
);
CREATE INDEX appointment_by_unit ON appointment (unit_id);
"""


class Migration(migrations.Migration):
    """People, departments and appointments."""

    dependencies = [("org", "0005_headcounts")]
    operations = [operations.RunSQL(PEOPLE)]
