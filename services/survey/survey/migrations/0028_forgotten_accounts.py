"""The audit trail may forget whose account did something, once org tells that the person was erased, and nothing else."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

FORGETTING = """
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
    """Allows it."""

    dependencies = [("survey", "0023_audit"), ("survey", "0027_unit_successions")]

    operations = [RunSQL(FORGETTING)]
