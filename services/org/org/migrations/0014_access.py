"""Grants with a beginning and an end of their own, and what the person who gives or takes them wants remembered."""

from tortoise import migrations
from tortoise.migrations import operations

GRANTS = """
ALTER TABLE role_grant
  ADD reason text,
  ADD ended_by text,
  ADD end_reason text,
  ADD CONSTRAINT role_grant_reasons_bounded CHECK (
    length(reason) BETWEEN 1 AND 500 AND length(end_reason) BETWEEN 1 AND 500),
  ADD CONSTRAINT role_grant_ended_by_someone CHECK (ended_by <> ''),
  ADD CONSTRAINT role_grant_who_ends_it_says_when CHECK (
    (ended_by IS NOT NULL OR end_reason IS NULL) AND (ended_by IS NULL OR NOT upper_inf(valid))),
  ADD CONSTRAINT role_grant_begins_at_an_instant CHECK (
    isempty(valid) OR lower_inc(valid) AND NOT lower_inf(valid) AND isfinite(lower(valid))),
  ADD CONSTRAINT role_grant_ends_at_an_instant CHECK (
    NOT upper_inc(valid) AND (upper_inf(valid) OR isfinite(upper(valid))));
CREATE INDEX role_grant_by_subject ON role_grant (subject);
CREATE INDEX role_grant_by_end ON role_grant (upper(valid)) WHERE NOT upper_inf(valid);
"""

# A passport lists all that a subject holds at a time. More begin to hold only where one begins, so these are counted.
LIMIT = """
CREATE FUNCTION refuse_too_many_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Two grants at once must not both find the last free place.
  PERFORM pg_advisory_xact_lock(hashtextextended('role_grant:' || NEW.subject, 0));
  IF 50 <= (
    SELECT max(held.number) FROM (
      SELECT greatest(lower(valid), lower(NEW.valid)) AS at FROM role_grant
      WHERE subject = NEW.subject AND id <> NEW.id AND valid && NEW.valid) AS began
    CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM role_grant
      WHERE subject = NEW.subject AND id <> NEW.id AND valid @> began.at) AS held
  ) THEN
    RAISE EXCEPTION 'a subject may hold at most 50 roles at a time'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'role_grant_within_limit';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER role_grant_within_limit BEFORE INSERT OR UPDATE OF subject, valid ON role_grant
  FOR EACH ROW EXECUTE FUNCTION refuse_too_many_grants();
"""


class Migration(migrations.Migration):
    """Dated grants."""

    dependencies = [("org", "0009_audit")]
    operations = [operations.RunSQL(GRANTS), operations.RunSQL(LIMIT)]
