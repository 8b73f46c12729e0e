"""Rights in materials, consents of people shown, links to outside, and requests for access."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

LICENCES = """
CREATE TABLE licence (
    code text CONSTRAINT licence_pkey PRIMARY KEY,
    vi text NOT NULL,
    en text NOT NULL,
    url text,
    position integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT licence_ends_after_it_begins CHECK (valid_to > valid_from)
);
INSERT INTO licence (position, code, valid_from, vi, en, url) VALUES
    (1, 'unknown', '-infinity', 'Chưa rõ', 'Not known', NULL),
    (2, 'own_work', '-infinity', 'Sản phẩm của công đoàn', 'The union''s own work', NULL),
    (3, 'permission', '-infinity', 'Của bên khác, đã được phép dùng', 'Of somebody else, with permission', NULL),
    (4, 'restricted', '-infinity', 'Của bên khác, chỉ lưu giữ', 'Of somebody else, only kept', NULL),
    (5, 'official_text', '-infinity', 'Văn bản chính thức, không có bản quyền', 'Official text, no copyright', NULL),
    (6, 'public_domain', '-infinity', 'Thuộc về công chúng', 'Public domain', NULL),
    (7, 'cc0_1', '2009-01-01', 'CC0 1.0', 'CC0 1.0', 'https://creativecommons.org/publicdomain/zero/1.0/'),
    (8, 'cc_by_4', '2013-11-25', 'CC BY 4.0 (ghi tên tác giả)', 'CC BY 4.0 (name the author)',
        'https://creativecommons.org/licenses/by/4.0/'),
    (9, 'cc_by_sa_4', '2013-11-25', 'CC BY-SA 4.0 (ghi tên, chia sẻ như cũ)', 'CC BY-SA 4.0 (share alike)',
        'https://creativecommons.org/licenses/by-sa/4.0/'),
    (10, 'cc_by_nc_4', '2013-11-25', 'CC BY-NC 4.0 (phi thương mại)', 'CC BY-NC 4.0 (not commercially)',
        'https://creativecommons.org/licenses/by-nc/4.0/'),
    (11, 'cc_by_nd_4', '2013-11-25', 'CC BY-ND 4.0 (không sửa đổi)', 'CC BY-ND 4.0 (unchanged)',
        'https://creativecommons.org/licenses/by-nd/4.0/'),
    (12, 'cc_by_nc_sa_4', '2013-11-25', 'CC BY-NC-SA 4.0', 'CC BY-NC-SA 4.0',
        'https://creativecommons.org/licenses/by-nc-sa/4.0/'),
    (13, 'cc_by_nc_nd_4', '2013-11-25', 'CC BY-NC-ND 4.0', 'CC BY-NC-ND 4.0',
        'https://creativecommons.org/licenses/by-nc-nd/4.0/');

ALTER TABLE asset
    ADD COLUMN licence text NOT NULL DEFAULT 'unknown' CONSTRAINT asset_licence_known REFERENCES licence (code),
    ADD COLUMN rights_holder text NOT NULL DEFAULT '',
    ADD COLUMN rights_until date,
    ADD CONSTRAINT asset_rights_holder_length CHECK (length(rights_holder) <= 300);
