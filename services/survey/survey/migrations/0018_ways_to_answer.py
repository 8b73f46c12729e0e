"""Ways to answer once besides the open link: slips, blind-signed credentials, paper."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

COLLECTORS = """
-- Only an open link is a group's own: what else lets somebody in knows the group itself.
ALTER TABLE collector ADD CONSTRAINT collector_of_group_is_open
    CHECK (kind = 'open_link' OR response_group_id IS NULL);
"""

# No reference to the unit: the read model may be forgotten and learnt again.
SLIPS = """
CREATE TABLE slip_batch (
    id uuid CONSTRAINT slip_batch_pkey PRIMARY KEY,
    wave_id uuid NOT NULL CONSTRAINT slip_batch_wave_fkey REFERENCES wave (id),
    unit_id uuid NOT NULL,
    amount integer NOT NULL,
    made_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT slip_batch_amount_range CHECK (amount BETWEEN 1 AND 10000),
    CONSTRAINT slip_batch_revoked_after_made CHECK (revoked_at >= made_at)
);
CREATE INDEX slip_batch_wave_idx ON slip_batch (wave_id, made_at, id);

CREATE TABLE slip (
    hash bytea CONSTRAINT slip_pkey PRIMARY KEY,
    batch_id uuid NOT NULL CONSTRAINT slip_batch_fkey REFERENCES slip_batch (id),
    CONSTRAINT slip_hash_is_a_hash CHECK (length(hash) = 32)
);
CREATE INDEX slip_batch_idx ON slip (batch_id);

-- Who prints names a unit by its code; a unit without people of its own looks for the groups below it.
CREATE INDEX unit_code_idx ON unit (lower(code));
CREATE INDEX frame_unit_path_idx ON frame_unit (wave_id, path);
"""

# One key for each wave and group, and no second one: with a key of his own somebody could be told from the others.
CREDENTIALS = """
CREATE TABLE credential_key (
    wave_id uuid NOT NULL CONSTRAINT credential_key_wave_fkey REFERENCES wave (id),
    key_id bytea NOT NULL,
    response_group_id uuid,
    public_key bytea NOT NULL,
    sealed_private_key bytea,
    CONSTRAINT credential_key_pkey PRIMARY KEY (wave_id, key_id),
    CONSTRAINT credential_key_one_per_group UNIQUE NULLS NOT DISTINCT (wave_id, response_group_id),
    CONSTRAINT credential_key_group_fkey FOREIGN KEY (wave_id, response_group_id)
        REFERENCES response_group (wave_id, id),
    CONSTRAINT credential_key_id_of_public_key CHECK (key_id = substr(sha256(public_key), 1, 8))
);

CREATE FUNCTION refuse_change_of_credential_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a credential key cannot be changed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'credential_key_immutable';
END $$;
CREATE TRIGGER credential_key_immutable BEFORE UPDATE OF wave_id, key_id, response_group_id, public_key
    ON credential_key FOR EACH ROW EXECUTE FUNCTION refuse_change_of_credential_key();

-- Who has had a credential, by a keyed hash that only this service can make; gone once the wave is over.
CREATE TABLE credential_issue (
    wave_id uuid NOT NULL,
    subject_hash bytea NOT NULL,
    key_id bytea NOT NULL,
    blinded_hash bytea NOT NULL,
    CONSTRAINT credential_issue_pkey PRIMARY KEY (wave_id, subject_hash),
    CONSTRAINT credential_issue_key_fkey FOREIGN KEY (wave_id, key_id) REFERENCES credential_key (wave_id, key_id),
    CONSTRAINT credential_issue_hashes CHECK (length(subject_hash) = 32 AND length(blinded_hash) = 32)
);
"""


class Migration(migrations.Migration):
    """Adds the ways and what each of them keeps."""

    dependencies = [("survey", "0017_programmes_and_waves")]

    operations = [RunSQL(sql) for sql in (COLLECTORS, SLIPS, CREDENTIALS)]
