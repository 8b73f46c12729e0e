"""Keeping: whose versions are, deletion with its end, files that are read again, files that are held apart."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

VERSIONS = """
ALTER TABLE asset_version
    -- The account, for as long as it is remembered.
    ADD COLUMN added_by text,
    ADD COLUMN made_from integer,
    ADD CONSTRAINT asset_version_made_from FOREIGN KEY (asset_id, made_from)
        REFERENCES asset_version (asset_id, number),
    ADD CONSTRAINT asset_version_made_from_earlier CHECK (made_from < number);
"""

# What is held for the law is not deleted by anybody, not even by a statement typed by hand.
DELETION = """
ALTER TABLE asset
    ADD COLUMN held_at timestamptz,
    ADD CONSTRAINT asset_deletion_reason_known CHECK (deletion_reason IN (
        'duplicate', 'mistake', 'outdated', 'rights', 'consent', 'unlawful', 'other')),
    ADD CONSTRAINT asset_held_is_kept CHECK (held_at IS NULL OR state = 'kept');
CREATE INDEX asset_deleted_newest_idx ON asset (deleted_at DESC, id DESC) WHERE state = 'deleted';
CREATE FUNCTION asset_held_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.held_at IS NOT NULL THEN
        RAISE EXCEPTION 'the asset is held' USING ERRCODE = 'check_violation', CONSTRAINT = 'asset_held_stays';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER asset_held_stays BEFORE DELETE ON asset FOR EACH ROW EXECUTE FUNCTION asset_held_stays();

-- What stays of an asset whose content went: that it was there, whose it was, when and why it went.
CREATE TABLE tombstone (
    asset_id uuid CONSTRAINT tombstone_pkey PRIMARY KEY,
    unit_id uuid NOT NULL,
    reason text NOT NULL,
    deleted_at timestamptz NOT NULL,
    purged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tombstone_after_deletion CHECK (purged_at >= deleted_at)
);
"""

FIXITY = """
ALTER TABLE stored_file
    ADD COLUMN checked_at timestamptz,
    ADD COLUMN damage text,
    ADD CONSTRAINT stored_file_damage_known CHECK (damage IN ('changed', 'missing'));
CREATE INDEX stored_file_checked_idx ON stored_file (checked_at NULLS FIRST, sha256);
CREATE INDEX stored_file_damaged_idx ON stored_file (sha256) WHERE damage IS NOT NULL;

CREATE TABLE fixity_check (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT fixity_check_pkey PRIMARY KEY,
    sha256 bytea NOT NULL CONSTRAINT fixity_check_file_fkey REFERENCES stored_file (sha256) ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    CONSTRAINT fixity_check_outcome_known CHECK (outcome IN ('intact', 'changed', 'missing', 'repaired'))
);
CREATE INDEX fixity_check_file_idx ON fixity_check (sha256, id DESC);
"""

# No reference to anything: what was held apart is evidence, whatever becomes of the rest.
QUARANTINE = """
CREATE TABLE quarantined_file (
    id uuid CONSTRAINT quarantined_file_pkey PRIMARY KEY,
    sha256 bytea NOT NULL,
    size bigint NOT NULL,
    file_name text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL DEFAULT '',
    unit_id uuid NOT NULL,
    subject text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    purge_on date NOT NULL,
    CONSTRAINT quarantined_file_sha256_length CHECK (length(sha256) = 32),
    CONSTRAINT quarantined_file_reason_is_a_code CHECK (reason ~ '^[A-Z][A-Z_]+$')
);
CREATE INDEX quarantined_file_newest_idx ON quarantined_file (at DESC, id DESC);
CREATE INDEX quarantined_file_purge_idx ON quarantined_file (purge_on);
"""


class Migration(migrations.Migration):
    """Adds what keeping needs."""

    dependencies = [("media_archive", "0012_oai")]

    operations = [RunSQL(VERSIONS + DELETION + FIXITY + QUARANTINE)]
