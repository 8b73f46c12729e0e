"""A single unit that moves takes what stands below it along in one statement, and one that is only renamed nobody.

Nearly every change of the tree is of one unit. What `write_paths_of_units` does for many units at once (which of them is
the deepest above a row, which rows become one) is then known beforehand.
"""

from tortoise import migrations
from tortoise.migrations import operations

ONE_UNIT = """
-- Where a unit stands by its versions, in the order of its days; null where that is not plain: it closes, it has no
-- parent on one of its days, or it stands below itself.
CREATE FUNCTION spells_of_one_unit(changed_id uuid, label text) RETURNS unit_path[] LANGUAGE sql STABLE
  SET plan_cache_mode = force_custom_plan AS $$
  WITH own AS MATERIALIZED (
    SELECT unit_id, parent_id, since, until FROM unit_version WHERE unit_id = changed_id
  ), piece AS (
    SELECT own.unit_id, coalesce(above.path, '') || label AS path, greatest(own.since, above.since) AS since,
           least(own.until, above.until) AS until
    FROM own LEFT JOIN unit_path AS above
      ON above.unit_id = own.parent_id AND above.open AND above.since < own.until AND above.until > own.since
    WHERE own.parent_id IS NULL OR above.unit_id IS NOT NULL
  ), spell AS MATERIALIZED (
    SELECT * FROM merged_spells((SELECT array_agg((unit_id, path, since, until, true)::unit_path) FROM piece))
  )
  SELECT array_agg((unit_id, path, since, until, open)::unit_path ORDER BY since) FROM spell
  HAVING max(until) = 'infinity' AND NOT bool_or(position(label IN left(path, -5)) > 0)
     -- Each piece lies within the days it is a piece of: where the sums are equal, no day is missing.
     AND sum(days_of(since, until)) = (SELECT days_of(min(since), max(until)) FROM own)
     AND sum(days_of(since, until)) = (SELECT sum(days_of(since, until)) FROM own)
$$;

-- Rows of units below one that stood in two places, until a day and from then on, and that stands in one now: where
-- they stood below it alike, the later row goes and the earlier one goes on. Returns the units whose rows these are.
CREATE FUNCTION join_paths_below(earlier unit_path, later unit_path) RETURNS uuid[] LANGUAGE sql
  -- Nobody has counted yet what has just been moved: the planner would look thousands of rows up one by one.
  SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
  WITH pair AS MATERIALIZED (
    SELECT after.ctid AS gone, before.ctid AS kept, after.until, after.unit_id
    FROM unit_path AS before JOIN unit_path AS after
      ON after.unit_id = before.unit_id AND after.open = before.open
      AND substr(after.path, length(later.path) + 1) = substr(before.path, length(earlier.path) + 1)
    WHERE before.path > earlier.path AND before.path < earlier.path || '~' AND before.until = later.since
      AND after.path > later.path AND after.path < later.path || '~' AND after.since = later.since
  ), gone AS (
    DELETE FROM unit_path WHERE ctid = ANY(ARRAY(SELECT gone FROM pair))
  ), kept AS (
    UPDATE unit_path AS before SET until = pair.until FROM pair
    WHERE before.ctid = ANY(ARRAY(SELECT kept FROM pair)) AND before.ctid = pair.kept
  )
  SELECT coalesce(array_agg(unit_id), '{}') FROM pair
$$;

-- Write anew the paths of one unit that stood there as `former` says, and of all below it. Returns the units whose paths
-- are other ones now; null where several of its rows become others' days, or where it is not open on all of them: then
-- nothing is written, and `write_paths_of_units` knows how.
--
-- What stands below keeps the end of its path, and its days are cut where the unit's path changes. Two of its rows can
-- become one only on a day on which one of the unit's own began, and none does any more.
CREATE FUNCTION write_paths_of_one_unit(changed_id uuid, former unit_path[]) RETURNS uuid[] LANGUAGE plpgsql
  -- A plan for a unit with nobody below it is none for thousands.
  SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  stood unit_path[];
  gone date[];
  place ordered_text;
  rewritten uuid[] := ARRAY[changed_id];
BEGIN
  IF cardinality(former) = 0 OR NOT (SELECT bool_and(open) FROM unnest(former)) THEN
    RETURN NULL;
  END IF;
  stood := spells_of_one_unit(changed_id, right(former[1].path, 5));
  IF stood IS NULL OR stood[1].since > former[1].since THEN
    RETURN NULL;
  END IF;
  IF stood = former THEN
    RETURN '{}';
  END IF;
  gone := ARRAY(SELECT since FROM unnest(former) EXCEPT SELECT since FROM unnest(stood));
  IF cardinality(gone) > 1 OR cardinality(gone) = 1
    AND EXISTS (SELECT since FROM unnest(stood) EXCEPT SELECT since FROM unnest(former)) THEN
    RETURN NULL;
  END IF;
  UPDATE unit SET created_on = stood[1].since, closed_on = NULL
  WHERE id = changed_id AND (created_on, closed_on) IS DISTINCT FROM (stood[1].since, NULL);
  DELETE FROM unit_path WHERE unit_id = changed_id;
  INSERT INTO unit_path SELECT * FROM unnest(stood);
  IF cardinality(gone) = 1 THEN
    SELECT rewritten || join_paths_below(earlier, later) INTO rewritten
    FROM unnest(former) AS earlier, unnest(former) AS later WHERE earlier.until = gone[1] AND later.since = gone[1];
  END IF;
  -- Place by place, so that each is a range of the index; what is right already stays as it is.
  FOREACH place IN ARRAY ARRAY(
    SELECT DISTINCT was.path FROM unnest(former) AS was WHERE NOT EXISTS (
      SELECT FROM unnest(stood) AS spell
      WHERE spell.path = was.path AND spell.since <= was.since AND spell.until >= was.until)
  ) LOOP
    WITH added AS (
      INSERT INTO unit_path (unit_id, path, since, until, open)
      SELECT below.unit_id, spell.path || substr(below.path, length(place) + 1), spell.since,
             least(below.until, spell.until), below.open
      FROM unit_path AS below JOIN unnest(stood) AS spell ON spell.since > below.since AND spell.since < below.until
      WHERE below.path > place AND below.path < place || '~'
      RETURNING unit_id
    ), other AS (
      UPDATE unit_path AS below
      SET path = spell.path || substr(below.path, length(place) + 1), until = least(below.until, spell.until)
      FROM unnest(stood) AS spell
      WHERE below.path > place AND below.path < place || '~'
        AND spell.since <= below.since AND spell.until > below.since
        AND (spell.path <> place OR spell.until < below.until)
      RETURNING below.unit_id
    )
    SELECT rewritten || coalesce(array_agg(unit_id), '{}') INTO rewritten
    FROM (SELECT unit_id FROM added UNION ALL SELECT unit_id FROM other) AS written;
  END LOOP;
  RETURN ARRAY(SELECT DISTINCT unnest(rewritten));
END $$;

ALTER FUNCTION write_unit_paths RENAME TO write_paths_of_units;

-- Write anew the paths of units whose versions changed, and of all that stand below them on any day.
-- Returns the units whose paths are other ones now. A unit without a parent on one of its days is refused.
CREATE FUNCTION write_unit_paths(changed uuid[]) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
  rewritten uuid[];
BEGIN
  IF cardinality(changed) = 1 THEN
    rewritten := write_paths_of_one_unit(
      changed[1], ARRAY(SELECT unit_path FROM unit_path WHERE unit_id = changed[1] ORDER BY since));
  END IF;
  RETURN coalesce(rewritten, write_paths_of_units(changed));
END $$;
"""


class Migration(migrations.Migration):
    """Paths of one unit that changed, and of all below it, by one statement."""

    dependencies = [("org", "0021_classes_of_units_that_close")]
    operations = [operations.RunSQL(ONE_UNIT)]
