"""What the results are read from: releases, numbered and unchangeable, and the requests that make them."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

RELEASES = """
CREATE TABLE release (
    id uuid CONSTRAINT release_pkey PRIMARY KEY,
    wave_id uuid NOT NULL CONSTRAINT release_wave_fkey REFERENCES wave (id),
    number integer NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    is_public boolean NOT NULL,
    is_simulated boolean NOT NULL,
    answers_used integer NOT NULL,
    people integer NOT NULL,
    minimum_base integer NOT NULL,
    method jsonb NOT NULL,
    seed bigint NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT release_number_key UNIQUE (wave_id, number),
    CONSTRAINT release_number_positive CHECK (number > 0),
    CONSTRAINT release_counts CHECK (answers_used >= 0 AND people > 0),
    CONSTRAINT release_minimum_base_at_least_10 CHECK (minimum_base >= 10),
    CONSTRAINT release_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$')
);

-- A null segment means all of it; the row without a choice is the cell itself. A hidden cell has that row alone, and no
-- number anywhere. The cells are written before their release, which seals them: hence the deferred reference.
CREATE TABLE release_cell (
    release_id uuid NOT NULL CONSTRAINT release_cell_release_fkey REFERENCES release (id) DEFERRABLE INITIALLY DEFERRED,
    question_code text NOT NULL,
    choice_code text,
    age_band text,
    gender text,
    region text,
    shown boolean NOT NULL,
    n integer,
    base integer,
    share double precision,
    low double precision,
    high double precision,
    CONSTRAINT release_cell_key
        UNIQUE NULLS NOT DISTINCT (release_id, question_code, age_band, gender, region, choice_code),
    CONSTRAINT release_cell_numbers_only_when_shown CHECK (
        CASE
            WHEN NOT shown THEN num_nonnulls(choice_code, n, base, share, low, high) = 0
            WHEN choice_code IS NULL THEN base IS NOT NULL AND num_nonnulls(n, share, low, high) = 0
            ELSE num_nonnulls(n, base, share, low, high) = 5
        END
    ),
    CONSTRAINT release_cell_base_at_least_10 CHECK (base >= 10),
    CONSTRAINT release_cell_share_in_interval CHECK (0 <= low AND low <= share AND share <= high AND high <= 1),
    CONSTRAINT release_cell_part_of_base CHECK (0 <= n AND n <= base)
);

CREATE FUNCTION refuse_change_of_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a release cannot be changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'release_immutable';
END $$;
CREATE FUNCTION refuse_cells_of_sealed_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added JOIN release ON release.id = added.release_id) THEN
        RAISE EXCEPTION 'a release cannot be changed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'release_immutable';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER release_immutable BEFORE UPDATE OR DELETE ON release
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_not_truncated BEFORE TRUNCATE ON release
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_cell_immutable BEFORE UPDATE OR DELETE ON release_cell
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_cell_not_truncated BEFORE TRUNCATE ON release_cell
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_cell_sealed AFTER INSERT ON release_cell
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_cells_of_sealed_release();
"""

REQUESTS = """
CREATE TABLE release_request (
    id uuid CONSTRAINT release_request_pkey PRIMARY KEY,
    wave_id uuid NOT NULL CONSTRAINT release_request_wave_fkey REFERENCES wave (id),
    is_public boolean NOT NULL,
    is_simulated boolean NOT NULL,
    seed bigint NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'waiting',
    problem text,
    release_id uuid CONSTRAINT release_request_release_fkey REFERENCES release (id),
    CONSTRAINT release_request_state_known CHECK (state IN ('waiting', 'running', 'done', 'refused')),
    CONSTRAINT release_request_done_with_release CHECK ((state = 'done') = (release_id IS NOT NULL)),
    CONSTRAINT release_request_refused_with_problem CHECK ((state = 'refused') = (problem IS NOT NULL))
);
-- One at a time: asking again while one is on its way gives that one.
CREATE UNIQUE INDEX release_request_one_pending ON release_request (wave_id) WHERE state IN ('waiting', 'running');
"""


class Migration(migrations.Migration):
    """Creates the tables above."""

    dependencies = [("survey", "0001_tables")]

    operations = [RunSQL(sql) for sql in (RELEASES, REQUESTS)]
