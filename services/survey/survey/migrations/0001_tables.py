"""The survey service's first tables: the read model of units, questionnaires, programmes, waves, the way an answer takes."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

from kit.db import BASE_SQL

UNITS = """
CREATE TABLE unit (
    id uuid CONSTRAINT unit_pkey PRIMARY KEY,
    number integer NOT NULL CONSTRAINT unit_number_key UNIQUE,
    path text COLLATE "C" NOT NULL CONSTRAINT unit_path_key UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
    parent_id uuid CONSTRAINT unit_parent_fkey REFERENCES unit (id),
    name_vi text NOT NULL,
    name_en text NOT NULL,
    short_name text,
    code text NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    region text,
    tree_version bigint NOT NULL,
    CONSTRAINT unit_path_labels CHECK (length(path) > 0 AND length(path) % 5 = 0)
);
CREATE INDEX unit_parent_idx ON unit (parent_id);

-- Where a unit stood on which days: a wave's frame and its permissions follow the tree of its own day.
CREATE TABLE unit_scope (
    unit_id uuid NOT NULL CONSTRAINT unit_scope_unit_fkey REFERENCES unit (id) ON DELETE CASCADE,
    path text COLLATE "C" NOT NULL,
    valid daterange NOT NULL,
    CONSTRAINT unit_scope_valid_not_empty CHECK (NOT isempty(valid)),
    CONSTRAINT unit_scope_no_overlap EXCLUDE USING gist (unit_id WITH =, valid WITH &&)
);
CREATE INDEX unit_scope_path_idx ON unit_scope (path);

CREATE TABLE headcount_cell (
    unit_id uuid NOT NULL CONSTRAINT headcount_cell_unit_fkey REFERENCES unit (id) ON DELETE CASCADE,
    day date NOT NULL,
    age_band text NOT NULL,
    gender text NOT NULL,
    members integer NOT NULL,
    workers integer NOT NULL,
    CONSTRAINT headcount_cell_pkey PRIMARY KEY (unit_id, day, age_band, gender),
    CONSTRAINT headcount_cell_counts CHECK (members >= 0 AND workers >= 0)
);

CREATE TABLE term (
    vocabulary text NOT NULL,
    code text NOT NULL,
    vi text NOT NULL,
    en text NOT NULL,
    position integer NOT NULL,
    valid daterange NOT NULL,
    CONSTRAINT term_no_overlap EXCLUDE USING gist (vocabulary WITH =, code WITH =, valid WITH &&)
);
"""

QUESTIONNAIRES = """
CREATE TABLE questionnaire (
    id uuid CONSTRAINT questionnaire_pkey PRIMARY KEY,
    code text NOT NULL CONSTRAINT questionnaire_code_key UNIQUE,
    owner_unit_id uuid NOT NULL,
    CONSTRAINT questionnaire_code_form CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$')
);

CREATE TABLE questionnaire_version (
    id uuid CONSTRAINT questionnaire_version_pkey PRIMARY KEY,
    questionnaire_id uuid NOT NULL CONSTRAINT questionnaire_version_questionnaire_fkey REFERENCES questionnaire (id),
    number integer NOT NULL,
    definition jsonb NOT NULL,
    sha256 text NOT NULL,
    published_at timestamptz,
    CONSTRAINT questionnaire_version_number_key UNIQUE (questionnaire_id, number),
    CONSTRAINT questionnaire_version_number_positive CHECK (number > 0),
    CONSTRAINT questionnaire_version_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
CREATE UNIQUE INDEX questionnaire_version_one_draft ON questionnaire_version (questionnaire_id)
    WHERE published_at IS NULL;

CREATE FUNCTION refuse_change_of_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published questionnaire version cannot be changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'questionnaire_version_immutable';
END $$;
CREATE TRIGGER questionnaire_version_immutable BEFORE UPDATE OR DELETE ON questionnaire_version
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_published_version();
"""

PROGRAMMES = """
CREATE TABLE programme (
    id uuid CONSTRAINT programme_pkey PRIMARY KEY,
    code text NOT NULL CONSTRAINT programme_code_key UNIQUE,
    title_vi text NOT NULL,
    title_en text NOT NULL,
    owner_unit_id uuid NOT NULL,
    target_unit_id uuid NOT NULL,
    questionnaire_id uuid NOT NULL CONSTRAINT programme_questionnaire_fkey REFERENCES questionnaire (id),
    recurrence text NOT NULL DEFAULT 'FREQ=MONTHLY;INTERVAL=6',
    starts_on date NOT NULL,
    wave_days integer NOT NULL DEFAULT 30,
    minimum_base integer NOT NULL DEFAULT 10,
    CONSTRAINT programme_code_form CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT programme_wave_days_range CHECK (wave_days BETWEEN 1 AND 366),
    CONSTRAINT programme_minimum_base_at_least_10 CHECK (minimum_base >= 10)
);
CREATE INDEX programme_target_idx ON programme (target_unit_id);

CREATE TABLE wave (
    id uuid CONSTRAINT wave_pkey PRIMARY KEY,
    programme_id uuid NOT NULL CONSTRAINT wave_programme_fkey REFERENCES programme (id),
    number integer NOT NULL,
    questionnaire_version_id uuid CONSTRAINT wave_questionnaire_version_fkey REFERENCES questionnaire_version (id),
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'planned',
    tree_version bigint,
    frozen_at timestamptz,
    CONSTRAINT wave_number_key UNIQUE (programme_id, number),
    CONSTRAINT wave_number_positive CHECK (number > 0),
    CONSTRAINT wave_closes_after_opening CHECK (closes_at > opens_at),
    CONSTRAINT wave_state_known CHECK (state IN ('planned', 'open', 'closed')),
    CONSTRAINT wave_frozen_when_open CHECK (
        state = 'planned'
        OR (questionnaire_version_id IS NOT NULL AND tree_version IS NOT NULL AND frozen_at IS NOT NULL)
    ),
    CONSTRAINT wave_no_overlap EXCLUDE USING gist (programme_id WITH =, tstzrange(opens_at, closes_at) WITH &&)
);

-- Units are pooled until a group has 50 people: an answer names its group, never its unit.
CREATE TABLE response_group (
    id uuid CONSTRAINT response_group_pkey PRIMARY KEY,
    wave_id uuid NOT NULL CONSTRAINT response_group_wave_fkey REFERENCES wave (id),
    name_vi text NOT NULL,
    name_en text NOT NULL,
    path text COLLATE "C" NOT NULL,
    region text,
    people integer NOT NULL,
    CONSTRAINT response_group_of_wave_key UNIQUE (wave_id, id),
    CONSTRAINT response_group_at_least_50 CHECK (people >= 50)
);
CREATE INDEX response_group_path_idx ON response_group (wave_id, path);

CREATE TABLE frame_cell (
    wave_id uuid NOT NULL,
    response_group_id uuid NOT NULL,
    age_band text NOT NULL,
    gender text NOT NULL,
    people integer NOT NULL,
    CONSTRAINT frame_cell_pkey PRIMARY KEY (wave_id, response_group_id, age_band, gender),
    CONSTRAINT frame_cell_group_fkey FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id),
    CONSTRAINT frame_cell_people CHECK (people >= 0)
);

