"""Who did what to programmes, waves and questionnaires, kept where not even the service itself can change it."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# No reference to the unit: the read model may be forgotten and learnt again.
AUDIT = """
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_pkey PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject text NOT NULL,
    action text NOT NULL,
    unit_id uuid,
    kind text NOT NULL,
    thing_id text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text,
    CONSTRAINT audit_action_is_a_code CHECK (action ~ '^[a-z_]+(\\.[a-z_]+)+$'),
    CONSTRAINT audit_kind_known CHECK (kind IN ('survey_programme', 'survey_wave', 'questionnaire')),
    CONSTRAINT audit_says_what CHECK (thing_id <> '' AND subject <> '')
);
CREATE INDEX audit_by_unit ON audit (unit_id, id);
CREATE INDEX audit_by_thing ON audit (kind, thing_id, id);

-- The owner of a table may take away its own rights; giving them back is a statement of its own that no code here has.
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC;
DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %I', current_user); END $$;
"""


class Migration(migrations.Migration):
    """The audit trail."""

    dependencies = [("survey", "0021_envelopes")]

    operations = [RunSQL(AUDIT)]
