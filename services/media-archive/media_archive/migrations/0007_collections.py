"""Collections of materials, and what a person marks for themself: favourites and saved searches."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# A collection's depth is one more than that of the one it stands in, and the reference holds both: moving a collection
# moves all below it, and a ring would have to be deeper than itself, until the bound on the depth refuses it.
COLLECTIONS = """
CREATE TABLE collection (
    id uuid CONSTRAINT collection_pkey PRIMARY KEY,
    unit_id uuid NOT NULL,
    unit_path text COLLATE "C" NOT NULL,
    parent_id uuid,
    parent_depth integer,
    depth integer NOT NULL GENERATED ALWAYS AS (coalesce(parent_depth, 0) + 1) STORED,
    title text NOT NULL,
    sort_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (vi_fold(title)) STORED,
    description text NOT NULL DEFAULT '',
    visibility text NOT NULL,
    cover_asset_id uuid,
    item_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT collection_depth_key UNIQUE (id, depth),
    CONSTRAINT collection_depth_bounded CHECK (depth BETWEEN 1 AND 5),
    CONSTRAINT collection_inside FOREIGN KEY (parent_id, parent_depth) REFERENCES collection (id, depth)
        MATCH FULL ON UPDATE CASCADE,
    CONSTRAINT collection_unit_path_labels CHECK (length(unit_path) > 0 AND length(unit_path) % 5 = 0),
    CONSTRAINT collection_title_length CHECK (length(title) BETWEEN 1 AND 300),
    CONSTRAINT collection_description_length CHECK (length(description) <= 10000),
    CONSTRAINT collection_visibility_known CHECK (visibility IN ('private', 'unit', 'subtree', 'union', 'public')),
    CONSTRAINT collection_items_bounded CHECK (item_count BETWEEN 0 AND 5000)
);
CREATE INDEX collection_parent_idx ON collection (parent_id, sort_key, id);
CREATE INDEX collection_unit_path_idx ON collection (unit_path);
CREATE INDEX collection_unit_idx ON collection (unit_id);
CREATE INDEX collection_order_idx ON collection (sort_key, id);

CREATE TABLE collection_item (
    collection_id uuid NOT NULL CONSTRAINT collection_item_collection_fkey REFERENCES collection (id) ON DELETE CASCADE,
    asset_id uuid NOT NULL CONSTRAINT collection_item_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT collection_item_pkey PRIMARY KEY (collection_id, asset_id),
    -- Deferrable, so that all can be numbered anew in one statement.
    CONSTRAINT collection_item_position_key UNIQUE (collection_id, position) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE INDEX collection_item_asset_idx ON collection_item (asset_id);
ALTER TABLE collection ADD CONSTRAINT collection_cover_is_an_item
    FOREIGN KEY (id, cover_asset_id) REFERENCES collection_item (collection_id, asset_id)
    ON DELETE SET NULL (cover_asset_id);

CREATE FUNCTION collection_item_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE collection SET item_count = item_count + 1 WHERE id = NEW.collection_id;
    ELSE
        UPDATE collection SET item_count = item_count - 1 WHERE id = OLD.collection_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER collection_item_counted AFTER INSERT OR DELETE ON collection_item
    FOR EACH ROW EXECUTE FUNCTION collection_item_counted();

ALTER TABLE audit DROP CONSTRAINT audit_kind_known;
ALTER TABLE audit ADD CONSTRAINT audit_kind_known CHECK (kind IN ('asset', 'collection', 'quarantined_file'));
"""

# Rows of a person, found by the account; they are deleted when the person is forgotten.
PERSONAL = """
CREATE TABLE favourite (
    subject text NOT NULL,
    asset_id uuid NOT NULL CONSTRAINT favourite_asset_fkey REFERENCES asset (id) ON DELETE CASCADE,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT favourite_pkey PRIMARY KEY (subject, asset_id)
);
CREATE INDEX favourite_newest_idx ON favourite (subject, added_at DESC, asset_id DESC);
CREATE INDEX favourite_asset_idx ON favourite (asset_id);

CREATE TABLE saved_search (
    id uuid CONSTRAINT saved_search_pkey PRIMARY KEY,
    subject text NOT NULL,
    -- Each search of a person has a place of its own among fifty, so that there are never more.
    place integer NOT NULL,
    name text NOT NULL,
    question text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT saved_search_place_key UNIQUE (subject, place),
    CONSTRAINT saved_search_place_bounded CHECK (place BETWEEN 1 AND 50),
    CONSTRAINT saved_search_name_length CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT saved_search_question_length CHECK (length(question) BETWEEN 1 AND 2000)
);
"""


class Migration(migrations.Migration):
    """Adds collections, favourites and saved searches."""

    dependencies = [("media_archive", "0006_sight_and_versions")]

    operations = [RunSQL(COLLECTIONS + PERSONAL)]
