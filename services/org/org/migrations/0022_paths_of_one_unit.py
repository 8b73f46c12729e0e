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

-- Write anew the paths of one unit that stood there as `former` says, and of all below it. Returns the units whose paths
-- are other ones now; null where two rows of a unit could become one, or where the unit is not open on all its days:
-- then nothing is written, and `write_paths_of_units` knows how.
--
-- What stands below keeps the end of its path, and its days are cut where the unit's path changes. That no two of its
-- rows become one follows from the days on which the unit's own rows begin all staying such days.
CREATE FUNCTION write_paths_of_one_unit(changed_id uuid, former unit_path[]) RETURNS uuid[] LANGUAGE plpgsql
  -- A plan for a unit with nobody below it is none for thousands.
  SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  stood unit_path[];
  rewritten uuid[];
BEGIN
  IF cardinality(former) = 0 OR NOT (SELECT bool_and(open) FROM unnest(former)) THEN
    RETURN NULL;
  END IF;
  stood := spells_of_one_unit(changed_id, right(former[1].path, 5));
  IF stood IS NULL OR EXISTS (SELECT since FROM unnest(former) EXCEPT SELECT since FROM unnest(stood)) THEN
    RETURN NULL;
  END IF;
  IF stood = former THEN
    RETURN '{}';
  END IF;
  UPDATE unit SET created_on = stood[1].since, closed_on = NULL
  WHERE id = changed_id AND (created_on, closed_on) IS DISTINCT FROM (stood[1].since, NULL);
  DELETE FROM unit_path WHERE unit_id = changed_id;
  INSERT INTO unit_path SELECT * FROM unnest(stood);
  WITH was AS MATERIALIZED (
    SELECT DISTINCT path, length(path) + 1 AS rest FROM unnest(former)
  ), added AS (
    INSERT INTO unit_path (unit_id, path, since, until, open)
    SELECT below.unit_id, spell.path || substr(below.path, was.rest), spell.since, least(below.until, spell.until),
           below.open
    FROM was JOIN unit_path AS below ON below.path > was.path AND below.path < was.path || '~'
    JOIN unnest(stood) AS spell ON spell.since > below.since AND spell.since < below.until
    WHERE below.unit_id <> changed_id
    RETURNING unit_id
  ), other AS (
    UPDATE unit_path AS below
    SET path = spell.path || substr(below.path, was.rest), until = least(below.until, spell.until)
    FROM was CROSS JOIN unnest(stood) AS spell
    WHERE below.path > was.path AND below.path < was.path || '~' AND below.unit_id <> changed_id
      AND spell.since <= below.since AND spell.until > below.since
      AND (spell.path <> was.path OR spell.until < below.until)
    RETURNING below.unit_id
  )
  SELECT array_agg(DISTINCT unit_id) INTO rewritten
  FROM (SELECT unit_id FROM added UNION ALL SELECT unit_id FROM other UNION ALL SELECT changed_id) AS written;
  RETURN rewritten;
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