CREATE TABLE collector (
    code varchar(16) CONSTRAINT collector_pkey PRIMARY KEY,
    wave_id uuid NOT NULL CONSTRAINT collector_wave_fkey REFERENCES wave (id),
    response_group_id uuid,
    kind text NOT NULL DEFAULT 'open_link',
    CONSTRAINT collector_group_fkey FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id),
    CONSTRAINT collector_kind_known CHECK (kind = 'open_link'),
    -- Neither 0 and o nor 1, i and l: what is read aloud or copied from a poster has one spelling.
    CONSTRAINT collector_code_form CHECK (code ~ '^[2-9a-hjkmnp-z]{4,16}$'),
    CONSTRAINT collector_one_per_group UNIQUE NULLS NOT DISTINCT (wave_id, response_group_id, kind)
);
"""

# No column here is a time, a serial number or a reference to a person, and none may become one.
ANSWERS = """
CREATE TABLE inbox (
    wave_id uuid NOT NULL CONSTRAINT inbox_wave_fkey REFERENCES wave (id),
    submission_key_hash bytea NOT NULL,
    response_group_id uuid,
    questionnaire_version_id uuid NOT NULL
        CONSTRAINT inbox_questionnaire_version_fkey REFERENCES questionnaire_version (id),
    values jsonb NOT NULL,
    CONSTRAINT inbox_pkey PRIMARY KEY (wave_id, submission_key_hash),
    CONSTRAINT inbox_group_fkey FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id),
    CONSTRAINT inbox_key_is_a_hash CHECK (length(submission_key_hash) = 32),
    CONSTRAINT inbox_values_object CHECK (jsonb_typeof(values) = 'object')
);

CREATE TABLE spent_key (
    wave_id uuid NOT NULL CONSTRAINT spent_key_wave_fkey REFERENCES wave (id),
    submission_key_hash bytea NOT NULL,
    CONSTRAINT spent_key_pkey PRIMARY KEY (wave_id, submission_key_hash)
);

CREATE TABLE answer (
    wave_id uuid NOT NULL CONSTRAINT answer_wave_fkey REFERENCES wave (id),
    response_group_id uuid,
    questionnaire_version_id uuid NOT NULL
        CONSTRAINT answer_questionnaire_version_fkey REFERENCES questionnaire_version (id),
    age_band text,
    gender text,
    region text,
    values jsonb NOT NULL,
    CONSTRAINT answer_group_fkey FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id),
    CONSTRAINT answer_values_object CHECK (jsonb_typeof(values) = 'object')
);
CREATE INDEX answer_wave_idx ON answer (wave_id, response_group_id);

CREATE TABLE participation_snapshot (
    wave_id uuid NOT NULL CONSTRAINT participation_snapshot_wave_fkey REFERENCES wave (id),
    response_group_id uuid,
    day date NOT NULL,
    answered integer NOT NULL,
    CONSTRAINT participation_snapshot_key UNIQUE NULLS NOT DISTINCT (wave_id, response_group_id, day),
    CONSTRAINT participation_snapshot_group_fkey
        FOREIGN KEY (wave_id, response_group_id) REFERENCES response_group (wave_id, id),
    CONSTRAINT participation_snapshot_rounded CHECK (answered >= 0 AND answered % 5 = 0)
);
"""


class Migration(migrations.Migration):
    """Creates everything above on an empty database."""

    initial = True

    operations = [RunSQL(sql) for sql in (BASE_SQL, UNITS, QUESTIONNAIRES, PROGRAMMES, ANSWERS)]