CREATE INDEX asset_rights_until_idx ON asset (rights_until) WHERE rights_until IS NOT NULL;
"""

CONSENTS = """
CREATE TABLE consent (
    id uuid CONSTRAINT consent_pkey PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    asset_id uuid NOT NULL CONSTRAINT consent_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    -- Who agreed. The account, where there is one, lets org's news of an erased person find the row.
    person text,
    account text,
    is_minor boolean NOT NULL,
    guardian text,
    scope text NOT NULL,
    named_use text NOT NULL DEFAULT '',
    given_on date NOT NULL,
    until date,
    proof_id uuid CONSTRAINT consent_proof_known REFERENCES asset (id) ON DELETE SET NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz,
    settled_at timestamptz,
    settled_why text,
    erased_at timestamptz,
    CONSTRAINT consent_scope_known CHECK (scope IN ('internal', 'union', 'public', 'named')),
    CONSTRAINT consent_named_use_told CHECK ((scope = 'named') = (named_use <> '')),
    CONSTRAINT consent_minor_has_guardian CHECK (NOT is_minor OR guardian IS NOT NULL OR erased_at IS NOT NULL),
    CONSTRAINT consent_names_somebody CHECK (
        (person IS NULL) = (erased_at IS NOT NULL) AND (erased_at IS NULL OR (guardian IS NULL AND account IS NULL))),
    CONSTRAINT consent_ends_after_it_began CHECK (until > given_on),
    CONSTRAINT consent_settled_says_why CHECK ((settled_at IS NULL) = (settled_why IS NULL)),
    CONSTRAINT consent_erased_is_withdrawn CHECK (erased_at IS NULL OR withdrawn_at IS NOT NULL)
);
CREATE INDEX consent_asset_idx ON consent (asset_id, number);
CREATE INDEX consent_until_idx ON consent (until) WHERE until IS NOT NULL AND settled_at IS NULL;
CREATE INDEX consent_proof_idx ON consent (proof_id) WHERE proof_id IS NOT NULL;
CREATE INDEX consent_account_idx ON consent (account) WHERE account IS NOT NULL;

-- How many may see something: of visibilities, and of the scopes that people agree to.
CREATE FUNCTION reach_of(code text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE code WHEN 'private' THEN 0 WHEN 'unit' THEN 1 WHEN 'subtree' THEN 2 WHEN 'internal' THEN 2
        WHEN 'named' THEN 2 WHEN 'union' THEN 3 ELSE 4 END $$;

CREATE FUNCTION consent_reaches_visibility() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE concerned uuid := CASE TG_TABLE_NAME WHEN 'asset' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'asset_id')::uuid END;
BEGIN
    IF EXISTS (SELECT FROM consent JOIN asset ON asset.id = consent.asset_id
               WHERE asset.id = concerned AND consent.settled_at IS NULL
                 AND reach_of(consent.scope) < reach_of(asset.visibility))
    THEN
        RAISE EXCEPTION 'somebody who is shown agreed to less'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consent_reaches_visibility';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_reaches_visibility AFTER INSERT OR UPDATE OF scope, settled_at ON consent
    FOR EACH ROW EXECUTE FUNCTION consent_reaches_visibility();
CREATE TRIGGER consent_reaches_visibility AFTER UPDATE OF visibility ON asset
    FOR EACH ROW WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION consent_reaches_visibility();

CREATE FUNCTION consent_proof_is_private() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE proof uuid := CASE TG_TABLE_NAME WHEN 'asset' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'proof_id')::uuid END;
BEGIN
    IF EXISTS (SELECT FROM consent JOIN asset ON asset.id = consent.proof_id
               WHERE asset.id = proof AND asset.visibility <> 'private')
    THEN
        RAISE EXCEPTION 'the proof of a consent is private'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'consent_proof_is_private';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_proof_is_private AFTER INSERT OR UPDATE OF proof_id ON consent
    FOR EACH ROW EXECUTE FUNCTION consent_proof_is_private();
CREATE TRIGGER consent_proof_is_private AFTER UPDATE OF visibility ON asset
    FOR EACH ROW WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION consent_proof_is_private();
