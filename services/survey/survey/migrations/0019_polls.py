"""Quick polls: one question, asked once, in a programme of its own that nothing else is planned for."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

KIND = """
ALTER TABLE programme
    ADD COLUMN kind text NOT NULL DEFAULT 'survey',
    ADD CONSTRAINT programme_kind_known CHECK (kind IN ('survey', 'poll')),
    -- A poll asks once: from its start on, neither a rule nor a hand plans another wave.
    ADD CONSTRAINT programme_of_poll_has_ended CHECK (kind = 'survey' OR state = 'ended');
"""

# `place`: one of those that a unit has for polls that are not over; free again, null, with the end. `turn`: the first,
# second, … poll that the unit made on a day. So each bound is a unique key, also when two make polls at one moment.
POLLS = """
CREATE TABLE quick_poll (
    id uuid CONSTRAINT quick_poll_pkey PRIMARY KEY,
    unit_id uuid NOT NULL,
    wave_id uuid NOT NULL CONSTRAINT quick_poll_wave_fkey REFERENCES wave (id) CONSTRAINT quick_poll_wave_key UNIQUE,
    made_on date NOT NULL,
    turn smallint NOT NULL,
    place smallint,
    allowed_origins text[] NOT NULL DEFAULT '{}',
    outcome text,
    CONSTRAINT quick_poll_place_key UNIQUE (unit_id, place),
    CONSTRAINT quick_poll_turn_key UNIQUE (unit_id, made_on, turn),
    CONSTRAINT quick_poll_places CHECK (place BETWEEN 1 AND 5),
    CONSTRAINT quick_poll_turns CHECK (turn BETWEEN 1 AND 10),
    CONSTRAINT quick_poll_origins_bounded CHECK (cardinality(allowed_origins) <= 10),
    CONSTRAINT quick_poll_outcome_known CHECK (outcome IN ('asked', 'too_few'))
);
CREATE INDEX quick_poll_without_outcome_idx ON quick_poll (wave_id) WHERE outcome IS NULL;

CREATE FUNCTION free_place_of_poll() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE quick_poll SET place = NULL WHERE wave_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER wave_over_frees_place_of_poll AFTER UPDATE OF state ON wave
    FOR EACH ROW WHEN (NEW.state IN ('closed', 'cancelled')) EXECUTE FUNCTION free_place_of_poll();

CREATE FUNCTION refuse_long_poll() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM programme WHERE id = NEW.programme_id AND kind = 'poll') THEN
        RAISE EXCEPTION 'a quick poll is open for at most 31 days'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wave_of_poll_at_most_31_days BEFORE INSERT OR UPDATE OF opens_at, closes_at ON wave
    FOR EACH ROW WHEN (NEW.closes_at - NEW.opens_at > interval '31 days') EXECUTE FUNCTION refuse_long_poll();
"""


class Migration(migrations.Migration):
    """Adds all this; what there is are surveys."""

    dependencies = [("survey", "0018_ways_to_answer")]

    operations = [RunSQL(sql) for sql in (KIND, POLLS)]
