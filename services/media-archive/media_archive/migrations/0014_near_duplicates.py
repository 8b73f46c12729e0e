"""By what pictures are found that show the same, and the pairs that were found, as people judged them."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# `keys` are the bands of the hashes: whoever shares one is looked at. `details` and `small` are what is compared.
PRINTS = """
CREATE TABLE picture_print (
    asset_id uuid CONSTRAINT picture_print_pkey PRIMARY KEY
        CONSTRAINT picture_print_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'waiting',
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now(),
    keys integer[],
    hashes bytea,
    details bytea,
    small bytea,
    CONSTRAINT picture_print_state_known CHECK (state IN ('none', 'waiting', 'running', 'done', 'failed')),
    CONSTRAINT picture_print_whole CHECK (num_nulls(keys, hashes, details, small) IN (0, 4)),
    CONSTRAINT picture_print_done_is_known CHECK (state <> 'done' OR keys IS NOT NULL),
    CONSTRAINT picture_print_sizes CHECK (octet_length(hashes) = 88 AND octet_length(details) = 512)
);
CREATE INDEX picture_print_keys_idx ON picture_print USING gin (keys);
CREATE INDEX picture_print_unfinished_idx ON picture_print (changed_at) WHERE state IN ('waiting', 'running');
-- The timer that takes up what waits enqueues these, a few hundred at a time.
INSERT INTO picture_print (asset_id)
    SELECT asset.id FROM asset JOIN stored_file USING (sha256) WHERE media_type LIKE 'image/%';
"""

PAIRS = """
CREATE TABLE near_duplicate (
    first_id uuid NOT NULL CONSTRAINT near_duplicate_first_fkey REFERENCES asset (id) ON DELETE CASCADE,
    second_id uuid NOT NULL CONSTRAINT near_duplicate_second_fkey REFERENCES asset (id) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'suggested',
    is_mirrored boolean NOT NULL,
    difference double precision NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz,
    CONSTRAINT near_duplicate_pkey PRIMARY KEY (first_id, second_id),
    CONSTRAINT near_duplicate_in_order CHECK (first_id < second_id),
    CONSTRAINT near_duplicate_state_known CHECK (state IN ('suggested', 'accepted', 'rejected')),
    CONSTRAINT near_duplicate_decided_once CHECK ((state = 'suggested') = (decided_at IS NULL))
);
CREATE INDEX near_duplicate_second_idx ON near_duplicate (second_id);
"""


class Migration(migrations.Migration):
    """Prints of pictures and pairs of near-duplicates."""

    dependencies = [("media_archive", "0013_keeping"), ("media_archive", "0013_rights_and_sharing")]

    operations = [RunSQL(PRINTS + PAIRS)]
