"""Royalties: dated rate cards, authors with their shares, and what is owed for each publication."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Coefficients are in hundredths, shares in hundredths of a percent, money in whole dong: no fraction is ever kept.
RATES = """
CREATE TABLE royalty_rate (
    id uuid CONSTRAINT royalty_rate_pkey PRIMARY KEY,
    unit_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT royalty_rate_kind_known REFERENCES asset_kind (code),
    valid_from date NOT NULL,
    valid_to date,
    coefficient integer NOT NULL,
    unit_value bigint NOT NULL,
    basis text NOT NULL DEFAULT '',
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT royalty_rate_holds_a_day CHECK (valid_to > valid_from),
    CONSTRAINT royalty_rate_coefficient_bounded CHECK (coefficient BETWEEN 1 AND 100000),
    CONSTRAINT royalty_rate_unit_value_bounded CHECK (unit_value BETWEEN 100 AND 1000000000),
    CONSTRAINT royalty_rate_basis_length CHECK (length(basis) <= 300),
    CONSTRAINT royalty_rate_one_a_day
        EXCLUDE USING gist (unit_id WITH =, kind WITH =, daterange(valid_from, valid_to) WITH &&)
);
"""

# A name is there until it is erased; what was paid to whom stays countable without it.
AUTHORS = """
CREATE TABLE author (
    id uuid CONSTRAINT author_pkey PRIMARY KEY,
    unit_id uuid NOT NULL,
    name text,
    subject text,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    CONSTRAINT author_named_until_erased CHECK ((erased_at IS NULL) = (name IS NOT NULL)),
    CONSTRAINT author_erased_has_no_account CHECK (erased_at IS NULL OR subject IS NULL),
    CONSTRAINT author_name_length CHECK (length(name) BETWEEN 1 AND 200)
);
CREATE INDEX author_unit_idx ON author (unit_id, added_at, id);
CREATE UNIQUE INDEX author_account_once ON author (unit_id, subject) WHERE subject IS NOT NULL;

CREATE TABLE asset_author (
    asset_id uuid NOT NULL CONSTRAINT asset_author_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    author_id uuid NOT NULL CONSTRAINT asset_author_author_fkey REFERENCES author (id),
    share integer NOT NULL,
    CONSTRAINT asset_author_pkey PRIMARY KEY (asset_id, author_id),
    CONSTRAINT asset_author_share_bounded CHECK (share BETWEEN 1 AND 10000)
);
CREATE INDEX asset_author_author_idx ON asset_author (author_id);
CREATE FUNCTION asset_author_shares_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.asset_id ELSE NEW.asset_id END;
BEGIN
    IF (SELECT sum(share) FROM asset_author WHERE asset_id = changed) <> 10000 THEN
        RAISE EXCEPTION 'the shares of a material''s authors are not 100 %%'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'asset_author_shares_sum';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER asset_author_shares_sum AFTER INSERT OR UPDATE OR DELETE ON asset_author
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION asset_author_shares_sum();
"""

# Of a publication, what is owed (odd numbers) and, when that was wrong, its reversal (even ones), by turns.
CHARGES = """
CREATE TABLE royalty_charge (
    id uuid CONSTRAINT royalty_charge_pkey PRIMARY KEY,
    reuse_id bigint NOT NULL CONSTRAINT royalty_charge_of_a_publication REFERENCES reuse (id),
    number integer NOT NULL,
    unit_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    kind text NOT NULL,
    published_on date NOT NULL,
    rate_id uuid NOT NULL CONSTRAINT royalty_charge_by_a_rate REFERENCES royalty_rate (id),
    coefficient integer NOT NULL,
    unit_value bigint NOT NULL,
    amount bigint NOT NULL,
    note text NOT NULL DEFAULT '',
    subject text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT royalty_charge_in_turn UNIQUE (reuse_id, number),
    CONSTRAINT royalty_charge_counted_from_one CHECK (number >= 1),
    CONSTRAINT royalty_charge_or_reversal CHECK (amount <> 0 AND (number % 2 = 1) = (amount > 0)),
    CONSTRAINT royalty_charge_note_length CHECK (length(note) <= 300)
);
CREATE INDEX royalty_charge_statement_idx ON royalty_charge (unit_id, published_on, recorded_at);

CREATE TABLE royalty_line (
    charge_id uuid NOT NULL CONSTRAINT royalty_line_charge_fkey REFERENCES royalty_charge (id),
    author_id uuid NOT NULL CONSTRAINT royalty_line_author_fkey REFERENCES author (id),
    share integer NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT royalty_line_pkey PRIMARY KEY (charge_id, author_id)
);
CREATE INDEX royalty_line_author_idx ON royalty_line (author_id);
CREATE FUNCTION royalty_lines_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := CASE WHEN TG_TABLE_NAME = 'royalty_line' THEN (to_jsonb(NEW) ->> 'charge_id')::uuid
                    ELSE (to_jsonb(NEW) ->> 'id')::uuid END;
BEGIN
    IF (SELECT amount FROM royalty_charge WHERE id = changed)
        IS DISTINCT FROM (SELECT sum(amount) FROM royalty_line WHERE charge_id = changed)
    THEN
        RAISE EXCEPTION 'what the authors get is not what is owed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'royalty_lines_sum';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER royalty_lines_sum AFTER INSERT ON royalty_charge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION royalty_lines_sum();
CREATE CONSTRAINT TRIGGER royalty_lines_sum AFTER INSERT ON royalty_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION royalty_lines_sum();

-- What was owed is corrected by a reversal and never rewritten; whose account told of it may be forgotten.
REVOKE UPDATE, DELETE, TRUNCATE ON royalty_charge, royalty_line FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON royalty_charge, royalty_line FROM %I', current_user);
    EXECUTE format('GRANT UPDATE (subject) ON royalty_charge TO %I', current_user);
END $$;
CREATE FUNCTION royalty_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'subject' IS DISTINCT FROM to_jsonb(OLD) - 'subject'
        OR coalesce(to_jsonb(NEW) ->> 'subject', '') !~ '^erased:[0-9a-f-]{36}$'
    THEN
        RAISE EXCEPTION 'what was owed is corrected by a reversal'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'royalty_is_kept';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER royalty_is_kept BEFORE UPDATE ON royalty_charge FOR EACH ROW EXECUTE FUNCTION royalty_is_kept();
CREATE TRIGGER royalty_is_kept BEFORE UPDATE ON royalty_line FOR EACH ROW EXECUTE FUNCTION royalty_is_kept();
"""


class Migration(migrations.Migration):
    """Royalties."""

    dependencies = [("media_archive", "0014_near_duplicates")]

    operations = [RunSQL(RATES + AUTHORS + CHARGES)]
