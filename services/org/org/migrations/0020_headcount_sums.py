"""Sums of headcounts kept for every unit that has others below it, so that a province is a few rows and not thousands.

What is summed up is a *piece*: a publication, on the days on which it counts and its unit stands below another one.
Pieces of the same days are one row. Nobody changes a row that another may be changing: whoever writes adds rows with
what is more or less now, and these are folded in later, which changes no sum.
"""

from tortoise import migrations
from tortoise.migrations import operations

TABLES = """
-- How many cells each slot has, in the same decimal number as the people: unlike bits it can be taken off again.
ALTER TABLE headcount_publication ADD all_cells numeric NOT NULL
  GENERATED ALWAYS AS (headcount_packed(cells, array_fill(1, ARRAY[cardinality(cells)]))) STORED;
DROP INDEX headcount_publication_standing;
ALTER TABLE headcount_publication DROP known;
DROP FUNCTION headcount_known;
-- Sums by what units are, such as their region, read this alone.
CREATE INDEX headcount_publication_standing ON headcount_publication (unit_label, until, day)
  INCLUDE (all_cells, all_members, all_workers, tree_version, is_assumed) WHERE replaced_at IS NULL;

-- `root`: the label of the unit below which they are; `day`: of the publications; they count from `since` to `until`.
CREATE TABLE headcount_sum (
  root text COLLATE "C" NOT NULL,
  day date NOT NULL,
  since date NOT NULL,
  until date NOT NULL,
  units bigint NOT NULL,
  carried bigint NOT NULL,
  assumed bigint NOT NULL,
  known numeric NOT NULL,
  members numeric NOT NULL,
  workers numeric NOT NULL,
  CONSTRAINT headcount_sum_pkey PRIMARY KEY (root, until, since, day),
  CONSTRAINT headcount_sum_begins_before_it_ends CHECK (day <= since AND since < until)
);
CREATE INDEX headcount_sum_of_nobody ON headcount_sum (root) WHERE units = 0;
CREATE TABLE headcount_sum_change (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT headcount_sum_change_pkey PRIMARY KEY,
  root text COLLATE "C" NOT NULL,
  day date NOT NULL,
  since date NOT NULL,
  until date NOT NULL,
  units bigint NOT NULL,
  carried bigint NOT NULL,
  assumed bigint NOT NULL,
  known numeric NOT NULL,
  members numeric NOT NULL,
  workers numeric NOT NULL
);
CREATE INDEX headcount_sum_change_of_root ON headcount_sum_change (root);

-- Publications find units where they stand, and changes of the tree take along what is published: who writes the one
-- waits for who writes the other. Publications do not wait for each other.
CREATE FUNCTION keep_tree_still() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock_shared(6148914691) $$;
CREATE FUNCTION keep_headcounts_still() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(6148914691) $$;

-- Folds in up to so many changes, the oldest first; returns whether there are more.
CREATE FUNCTION fold_headcount_sums(most integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  -- Two that fold could wait for one another's rows.
  PERFORM pg_advisory_xact_lock(6148914692);
  WITH taken AS (
    DELETE FROM headcount_sum_change WHERE id IN (SELECT id FROM headcount_sum_change ORDER BY id LIMIT most) RETURNING *
  ), summed AS (
    SELECT root, day, since, until, sum(units) AS units, sum(carried) AS carried, sum(assumed) AS assumed,
           sum(known) AS known, sum(members) AS members, sum(workers) AS workers
    FROM taken GROUP BY root, day, since, until
  )
  MERGE INTO headcount_sum AS kept USING summed
  ON (kept.root, kept.until, kept.since, kept.day) = (summed.root, summed.until, summed.since, summed.day)
  WHEN MATCHED THEN UPDATE SET
    units = kept.units + summed.units, carried = kept.carried + summed.carried,
    assumed = kept.assumed + summed.assumed, known = kept.known + summed.known,
    members = kept.members + summed.members, workers = kept.workers + summed.workers
  WHEN NOT MATCHED THEN INSERT (root, day, since, until, units, carried, assumed, known, members, workers)
    VALUES (summed.root, summed.day, summed.since, summed.until, summed.units, summed.carried, summed.assumed,
            summed.known, summed.members, summed.workers);
  DELETE FROM headcount_sum WHERE units = 0 AND members = 0 AND workers = 0;
  RETURN EXISTS (SELECT FROM headcount_sum_change);
END $$;
"""


COLUMNS = ("day", "since", "until", "units", "carried", "assumed", "known", "members", "workers")
_SPELLS = """spell AS MATERIALIZED (
    SELECT -1 AS sign, unit_id, path, since, until, open FROM unnest(former)
    UNION ALL
    SELECT 1, unit_id, path, since, until, open FROM unit_path WHERE unit_id = changed[1]
  ), """


def summing(pieces: str, into: str, first: str = "") -> str:
    """Return a statement that adds up pieces (sign, path, day, since, until and what they count) for all units above.

    First by the unit directly above, since most pieces have that in common: what is left for those above it is little.
    """
    counted = COLUMNS[3:]
    signed = ", ".join(f"sum(CASE WHEN sign > 0 THEN {name} ELSE -{name} END) AS {name}" for name in counted)
    summed = ", ".join(f"sum({name})" for name in counted)
    return f"""
  WITH {first}nested AS (
    SELECT left(path, -5) AS above, day, since, until, {signed}
    FROM ({pieces}) AS piece WHERE length(path) > 5 GROUP BY 1, 2, 3, 4
  )
  INSERT INTO {into} (root, day, since, until, {", ".join(counted)})
  SELECT substr(above, 5 * level + 1, 5) AS root, day, since, until, {summed}
  FROM nested CROSS JOIN LATERAL generate_series(0, length(above) / 5 - 1) AS level
  GROUP BY 1, 2, 3, 4 HAVING ({summed}) IS DISTINCT FROM (0, 0, 0, 0, 0, 0)"""


