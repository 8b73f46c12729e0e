"""Who did what to materials, kept where not even the service itself can change it."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# No reference to the unit: the read model may be forgotten and learnt again. Nor to the asset: the trail outlives it.
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
    CONSTRAINT audit_kind_known CHECK (kind IN ('asset')),
    CONSTRAINT audit_says_what CHECK (thing_id <> '' AND subject <> '')
);
CREATE INDEX audit_by_unit ON audit (unit_id, id);
CREATE INDEX audit_by_thing ON audit (kind, thing_id, id);

-- The owner of a table may take away its own rights; giving them back is a statement of its own that no code here has.
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM PUBLIC;
DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM %I', current_user); END $$;

-- Once org tells that a person was erased, the trail may forget whose account did something, and nothing else.
DO $$ BEGIN EXECUTE format('GRANT UPDATE (subject) ON audit TO %I', current_user); END $$;
CREATE FUNCTION audit_only_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.subject !~ '^erased:[0-9a-f-]{36}$' OR OLD.subject LIKE 'erased:%'
        OR to_jsonb(NEW) - 'subject' IS DISTINCT FROM to_jsonb(OLD) - 'subject'
    THEN
        RAISE EXCEPTION 'the audit trail can only forget who was erased'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_only_forgets';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_only_forgets BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_forgets();
"""


class Migration(migrations.Migration):
    """The audit trail."""

    dependencies = [("media_archive", "0003_uploads")]

    operations = [RunSQL(AUDIT)]
