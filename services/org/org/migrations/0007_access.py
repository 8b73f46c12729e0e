"""Grants: who holds which role on which unit, since when and until when, and who said so."""

from tortoise import migrations
from tortoise.migrations import operations

ACCESS = """
CREATE TABLE role_grant (
  id uuid CONSTRAINT role_grant_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  subject text NOT NULL,
  role text NOT NULL,
  unit_id uuid NOT NULL CONSTRAINT role_grant_unit_known REFERENCES unit,
  valid tstzrange NOT NULL,
  granted_by text NOT NULL,
  CONSTRAINT role_grant_subject_not_blank CHECK (subject <> '' AND length(subject) <= 200),
  CONSTRAINT role_grant_role_known CHECK (role IN ('worker', 'contributor', 'editor', 'analyst', 'admin')),
  CONSTRAINT role_grant_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT role_grant_no_overlap EXCLUDE USING gist (subject WITH =, role WITH =, unit_id WITH =, valid WITH &&)
);
CREATE INDEX role_grant_by_unit ON role_grant (unit_id);
"""


class Migration(migrations.Migration):
    """Grants of roles on units."""

    dependencies = [("org", "0006_people")]
    operations = [operations.RunSQL(ACCESS)]
