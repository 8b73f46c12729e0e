"""How many plain materials there are on each topic, kept as sums, so that a gap list reads some thousand rows."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# Plain is what anybody sees, or not, by its visibility alone: kept, not hidden, without an embargo or a lease. All
# else is rare, depends on the day, and is counted when it is asked for.
CELLS = """
CREATE TABLE topic_cell (
    -- The top of the branch that its unit stands in.
    top text COLLATE "C" NOT NULL,
    visibility text NOT NULL,
    topic text NOT NULL,
    kind text NOT NULL,
    -- First day of the month in which the materials were made.
    month date NOT NULL,
    age_bands text[] NOT NULL,
    genders text[] NOT NULL,
    regions text[] NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT topic_cell_pkey PRIMARY KEY (top, visibility, topic, kind, month, age_bands, genders, regions)
);

-- What is not yet added up: nobody waits for anybody to write here. A job adds it to the cells.
CREATE TABLE topic_cell_change (LIKE topic_cell);

CREATE FUNCTION topic_cells_change(counted asset, ages text[], genders text[], regions text[], number integer)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO topic_cell_change (top, visibility, topic, kind, month, age_bands, genders, regions, number)
        SELECT left(counted.unit_path, 5), counted.visibility, topic, counted.kind,
            counted.created_on - (extract(day FROM counted.created_on)::integer - 1),
            coalesce(ages, '{}'), coalesce(genders, '{}'), coalesce(regions, '{}'), number
        FROM unnest(counted.topics) AS topic
        WHERE counted.state = 'kept' AND counted.hidden IS NULL
          AND counted.embargo_until IS NULL AND counted.lease_until IS NULL;
$$;

CREATE FUNCTION asset_topics_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE about asset_about;
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- For whom it is made is said afterwards, and counted then.
        PERFORM topic_cells_change(NEW, '{}', '{}', '{}', 1);
        RETURN NULL;
    END IF;
    SELECT * INTO about FROM asset_about WHERE asset_id = OLD.id;
    PERFORM topic_cells_change(OLD, about.age_bands, about.genders, about.regions, -1);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    PERFORM topic_cells_change(NEW, about.age_bands, about.genders, about.regions, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER asset_topics_counted_new AFTER INSERT ON asset
    FOR EACH ROW WHEN (NEW.topics <> '{}') EXECUTE FUNCTION asset_topics_counted();
CREATE TRIGGER asset_topics_counted_changed AFTER UPDATE ON asset FOR EACH ROW
    WHEN ((OLD.topics, OLD.kind, OLD.visibility, OLD.state, OLD.hidden, OLD.embargo_until, OLD.lease_until,
           OLD.created_on, left(OLD.unit_path, 5))
          IS DISTINCT FROM (NEW.topics, NEW.kind, NEW.visibility, NEW.state, NEW.hidden, NEW.embargo_until,
                            NEW.lease_until, NEW.created_on, left(NEW.unit_path, 5)))
    EXECUTE FUNCTION asset_topics_counted();
-- Before it goes, as what is said about it goes with it.
CREATE TRIGGER asset_topics_counted_gone BEFORE DELETE ON asset
    FOR EACH ROW WHEN (OLD.topics <> '{}') EXECUTE FUNCTION asset_topics_counted();

CREATE FUNCTION asset_about_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE counted asset;
BEGIN
    -- Locked: who changes the material at this moment did so before, or waits and then reads what is said now.
    SELECT * INTO counted FROM asset WHERE id = coalesce(NEW.asset_id, OLD.asset_id) FOR NO KEY UPDATE;
    IF FOUND THEN
        PERFORM topic_cells_change(counted, OLD.age_bands, OLD.genders, OLD.regions, -1);
        PERFORM topic_cells_change(counted, NEW.age_bands, NEW.genders, NEW.regions, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER asset_about_counted_new AFTER INSERT ON asset_about FOR EACH ROW
    WHEN (cardinality(NEW.age_bands) + cardinality(NEW.genders) + cardinality(NEW.regions) > 0)
    EXECUTE FUNCTION asset_about_counted();
CREATE TRIGGER asset_about_counted_changed AFTER UPDATE ON asset_about FOR EACH ROW
    WHEN ((OLD.age_bands, OLD.genders, OLD.regions) IS DISTINCT FROM (NEW.age_bands, NEW.genders, NEW.regions))
    EXECUTE FUNCTION asset_about_counted();
CREATE TRIGGER asset_about_counted_gone AFTER DELETE ON asset_about FOR EACH ROW
    WHEN (cardinality(OLD.age_bands) + cardinality(OLD.genders) + cardinality(OLD.regions) > 0)
    EXECUTE FUNCTION asset_about_counted();

CREATE FUNCTION rebuild_topic_cells() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE asset, asset_about IN SHARE MODE;
    DELETE FROM topic_cell_change;
    DELETE FROM topic_cell;
    INSERT INTO topic_cell (top, visibility, topic, kind, month, age_bands, genders, regions, number)
        SELECT left(unit_path, 5), visibility, topic, kind,
            created_on - (extract(day FROM created_on)::integer - 1), coalesce(age_bands, '{}'),
            coalesce(genders, '{}'), coalesce(regions, '{}'), count(*)
        FROM asset LEFT JOIN asset_about ON asset_about.asset_id = asset.id CROSS JOIN LATERAL unnest(topics) AS topic
        WHERE state = 'kept' AND hidden IS NULL AND embargo_until IS NULL AND lease_until IS NULL
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
$$;
SELECT rebuild_topic_cells();

CREATE INDEX asset_made_idx ON asset (created_on) WHERE topics <> '{}';
CREATE INDEX asset_not_plain_idx ON asset (id)
    WHERE state = 'kept' AND topics <> '{}' AND (hidden IS NOT NULL OR embargo_until IS NOT NULL OR lease_until IS NOT NULL);
"""


class Migration(migrations.Migration):
    """Adds the sums of materials on topics."""

    dependencies = [("media_archive", "0024_search_notices")]

    operations = [RunSQL(CELLS)]
