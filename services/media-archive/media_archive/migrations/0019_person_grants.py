"""Materials granted to one person until a day; and what is derived is found by its file."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

GRANTS = """
CREATE TABLE person_grant (
    id uuid CONSTRAINT person_grant_pkey PRIMARY KEY,
    asset_id uuid NOT NULL CONSTRAINT person_grant_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    -- Of the person nothing but this is kept.
    account text NOT NULL,
    -- For which unit they asked: where to turn to when somebody who is shown takes a consent back.
    unit_id uuid NOT NULL,
    until date NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT person_grant_once UNIQUE (asset_id, account)
);
CREATE INDEX person_grant_account_idx ON person_grant (account, asset_id);
CREATE INDEX person_grant_until_idx ON person_grant (until);

ALTER TABLE access_request
    ADD COLUMN granted_to text,
    ADD CONSTRAINT access_request_granted_to_known CHECK (granted_to IN ('unit', 'person')),
    ADD CONSTRAINT access_request_granted_when_accepted CHECK (granted_to IS NULL OR state = 'accepted');

CREATE OR REPLACE VIEW expiring AS
    SELECT 'rights' AS kind, id::text AS thing_id, id AS asset_id, rights_until AS ends_on FROM asset
        WHERE rights_until IS NOT NULL AND state = 'kept'
    UNION ALL SELECT 'lease', id::text, id, lease_until FROM asset WHERE lease_until IS NOT NULL AND state = 'kept'
    UNION ALL SELECT 'consent', id::text, asset_id, until FROM consent
        WHERE until IS NOT NULL AND settled_at IS NULL AND withdrawn_at IS NULL
    UNION ALL SELECT 'grant', asset_id || '/' || unit_id, asset_id, until FROM asset_grant WHERE until IS NOT NULL
    UNION ALL SELECT 'grant', id::text, asset_id, until FROM person_grant
    UNION ALL SELECT 'link', id::text, asset_id, (expires_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM share_link
        WHERE revoked_at IS NULL;
"""

# A file that nothing needs any more, or that was found damaged, is looked for among all that was derived.
RENDITIONS = "CREATE INDEX rendition_sha256_idx ON rendition (sha256) WHERE sha256 IS NOT NULL;"


class Migration(migrations.Migration):
    """Grants to persons."""

    dependencies = [("media_archive", "0018_reuse_sums")]

    operations = [RunSQL(GRANTS + RENDITIONS)]
