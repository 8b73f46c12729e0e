"""Files that people take out of releases, and the open answers that a release froze."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# A file is in the object store below `downloads/`; its row says who may fetch it and how far it is. `attempts` numbers
# the workers that took it up: what a worker writes after another has taken over counts for nothing.
DOWNLOADS = """
CREATE TABLE download (
    id uuid CONSTRAINT download_pkey PRIMARY KEY,
    release_id uuid NOT NULL CONSTRAINT download_release_fkey REFERENCES release (id),
    unit_id uuid NOT NULL,
    kind text NOT NULL,
    format text NOT NULL,
    language text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'waiting',
    done integer NOT NULL DEFAULT 0,
    problem text,
    attempts integer NOT NULL DEFAULT 0,
    claimed_at timestamptz,
    finished_at timestamptz,
    bytes bigint,
    sha256 text,
    CONSTRAINT download_state_known CHECK (state IN ('waiting', 'ready', 'refused', 'expired')),
    CONSTRAINT download_made_of CHECK (
        kind = 'tables' AND format IN ('csv', 'xlsx', 'parquet')
        OR kind = 'report' AND format = 'pdf'
        OR kind = 'extract' AND format IN ('sav', 'csv', 'parquet')
    ),
    CONSTRAINT download_language_known CHECK (language IN ('vi', 'en')),
    CONSTRAINT download_percent CHECK (done BETWEEN 0 AND 100),
    CONSTRAINT download_refused_with_problem CHECK ((state = 'refused') = (problem IS NOT NULL)),
    CONSTRAINT download_finished CHECK ((state = 'waiting') = (finished_at IS NULL)),
    CONSTRAINT download_ready_with_file CHECK (state <> 'ready' OR num_nonnulls(bytes, sha256) = 2)
);
CREATE INDEX download_of_person ON download (asked_by, asked_at DESC, id DESC);
CREATE INDEX download_live ON download (asked_at) WHERE state IN ('waiting', 'ready');
-- Asking twice for one thing while it is being made gives one file.
CREATE UNIQUE INDEX download_one_waiting ON download (asked_by, release_id, unit_id, kind, format, language)
    WHERE state = 'waiting';
"""

# The texts of a question in an order of chance, names and numbers taken out. They are written before their release,
# which seals them. A question without a row has too few texts, or none: one and the same to whoever reads.
OPEN_ANSWERS = """
CREATE TABLE release_open_question (
    release_id uuid NOT NULL
        CONSTRAINT release_open_question_release_fkey REFERENCES release (id) DEFERRABLE INITIALLY DEFERRED,
    question_code text NOT NULL,
    texts integer NOT NULL,
    kept integer NOT NULL,
    CONSTRAINT release_open_question_pkey PRIMARY KEY (release_id, question_code),
    CONSTRAINT release_open_question_base_at_least_10 CHECK (kept >= 10 AND texts >= kept)
);
CREATE TABLE release_open_answer (
    release_id uuid NOT NULL,
    question_code text NOT NULL,
    position integer NOT NULL,
    text text NOT NULL,
    CONSTRAINT release_open_answer_pkey PRIMARY KEY (release_id, question_code, position),
    CONSTRAINT release_open_answer_question_fkey FOREIGN KEY (release_id, question_code)
        REFERENCES release_open_question (release_id, question_code),
    CONSTRAINT release_open_answer_says_something CHECK (text <> '' AND position > 0)
);

CREATE FUNCTION require_kept_open_answers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kept <> (SELECT count(*) FROM release_open_answer AS answer
                    WHERE answer.release_id = NEW.release_id AND answer.question_code = NEW.question_code) THEN
        RAISE EXCEPTION 'an open question has other answers than it says'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'release_open_question_complete';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER release_open_question_complete AFTER INSERT ON release_open_question
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_kept_open_answers();

CREATE TRIGGER release_open_question_immutable BEFORE UPDATE OR DELETE ON release_open_question
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_open_question_not_truncated BEFORE TRUNCATE ON release_open_question
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_open_question_sealed AFTER INSERT ON release_open_question
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_tables_of_sealed_release();
CREATE TRIGGER release_open_answer_immutable BEFORE UPDATE OR DELETE ON release_open_answer
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_open_answer_not_truncated BEFORE TRUNCATE ON release_open_answer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_release();
CREATE TRIGGER release_open_answer_sealed AFTER INSERT ON release_open_answer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_tables_of_sealed_release();
"""


class Migration(migrations.Migration):
    """Adds downloads and open answers."""

    dependencies = [("survey", "0022_release_tables"), ("survey", "0024_ways_that_went")]

    operations = [RunSQL(sql) for sql in (DOWNLOADS, OPEN_ANSWERS)]
