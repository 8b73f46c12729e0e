"""Notices of saved searches: what came in that they find, told once, and how far the log was looked through for it."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

NOTICES = """
ALTER TABLE saved_search
    -- [[role, unit], ...] of its owner when they were last here, so that a job looks with their eyes; null: not known.
    ADD COLUMN standing jsonb,
    ADD COLUMN standing_at timestamptz,
    ADD CONSTRAINT saved_search_standing_dated CHECK ((standing IS NULL) = (standing_at IS NULL));

CREATE TABLE search_notice (
    id uuid CONSTRAINT search_notice_pkey PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    search_id uuid NOT NULL CONSTRAINT search_notice_search_fkey REFERENCES saved_search (id) ON DELETE CASCADE,
    -- What is purged stays as an id that leads nowhere, until the notice goes.
    asset_ids uuid[] NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz,
    CONSTRAINT search_notice_bounded CHECK (cardinality(asset_ids) BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX search_notice_one_unseen ON search_notice (search_id) WHERE seen_at IS NULL;
CREATE INDEX search_notice_search_idx ON search_notice (search_id, number);
CREATE INDEX search_notice_made_idx ON search_notice (made_at);

CREATE TABLE search_watch (
    single boolean CONSTRAINT search_watch_pkey PRIMARY KEY DEFAULT true CONSTRAINT search_watch_single CHECK (single),
    position bigint NOT NULL,
    day date NOT NULL
);
INSERT INTO search_watch (position, day)
    SELECT greatest(coalesce((SELECT max(number) FROM asset_change), 0), pruned),
           (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    FROM search_log;
"""


class Migration(migrations.Migration):
    """Adds notices of saved searches."""

    dependencies = [("media_archive", "0023_limits_of_units")]

    operations = [RunSQL(NOTICES)]
