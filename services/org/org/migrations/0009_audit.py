"""Who did what and when, kept where not even the service itself can change it."""

from tortoise import migrations
from tortoise.migrations import operations

AUDIT = """
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_pkey PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  subject text NOT NULL,
  action text NOT NULL,
  unit_id uuid CONSTRAINT audit_unit_known REFERENCES unit,
  kind text NOT NULL,
  thing_id text NOT NULL,
  before jsonb,
  after jsonb,
  request_id text,
  CONSTRAINT audit_action_is_a_code CHECK (action ~ '^[a-z_]+(\\.[a-z_]+)+$'),
  CONSTRAINT audit_says_what CHECK (kind <> '' AND thing_id <> '' AND subject <> '')
);
CREATE INDEX audit_by_unit ON audit (unit_id, id);
CREATE INDEX audit_by_thing ON audit (kind, thing_id, id);

-- The owner of a table may take away its own rights; giving them back is a statement of its own that no code here has.
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC;
DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %I', current_user); END $$;
"""


class Migration(migrations.Migration):
    """The audit trail."""

    dependencies = [("org", "0008_dated_tree")]
    operations = [operations.RunSQL(AUDIT)]
