"""How far an asset may be seen and for how long, its versions, and deletion as a state."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

SIGHT = """
ALTER TABLE asset
    ADD COLUMN embargo_until date,
    ADD COLUMN lease_until date,
    ADD COLUMN hidden text,
    ADD COLUMN state text NOT NULL DEFAULT 'kept',
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deletion_reason text,
    ADD COLUMN keep_until date,
    DROP CONSTRAINT asset_visibility_known,
    ADD CONSTRAINT asset_visibility_known CHECK (visibility IN ('private', 'unit', 'subtree', 'union', 'public')),
    ADD CONSTRAINT asset_lease_after_embargo CHECK (lease_until > embargo_until),
    ADD CONSTRAINT asset_hidden_known
        CHECK (hidden IN ('consent_withdrawn', 'consent_expired', 'rights_expired')),
    ADD CONSTRAINT asset_state_known CHECK (state IN ('kept', 'deleted')),
    ADD CONSTRAINT asset_deletion_told CHECK (
        num_nonnulls(deleted_at, deletion_reason, keep_until) = CASE state WHEN 'deleted' THEN 3 ELSE 0 END);
-- The few whose sight changes with the day.
CREATE INDEX asset_embargo_idx ON asset (embargo_until) WHERE embargo_until IS NOT NULL;
CREATE INDEX asset_lease_idx ON asset (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX asset_deleted_idx ON asset (keep_until) WHERE state = 'deleted';

CREATE TABLE asset_grant (
    asset_id uuid NOT NULL CONSTRAINT asset_grant_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    unit_id uuid NOT NULL,
    until date,
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT asset_grant_pkey PRIMARY KEY (asset_id, unit_id)
);
CREATE INDEX asset_grant_unit_idx ON asset_grant (unit_id);
CREATE INDEX asset_grant_until_idx ON asset_grant (until) WHERE until IS NOT NULL;
"""

# What an asset shows is its current version: the key over all three columns keeps both rows from saying two things.
VERSIONS = """
CREATE TABLE asset_version (
    asset_id uuid NOT NULL CONSTRAINT asset_version_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    number integer NOT NULL,
    sha256 bytea NOT NULL CONSTRAINT asset_version_stored REFERENCES stored_file (sha256),
    file_name text NOT NULL,
    note text NOT NULL DEFAULT '',
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT asset_version_pkey PRIMARY KEY (asset_id, number),
    CONSTRAINT asset_version_number_positive CHECK (number > 0),
    CONSTRAINT asset_version_note_length CHECK (length(note) <= 1000),
    CONSTRAINT asset_version_file_key UNIQUE (asset_id, number, sha256)
);
CREATE INDEX asset_version_sha256_idx ON asset_version (sha256);
INSERT INTO asset_version (asset_id, number, sha256, file_name, added_at)
    SELECT id, 1, sha256, file_name, added_at FROM asset;

ALTER TABLE asset
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT asset_is_a_version FOREIGN KEY (id, version, sha256)
        REFERENCES asset_version (asset_id, number, sha256) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    """Sight, versions and deletion."""

    dependencies = [("media_archive", "0005_office_texts")]

    operations = [RunSQL(SIGHT + VERSIONS)]
