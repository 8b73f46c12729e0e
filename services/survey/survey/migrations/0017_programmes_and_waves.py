"""Programmes that change, pause and end; waves that move, are extended or cancelled; ways to answer; reminders sent."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

WAYS = """
-- Not empty, and each way once.
CREATE FUNCTION are_ways(ways text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        ways <@ ARRAY['open_link', 'slip', 'credential', 'paper'] AND cardinality(ways) > 0
        AND cardinality(ways) = (SELECT count(DISTINCT way) FROM unnest(ways) AS way), false)
$$;
ALTER TABLE programme
    ADD COLUMN ways text[] NOT NULL DEFAULT '{open_link}',
    ADD CONSTRAINT programme_ways_known CHECK (are_ways(ways));
ALTER TABLE wave
    ADD COLUMN ways text[] NOT NULL DEFAULT '{open_link}',
    ADD CONSTRAINT wave_ways_known CHECK (are_ways(ways));
ALTER TABLE collector
    DROP CONSTRAINT collector_kind_known,
    ADD CONSTRAINT collector_kind_known CHECK (kind IN ('open_link', 'slip', 'credential', 'paper'));
"""

# Null where nobody was counted in the unit itself, above the target, and in the frames until now.
GROUPS = """
ALTER TABLE frame_unit
    ADD COLUMN response_group_id uuid,
    ADD CONSTRAINT frame_unit_group_fkey
        FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id);
"""

LIVES = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this change is refused by %', TG_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

ALTER TABLE programme
    ADD COLUMN state text NOT NULL DEFAULT 'active',
    ADD CONSTRAINT programme_state_known CHECK (state IN ('active', 'paused', 'ended'));
CREATE TRIGGER programme_ended_for_good BEFORE UPDATE ON programme
    FOR EACH ROW WHEN (OLD.state = 'ended' AND NEW.state <> 'ended') EXECUTE FUNCTION refuse_change();
-- What was kept back as too small stays kept back.
CREATE TRIGGER programme_minimum_base_only_rises BEFORE UPDATE ON programme
    FOR EACH ROW WHEN (NEW.minimum_base BETWEEN 10 AND OLD.minimum_base - 1) EXECUTE FUNCTION refuse_change();

-- `rule_day`: the day of the programme's rule for which a wave stands; it has no second one. `is_fixed`: an editor has
-- placed it, so that a changed rule leaves it where it is.
ALTER TABLE wave
    ADD COLUMN rule_day date,
    ADD COLUMN is_fixed boolean NOT NULL DEFAULT false,
    ADD COLUMN extended_from timestamptz,
    ADD COLUMN extension_reason text,
    DROP CONSTRAINT wave_state_known,
    ADD CONSTRAINT wave_state_known CHECK (state IN ('planned', 'open', 'closed', 'cancelled')),
    DROP CONSTRAINT wave_frozen_when_open,
    ADD CONSTRAINT wave_frozen_when_open CHECK (
        state IN ('planned', 'cancelled')
        OR (questionnaire_version_id IS NOT NULL AND tree_version IS NOT NULL AND frozen_at IS NOT NULL)
    ),
    -- Deferrable, so that one statement may move several.
    DROP CONSTRAINT wave_no_overlap,
    ADD CONSTRAINT wave_no_overlap EXCLUDE USING gist (programme_id WITH =, tstzrange(opens_at, closes_at) WITH &&)
        WHERE (state <> 'cancelled') DEFERRABLE INITIALLY IMMEDIATE,
    ADD CONSTRAINT wave_one_per_rule_day UNIQUE (programme_id, rule_day) DEFERRABLE INITIALLY IMMEDIATE,
    ADD CONSTRAINT wave_extension_whole CHECK (num_nonnulls(extended_from, extension_reason) IN (0, 2)),
    ADD CONSTRAINT wave_extension_once_open CHECK (extended_from IS NULL OR frozen_at IS NOT NULL),
    ADD CONSTRAINT wave_extension_reason_length CHECK (length(extension_reason) BETWEEN 1 AND 500),
    ADD CONSTRAINT wave_at_most_366_days CHECK (closes_at - opens_at <= interval '366 days') NOT VALID;
CREATE TRIGGER wave_state_only_forward BEFORE UPDATE ON wave
    FOR EACH ROW WHEN (
        OLD.state IN ('closed', 'cancelled') AND NEW.state <> OLD.state
        OR OLD.state = 'open' AND NEW.state IN ('planned', 'cancelled')
    ) EXECUTE FUNCTION refuse_change();

-- Of the waves until now, those that look as the rule's do.
UPDATE wave SET rule_day = (wave.opens_at AT TIME ZONE interval '7 hours')::date
FROM programme
WHERE programme.id = wave.programme_id
  AND (wave.opens_at AT TIME ZONE interval '7 hours')::time = '00:00'
  AND wave.closes_at - wave.opens_at = make_interval(days => programme.wave_days);
"""

# With the moment it is about: a wave that was moved is announced again.
REMINDERS = """
CREATE TABLE wave_reminder (
    wave_id uuid NOT NULL CONSTRAINT wave_reminder_wave_fkey REFERENCES wave (id),
    kind text NOT NULL,
    about timestamptz NOT NULL,
    CONSTRAINT wave_reminder_pkey PRIMARY KEY (wave_id, kind, about),
    CONSTRAINT wave_reminder_kind_known
        CHECK (kind IN ('opens_in_7_days', 'opens_in_1_day', 'half_time', 'closes_in_3_days', 'closes_in_1_day'))
);
"""


class Migration(migrations.Migration):
    """Adds all this, and what is known of it for the waves so far."""

    dependencies = [("survey", "0014_concepts")]

    operations = [RunSQL(sql) for sql in (WAYS, GROUPS, LIVES, REMINDERS)]