"""

SHARING = """
CREATE TABLE share_link (
    id uuid CONSTRAINT share_link_pkey PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    asset_id uuid NOT NULL CONSTRAINT share_link_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    -- Of a random secret that only those have who were given the link.
    secret_hash bytea NOT NULL CONSTRAINT share_link_secret_unique UNIQUE,
    label text NOT NULL DEFAULT '',
    made_by text NOT NULL,
    with_original boolean NOT NULL,
    origins text[] NOT NULL DEFAULT '{}',
    password_salt bytea,
    password_hash bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    most_uses integer,
    uses integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    tries_since timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT share_link_secret_length CHECK (length(secret_hash) = 32),
    CONSTRAINT share_link_label_length CHECK (length(label) <= 200),
    CONSTRAINT share_link_password_whole CHECK ((password_salt IS NULL) = (password_hash IS NULL)),
    CONSTRAINT share_link_embeds_without_password CHECK (cardinality(origins) = 0 OR password_hash IS NULL),
    CONSTRAINT share_link_origins_bounded CHECK (cardinality(origins) <= 10),
    CONSTRAINT share_link_expires_later CHECK (expires_at > created_at),
    CONSTRAINT share_link_uses_bounded CHECK (uses >= 0 AND most_uses > 0 AND uses <= most_uses),
    CONSTRAINT share_link_tries_counted CHECK (tries >= 0)
);
CREATE INDEX share_link_asset_idx ON share_link (asset_id, number);
CREATE INDEX share_link_expires_idx ON share_link (expires_at) WHERE revoked_at IS NULL;

-- One browser that opened a link and has loaded something through it: counted once.
CREATE TABLE share_visit (
    link_id uuid NOT NULL CONSTRAINT share_visit_link_fkey REFERENCES share_link (id) ON DELETE CASCADE,
    visit uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT share_visit_pkey PRIMARY KEY (link_id, visit)
);
CREATE INDEX share_visit_at_idx ON share_visit (at);

-- No reference to the asset: whoever asks is not told whether there is one.
CREATE TABLE access_request (
    id uuid CONSTRAINT access_request_pkey PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    asset_id uuid NOT NULL,
    subject text NOT NULL,
    unit_id uuid NOT NULL,
    reason text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    asked_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    answered_by text,
    answer text NOT NULL DEFAULT '',
    until date,
    CONSTRAINT access_request_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
    CONSTRAINT access_request_state_known CHECK (state IN ('open', 'accepted', 'declined')),
    CONSTRAINT access_request_answered_by_somebody CHECK (
        (state = 'open') = (answered_at IS NULL) AND (state = 'open') = (answered_by IS NULL)),
    CONSTRAINT access_request_declined_with_a_reason CHECK (state <> 'declined' OR answer <> ''),
    CONSTRAINT access_request_until_when_accepted CHECK (until IS NULL OR state = 'accepted')
);
CREATE UNIQUE INDEX access_request_one_open ON access_request (asset_id, subject) WHERE state = 'open';
CREATE INDEX access_request_asset_idx ON access_request (asset_id, number);
CREATE INDEX access_request_subject_idx ON access_request (subject, number);
"""

EXPIRY = """
CREATE VIEW expiring AS
    SELECT 'rights' AS kind, id::text AS thing_id, id AS asset_id, rights_until AS ends_on FROM asset
        WHERE rights_until IS NOT NULL AND state = 'kept'
    UNION ALL SELECT 'lease', id::text, id, lease_until FROM asset WHERE lease_until IS NOT NULL AND state = 'kept'
    UNION ALL SELECT 'consent', id::text, asset_id, until FROM consent
        WHERE until IS NOT NULL AND settled_at IS NULL AND withdrawn_at IS NULL
    UNION ALL SELECT 'grant', asset_id || '/' || unit_id, asset_id, until FROM asset_grant WHERE until IS NOT NULL
    UNION ALL SELECT 'link', id::text, asset_id, (expires_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM share_link
        WHERE revoked_at IS NULL;

CREATE TABLE expiry_notice (
    kind text NOT NULL,
    thing_id text NOT NULL,
    ends_on date NOT NULL,
    days integer NOT NULL,
    told_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT expiry_notice_pkey PRIMARY KEY (kind, thing_id, ends_on, days)
);
"""


class Migration(migrations.Migration):
    """Rights, consents, links, requests."""

    dependencies = [("media_archive", "0012_oai")]

    operations = [RunSQL(LICENCES + CONSENTS + SHARING + EXPIRY)]
