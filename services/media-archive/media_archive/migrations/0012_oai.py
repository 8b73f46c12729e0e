"""What harvesters are told of: each material that is or ever was public, in the order of changes."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Without reference to the material: that one was public is remembered after it is purged.
OAI = """
CREATE SEQUENCE oai_record_number;
CREATE TABLE oai_record (
    asset_id uuid CONSTRAINT oai_record_pkey PRIMARY KEY,
    number bigint NOT NULL CONSTRAINT oai_record_number_key UNIQUE,
    datestamp timestamptz NOT NULL,
    is_deleted boolean NOT NULL,
    unit_path text COLLATE "C" NOT NULL,
    CONSTRAINT oai_record_whole_seconds CHECK (date_trunc('second', datestamp) = datestamp)
);
CREATE INDEX oai_record_order_idx ON oai_record (datestamp, number);
CREATE INDEX oai_record_unit_idx ON oai_record (unit_path, datestamp, number);

-- How far in the log of changes the records are, and as of which day: embargoes and leases end without a change.
CREATE TABLE oai_progress (
    single boolean CONSTRAINT oai_progress_pkey PRIMARY KEY DEFAULT true,
    change_number bigint NOT NULL DEFAULT 0,
    day date NOT NULL DEFAULT '1929-07-28',
    CONSTRAINT oai_progress_one_row CHECK (single)
);
INSERT INTO oai_progress DEFAULT VALUES;
"""

# A public collection is a set: who comes into it or leaves it changes, also for harvesters.
COLLECTIONS = """
CREATE FUNCTION collected_in_public() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid[];
BEGIN
    IF TG_TABLE_NAME = 'collection' THEN
        changed := ARRAY(SELECT asset_id FROM collection_item WHERE collection_id = NEW.id);
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY(SELECT NEW.asset_id FROM collection WHERE id = NEW.collection_id AND visibility = 'public');
    ELSE
        changed := ARRAY(SELECT OLD.asset_id FROM collection WHERE id = OLD.collection_id AND visibility = 'public');
    END IF;
    IF cardinality(changed) > 0 THEN
        -- The lock under which all numbers of this log are given out.
        PERFORM pg_advisory_xact_lock(7421101);
        INSERT INTO asset_change (asset_id) SELECT unnest(changed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER collected_in_public AFTER INSERT OR DELETE ON collection_item
    FOR EACH ROW EXECUTE FUNCTION collected_in_public();
CREATE TRIGGER collected_in_public AFTER UPDATE OF visibility ON collection
    FOR EACH ROW WHEN (OLD.visibility <> NEW.visibility AND 'public' IN (OLD.visibility, NEW.visibility))
    EXECUTE FUNCTION collected_in_public();
"""


class Migration(migrations.Migration):
    """Records for harvesters."""

    dependencies = [("media_archive", "0011_search_log")]

    operations = [RunSQL(OAI + COLLECTIONS)]
