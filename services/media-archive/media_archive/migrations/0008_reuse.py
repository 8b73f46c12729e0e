"""Who used which material where, and which material was adapted from which."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# No reference to units (their read model may be learnt again) nor to materials (a purged one was used all the same).
# Where units stand is read from `unit`: a reorganisation moves no entry.
REUSE = """
CREATE FUNCTION reuse_day_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (at AT TIME ZONE INTERVAL '7 hours')::date $$;
CREATE FUNCTION reuse_month_of(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT date_trunc('month', at AT TIME ZONE INTERVAL '7 hours')::date $$;

CREATE TABLE reuse (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reuse_pkey PRIMARY KEY,
    asset_id uuid NOT NULL,
    version integer NOT NULL,
    unit_id uuid,
    subject text,
    kind text NOT NULL,
    channel_id text NOT NULL DEFAULT '',
    campaign text NOT NULL DEFAULT '',
    link text NOT NULL DEFAULT '',
    is_trace boolean NOT NULL DEFAULT false,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT reuse_kind_known CHECK (kind IN ('download', 'share', 'embed', 'publication')),
    CONSTRAINT reuse_version_positive CHECK (version > 0),
    CONSTRAINT reuse_names_its_unit CHECK (unit_id IS NOT NULL OR is_trace AND kind IN ('download', 'embed')),
    CONSTRAINT reuse_told_by_somebody CHECK (is_trace = (subject IS NULL)),
    CONSTRAINT reuse_texts_length CHECK (length(channel_id) <= 64 AND length(campaign) <= 200 AND length(link) <= 2000)
);
CREATE INDEX reuse_asset_idx ON reuse (asset_id, at DESC, id DESC);
CREATE INDEX reuse_unit_idx ON reuse (unit_id, at DESC, id DESC);
CREATE INDEX reuse_newest_idx ON reuse (at DESC, id DESC);
CREATE INDEX reuse_subject_idx ON reuse (subject) WHERE subject IS NOT NULL;
CREATE UNIQUE INDEX reuse_trace_once_a_day ON reuse (asset_id, version, unit_id, kind, reuse_day_of(at))
    NULLS NOT DISTINCT WHERE is_trace;

-- Of how much each unit used, so that a subtree is a sum of few rows.
CREATE TABLE reuse_month (
    unit_id uuid NOT NULL,
    kind text NOT NULL,
    month date NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT reuse_month_pkey PRIMARY KEY (unit_id, kind, month),
    CONSTRAINT reuse_month_counts_something CHECK (number > 0)
);
CREATE FUNCTION reuse_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- In one order, or two statements of many rows each could wait for each other.
    INSERT INTO reuse_month (unit_id, kind, month, number)
        SELECT unit_id, kind, reuse_month_of(at), count(*) FROM added WHERE unit_id IS NOT NULL
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT ON CONSTRAINT reuse_month_pkey DO UPDATE SET number = reuse_month.number + excluded.number;
    RETURN NULL;
END $$;
CREATE TRIGGER reuse_is_counted AFTER INSERT ON reuse REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reuse_is_counted();

-- Entries are only ever added; whose account told one may be forgotten, as in the audit trail.
REVOKE UPDATE, DELETE, TRUNCATE ON reuse FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON reuse FROM %I', current_user);
    EXECUTE format('GRANT UPDATE (subject) ON reuse TO %I', current_user);
END $$;
CREATE FUNCTION reuse_only_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.subject !~ '^erased:[0-9a-f-]{36}$' OR OLD.subject LIKE 'erased:%'
        OR to_jsonb(NEW) - 'subject' IS DISTINCT FROM to_jsonb(OLD) - 'subject'
    THEN
        RAISE EXCEPTION 'an entry of reuse can only forget who was erased'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reuse_only_forgets';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reuse_only_forgets BEFORE UPDATE ON reuse FOR EACH ROW EXECUTE FUNCTION reuse_only_forgets();
"""

DERIVATIONS = """
CREATE TABLE derivation (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT derivation_pkey PRIMARY KEY,
    asset_id uuid NOT NULL CONSTRAINT derivation_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    source_id uuid NOT NULL CONSTRAINT derivation_source_fkey REFERENCES asset (id) ON DELETE CASCADE,
    linked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT derivation_source_once UNIQUE (asset_id, source_id),
    CONSTRAINT derivation_not_of_itself CHECK (asset_id <> source_id)
);
CREATE INDEX derivation_source_idx ON derivation (source_id, id DESC);

-- Who adds links holds the service's one lock for them, so that no other link comes in between.
CREATE FUNCTION derivation_no_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT NEW.source_id
            UNION SELECT derivation.source_id FROM derivation JOIN above ON derivation.asset_id = above.id)
        SELECT FROM above WHERE id = NEW.asset_id)
    THEN
        RAISE EXCEPTION 'a material would be adapted from itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'derivation_no_ring';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER derivation_no_ring AFTER INSERT OR UPDATE ON derivation
    FOR EACH ROW EXECUTE FUNCTION derivation_no_ring();
"""


# What the trail tells of: rate cards and counts of materials are told of their unit.
AUDIT = """
ALTER TABLE audit DROP CONSTRAINT audit_kind_known;
ALTER TABLE audit ADD CONSTRAINT audit_kind_known
    CHECK (kind IN ('asset', 'collection', 'quarantined_file', 'unit', 'author'));
"""


class Migration(migrations.Migration):
    """Reuse and derivations."""

    dependencies = [("media_archive", "0007_collections")]

    operations = [RunSQL(REUSE + DERIVATIONS + AUDIT)]
