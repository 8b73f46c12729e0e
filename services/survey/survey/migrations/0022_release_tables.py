"""Releases as tables of units and regions, packed as arrays, instead of one row for each cell of the whole wave."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Releases until now were of the whole wave, unweighted, with shares at full length. They are made anew: nothing of
# them can be turned into the new tables, and no answer is lost by it.
AGAIN = """
DROP TRIGGER release_immutable ON release;
DROP TRIGGER release_not_truncated ON release;
CREATE TABLE release_again AS
    SELECT DISTINCT ON (wave_id) wave_id, is_public, is_simulated, seed FROM release ORDER BY wave_id, number DESC;
DELETE FROM release_request;
DROP TABLE release_cell;
DELETE FROM release;
INSERT INTO release_request (id, wave_id, is_public, is_simulated, seed, requested_at)
    SELECT gen_random_uuid(), wave_id, is_public, is_simulated, seed, '-infinity' FROM release_again;
DROP TABLE release_again;
CREATE TRIGGER release_immutable BEFORE UPDATE OR DELETE ON release
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_not_truncated BEFORE TRUNCATE ON release
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
"""

# A row without a region is of a unit as a whole; `lies_in` then names its region, where all of it lies in one.
# `axes`: the codes of age bands and genders, in order. An array has a place for each age band and the total of them,
# within it for each gender and their total, within that (from `share` to `error`) for each choice. A hidden cell is
# null in all of them. Shares and their intervals are in thousandths, standard errors in ten-thousandths, means and
# theirs in thousandths, rounded more coarsely where a base is small; see survey.results.rounding.
TABLES = """
ALTER TABLE release
    ADD COLUMN axes jsonb NOT NULL,
    ADD COLUMN shown_cells bigint NOT NULL,
    ADD COLUMN hidden_cells bigint NOT NULL;

CREATE TABLE release_table (
    release_id uuid NOT NULL CONSTRAINT release_table_release_fkey REFERENCES release (id) DEFERRABLE INITIALLY DEFERRED,
    question_code text NOT NULL,
    unit_id uuid NOT NULL,
    region text,
    lies_in text,
    n integer[] NOT NULL,
    people integer[] NOT NULL,
    share smallint[],
    low smallint[],
    high smallint[],
    error smallint[],
    mean integer[],
    mean_error integer[],
    CONSTRAINT release_table_key UNIQUE NULLS NOT DISTINCT (release_id, question_code, unit_id, region),
    CONSTRAINT release_table_one_region CHECK (num_nonnulls(region, lies_in) <= 1),
    CONSTRAINT release_table_base_at_least_10 CHECK (10 <= ALL (n)),
    CONSTRAINT release_table_within_frame CHECK (1 <= ALL (people)),
    CONSTRAINT release_table_shares CHECK (
        0 <= ALL (share) AND 1000 >= ALL (share) AND 0 <= ALL (low) AND 1000 >= ALL (high) AND 0 <= ALL (error)
    ),
    CONSTRAINT release_table_hidden_alike CHECK (
        cardinality(people) = cardinality(n)
        AND cardinality(array_positions(people, NULL)) = cardinality(array_positions(n, NULL))
        AND num_nonnulls(share, low, high, error) IN (0, 4)
        AND cardinality(array_positions(share, NULL)) = cardinality(array_positions(low, NULL))
        AND cardinality(array_positions(share, NULL)) = cardinality(array_positions(high, NULL))
        AND cardinality(array_positions(share, NULL)) = cardinality(array_positions(error, NULL))
        AND cardinality(array_positions(share, NULL)) * cardinality(n)
            = cardinality(share) * cardinality(array_positions(n, NULL))
    )
);

ALTER FUNCTION refuse_cells_of_sealed_release RENAME TO refuse_tables_of_sealed_release;
CREATE TRIGGER release_table_immutable BEFORE UPDATE OR DELETE ON release_table
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_table_not_truncated BEFORE TRUNCATE ON release_table
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_table_sealed AFTER INSERT ON release_table
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_tables_of_sealed_release();

-- All bases of a release, hidden ones too, and which were hidden: the next release of the wave must not give them away.
-- Only the worker reads it; it says no more than the answers, which are in the same database.
CREATE TABLE release_base (
    release_id uuid NOT NULL CONSTRAINT release_base_release_fkey REFERENCES release (id) DEFERRABLE INITIALLY DEFERRED,
    question_code text NOT NULL,
    nodes jsonb NOT NULL,
    base bytea NOT NULL,
    hidden bytea NOT NULL,
    CONSTRAINT release_base_pkey PRIMARY KEY (release_id, question_code)
);
CREATE TRIGGER release_base_immutable BEFORE UPDATE OR DELETE ON release_base
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
"""


class Migration(migrations.Migration):
    """Replaces the cells by tables."""

    dependencies = [("survey", "0021_envelopes")]

    operations = [RunSQL(sql) for sql in (AGAIN, TABLES)]
