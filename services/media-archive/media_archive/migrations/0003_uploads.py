"""Uploads that can be resumed, and how much of them each role may do."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

LIMITS = """
CREATE TABLE upload_limit (
    role text CONSTRAINT upload_limit_pkey PRIMARY KEY,
    most_megabytes integer NOT NULL,
    most_open integer NOT NULL,
    most_a_day integer NOT NULL,
    families text[] NOT NULL,
    CONSTRAINT upload_limit_role_known CHECK (role IN ('contributor', 'editor', 'admin')),
    CONSTRAINT upload_limit_positive CHECK (most_megabytes > 0 AND most_open > 0 AND most_a_day > 0),
    CONSTRAINT upload_limit_families_known CHECK (
        cardinality(families) > 0 AND families <@ ARRAY['image', 'pdf', 'office', 'text', 'audio', 'video'])
);
INSERT INTO upload_limit VALUES
    ('contributor', 2000, 50, 500, ARRAY['image', 'pdf', 'office', 'text', 'audio', 'video']),
    ('editor', 5000, 100, 2000, ARRAY['image', 'pdf', 'office', 'text', 'audio', 'video']),
    ('admin', 5000, 200, 10000, ARRAY['image', 'pdf', 'office', 'text', 'audio', 'video']);

-- How many files came from one account on one day; forgotten when the limit no longer needs it.
CREATE TABLE upload_count (
    subject text NOT NULL,
    day date NOT NULL,
    files integer NOT NULL,
    CONSTRAINT upload_count_pkey PRIMARY KEY (subject, day),
    CONSTRAINT upload_count_positive CHECK (files > 0)
);
"""

UPLOADS = """
CREATE TABLE upload (
    id uuid CONSTRAINT upload_pkey PRIMARY KEY,
    subject text NOT NULL,
    unit_id uuid NOT NULL,
    -- The subtrees in which whoever uploads held the role that it takes, when their last request came.
    scopes text[] NOT NULL,
    families text[] NOT NULL,
    said jsonb NOT NULL,
    metadata text NOT NULL,
    length bigint NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'open',
    attempts integer NOT NULL DEFAULT 0,
    asset_id uuid,
    problem jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT upload_position_within_length CHECK (position BETWEEN 0 AND length),
    CONSTRAINT upload_state_known CHECK (state IN ('open', 'complete', 'taken', 'refused')),
    CONSTRAINT upload_whole_before_taken CHECK (state = 'open' OR position = length),
    CONSTRAINT upload_taken_is_an_asset CHECK ((state = 'taken') = (asset_id IS NOT NULL)),
    CONSTRAINT upload_refused_says_why CHECK ((state = 'refused') = (problem IS NOT NULL))
);
CREATE INDEX upload_of_subject_idx ON upload (subject) WHERE state = 'open';
CREATE INDEX upload_waiting_idx ON upload (changed_at) WHERE state = 'complete';
CREATE INDEX upload_expires_idx ON upload (expires_at);

CREATE TABLE upload_piece (
    upload_id uuid NOT NULL CONSTRAINT upload_piece_upload_fkey REFERENCES upload (id) ON DELETE CASCADE,
    start bigint NOT NULL,
    size integer NOT NULL,
    name uuid NOT NULL,
    CONSTRAINT upload_piece_pkey PRIMARY KEY (upload_id, start),
    CONSTRAINT upload_piece_has_bytes CHECK (start >= 0 AND size > 0),
    CONSTRAINT upload_piece_no_overlap EXCLUDE USING gist (upload_id WITH =, int8range(start, start + size) WITH &&)
);
"""


class Migration(migrations.Migration):
    """Uploads in pieces, their limits, and how many there were."""

    dependencies = [("media_archive", "0002_closed_units")]

    operations = [RunSQL(LIMITS + UPLOADS)]
