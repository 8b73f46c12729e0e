"""What every subtree used, kept as sums, so that the whole union's figures are a few rows."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

# By the path and not by the unit: sums follow also while units are learnt anew and those above are not known yet.
SUBTREES = """
-- With what is counted of a much used material, so that nothing but the index is read.
DROP INDEX reuse_asset_idx;
CREATE INDEX reuse_asset_idx ON reuse (asset_id, at DESC, id DESC) INCLUDE (unit_id, kind);

CREATE TABLE reuse_subtree (
    path text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    month date NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT reuse_subtree_pkey PRIMARY KEY (path, kind, month)
);

-- Adds what units used by themselves to their own subtree, to all above it, and to the whole, whose path is empty.
CREATE FUNCTION reuse_subtree_add(paths text[], kinds text[], months date[], numbers bigint[]) RETURNS void
LANGUAGE sql AS $$
    -- In one order, or two statements could wait for each other.
    INSERT INTO reuse_subtree (path, kind, month, number)
        SELECT left(told.path, stop), told.kind, told.month, sum(told.number)
        FROM unnest(paths, kinds, months, numbers) AS told (path, kind, month, number)
        CROSS JOIN LATERAL generate_series(0, length(told.path), 5) AS stop
        GROUP BY 1, 2, 3 HAVING sum(told.number) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT ON CONSTRAINT reuse_subtree_pkey DO UPDATE SET number = reuse_subtree.number + excluded.number;
$$;

CREATE OR REPLACE FUNCTION reuse_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reuse_month (unit_id, kind, month, number)
        SELECT unit_id, kind, reuse_month_of(at), count(*) FROM added WHERE unit_id IS NOT NULL
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT ON CONSTRAINT reuse_month_pkey DO UPDATE SET number = reuse_month.number + excluded.number;
    PERFORM reuse_subtree_add(array_agg(unit.path), array_agg(added.kind), array_agg(reuse_month_of(added.at)),
                              array_agg(1::bigint))
        FROM added JOIN unit ON unit.id = added.unit_id HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- Units come, go and move: what they used goes with them.
CREATE FUNCTION reuse_follows_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM reuse_subtree_add(array_agg(gone.path), array_agg(reuse_month.kind), array_agg(month), array_agg(-reuse_month.number))
            FROM gone JOIN reuse_month ON reuse_month.unit_id = gone.id HAVING count(*) > 0;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM reuse_subtree_add(array_agg(come.path), array_agg(reuse_month.kind), array_agg(month), array_agg(reuse_month.number))
            FROM come JOIN reuse_month ON reuse_month.unit_id = come.id HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reuse_follows_new_units AFTER INSERT ON unit REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION reuse_follows_units();
CREATE TRIGGER reuse_follows_gone_units AFTER DELETE ON unit REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION reuse_follows_units();
CREATE TRIGGER reuse_follows_moved_units AFTER UPDATE ON unit REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION reuse_follows_units();

SELECT reuse_subtree_add(array_agg(path), array_agg(reuse_month.kind), array_agg(month), array_agg(reuse_month.number))
    FROM reuse_month JOIN unit ON unit.id = reuse_month.unit_id HAVING count(*) > 0;
"""


class Migration(migrations.Migration):
    """Sums of subtrees."""

    dependencies = [("media_archive", "0017_embedded"), ("media_archive", "0016_coverage")]

    operations = [RunSQL(SUBTREES)]