_COUNTS = """told.day, greatest(told.day, own.since) AS since, least(told.until, own.until) AS until,
           1 AS units, (told.tree_version IS NOT NULL)::int AS carried, told.is_assumed::int AS assumed,
           told.all_cells AS known, told.all_members AS members, told.all_workers AS workers"""
_MEET = "own.open AND own.since < told.until AND own.until > told.day AND told.replaced_at IS NULL"


def pieces_of_publications(told: str, sign: str = "told.sign") -> str:
    """Return a query of the pieces of some publications."""
    return f"""
    SELECT {sign} AS sign, own.path, {_COUNTS}
    FROM {told} AS told JOIN unit_path AS own ON own.unit_id = told.unit_id AND {_MEET}"""


def pieces_of_paths(own: str) -> str:
    """Return a query of the pieces of all publications of units that stand somewhere else.

    The labels are looked up in one pass through the index that covers what is asked for.
    """
    return f"""
    SELECT own.sign, own.path, {_COUNTS}
    FROM {own} AS own JOIN headcount_publication AS told ON told.unit_label = right(own.path, 5) AND {_MEET}
      AND told.unit_label = ANY (ARRAY(SELECT DISTINCT right(changed.path, 5) FROM {own} AS changed))"""


_ROWS = {
    "insert": ("NEW TABLE AS latter", "(SELECT 1 AS sign, * FROM latter)"),
    "update": (
        "OLD TABLE AS former NEW TABLE AS latter",
        "(SELECT -1 AS sign, * FROM former UNION ALL SELECT 1, * FROM latter)",
    ),
    "delete": ("OLD TABLE AS former", "(SELECT -1 AS sign, * FROM former)"),
}


_UNLESS_BY_SUBTREE = """IF current_setting('org.sums_follow', true) = 'by subtree' THEN
    RETURN NULL;
  END IF;
  PERFORM keep_headcounts_still();"""


def following(table: str) -> str:
    """Return triggers by which the sums follow what is written to a table."""
    made: list[str] = []
    for event, (rows, changed) in _ROWS.items():
        name = f"headcount_sums_follow_{table}_{event}"
        if table == "unit_path":
            first, found = _UNLESS_BY_SUBTREE, pieces_of_paths(changed)
            # What is looked up comes in an array, of which the planner thinks that it is short.
            joins = " SET enable_nestloop = off"
        else:
            first, found, joins = "PERFORM keep_tree_still();", pieces_of_publications(changed), ""
        made.append(
            f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
  -- A plan for one unit is none for thousands.
  SET plan_cache_mode = force_custom_plan{joins} AS $$
BEGIN
  {first}{summing(found, "headcount_sum_change")};
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER {event} ON {table}
  REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {name}();"""
        )
    return "".join(made)


# Only the one unit goes elsewhere; below it everything stands as it stood, and its sums are known.
_OF_SUBTREE = f"""{pieces_of_paths("(SELECT * FROM spell)")}
    UNION ALL
    SELECT own.sign, own.path, kept.day, greatest(kept.since, own.since), least(kept.until, own.until),
           kept.units, kept.carried, kept.assumed, kept.known, kept.members, kept.workers
    FROM (SELECT * FROM spell) AS own JOIN (
      SELECT root, {", ".join(COLUMNS)} FROM headcount_sum UNION ALL
      SELECT root, {", ".join(COLUMNS)} FROM headcount_sum_change) AS kept
      ON kept.root = right(own.path, 5) AND own.open AND own.since < kept.until AND own.until > kept.since"""

SUBTREES = f"""
ALTER FUNCTION derive_unit_paths RENAME TO write_unit_paths;

-- Write anew the paths of units whose versions changed, as `write_unit_paths` says. A whole subtree that moves takes its
-- sums along; where several units change, the sums follow unit by unit.
CREATE FUNCTION derive_unit_paths(changed uuid[]) RETURNS uuid[] LANGUAGE plpgsql
  SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  former unit_path[];
  rewritten uuid[];
BEGIN
  IF cardinality(changed) <> 1 THEN
    RETURN write_unit_paths(changed);
  END IF;
  PERFORM keep_headcounts_still();
  former := ARRAY(SELECT unit_path FROM unit_path WHERE unit_id = changed[1]);
  PERFORM set_config('org.sums_follow', 'by subtree', true);
  rewritten := write_unit_paths(changed);
  PERFORM set_config('org.sums_follow', '', true);{summing(_OF_SUBTREE, "headcount_sum_change", _SPELLS)};
  RETURN rewritten;
END $$;
"""

REBUILD = f"""
CREATE FUNCTION rebuild_headcount_sums() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_headcounts_still();
  PERFORM pg_advisory_xact_lock(6148914692);
  DELETE FROM headcount_sum_change;
  DELETE FROM headcount_sum;{summing(pieces_of_publications("headcount_publication", "1"), "headcount_sum")};
END $$;
SELECT rebuild_headcount_sums();
"""


class Migration(migrations.Migration):
    """Kept sums of headcounts, and what keeps them exact."""

    dependencies = [("org", "0019_words_in_order")]
    operations = [
        operations.RunSQL(TABLES),
        operations.RunSQL(following("headcount_publication")),
        operations.RunSQL(following("unit_path")),
        operations.RunSQL(SUBTREES),
        operations.RunSQL(REBUILD),
    ]
