"""A tree that remembers: versions of units with their days, the paths that follow from them, and what made each change."""

from tortoise import migrations
from tortoise.migrations import operations

REORGANISATIONS = """
-- One row for every change of the tree. `version` is the version of the tree that it made.
CREATE TABLE reorganisation (
  id uuid CONSTRAINT reorganisation_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  version bigint NOT NULL CONSTRAINT reorganisation_version_once UNIQUE,
  kind text NOT NULL,
  effective_on date NOT NULL,
  decision_number text,
  decision_file text,
  note text,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Other services have been told; a change that comes into force later is told on its day.
  is_announced boolean NOT NULL,
  undone_in bigint CONSTRAINT reorganisation_undone_in_known REFERENCES reorganisation (version),
  undoes bigint CONSTRAINT reorganisation_undoes_known REFERENCES reorganisation (version)
    CONSTRAINT reorganisation_undone_once UNIQUE,
  CONSTRAINT reorganisation_version_positive CHECK (version > 0),
  CONSTRAINT reorganisation_kind_known CHECK (
    kind IN ('start', 'create', 'rename', 'change', 'move', 'merge', 'split', 'dissolve', 'batch', 'undo')),
  CONSTRAINT reorganisation_decision_bounded CHECK (
    length(decision_number) BETWEEN 1 AND 100 AND length(decision_file) BETWEEN 1 AND 500 AND length(note) BETWEEN 1 AND 2000),
  CONSTRAINT reorganisation_undone_later CHECK (undone_in > version),
  CONSTRAINT reorganisation_undoes_earlier CHECK (undoes < version),
  CONSTRAINT reorganisation_undo_names_what CHECK ((kind = 'undo') = (undoes IS NOT NULL))
);
CREATE INDEX reorganisation_due ON reorganisation (effective_on, version) WHERE NOT is_announced;

-- What the tree was before it was remembered change by change is one change of its own.
INSERT INTO reorganisation (version, kind, effective_on, made_by, is_announced)
SELECT version, 'start', (SELECT max(created_on) FROM unit), 'system', true FROM tree_version WHERE version > 0;
"""

VERSIONS = """
-- Text in the order of its bytes. A type of its own, because a function's columns forget what collation a table's have:
-- ranges of paths would find no index, and on a server of another language not the subtree either.
CREATE DOMAIN ordered_text AS text COLLATE "C";

CREATE TABLE unit_version (
  unit_id uuid NOT NULL,
  number integer NOT NULL,
  since date NOT NULL,
  until date NOT NULL DEFAULT 'infinity',
  name_vi text NOT NULL,
  name_en text,
  short_name text,
  code text NOT NULL,
  level text NOT NULL,
  kind text NOT NULL,
  province text,
  commune text,
  region text,
  address text,
  phone text,
  email text,
  website text,
  parent_id uuid CONSTRAINT unit_version_parent_known REFERENCES unit,
  made_in bigint NOT NULL CONSTRAINT unit_version_made_in_known REFERENCES reorganisation (version) DEFERRABLE INITIALLY DEFERRED,
  search_accented text NOT NULL,
  sort_key ordered_text NOT NULL,
  name_folded text GENERATED ALWAYS AS (search_words(name_vi)) STORED,
  short_folded text GENERATED ALWAYS AS (search_words(short_name)) STORED,
  code_folded text GENERATED ALWAYS AS (search_words(code)) STORED,
  search_folded text GENERATED ALWAYS AS (
    ' ' || search_words(name_vi || ' ' || coalesce(short_name, '') || ' ' || coalesce(name_en, '') || ' ' || code)
  ) STORED,
  CONSTRAINT unit_version_pkey PRIMARY KEY (unit_id, since),
  CONSTRAINT unit_version_of_a_unit FOREIGN KEY (unit_id, number) REFERENCES unit (id, number),
  CONSTRAINT unit_version_begins_before_it_ends CHECK (since < until),
  CONSTRAINT unit_version_begins_on_a_day CHECK (isfinite(since)),
  CONSTRAINT unit_version_has_a_name CHECK (name_vi <> '' AND name_en <> '' AND short_name <> ''),
  CONSTRAINT unit_version_names_bounded CHECK (
    length(name_vi) <= 250 AND length(name_en) <= 250 AND length(short_name) <= 60),
  CONSTRAINT unit_version_code_is_a_code CHECK (code ~ '^[A-Z0-9]+([.-][A-Z0-9]+)*$' AND length(code) <= 40),
  CONSTRAINT unit_version_contact_bounded CHECK (
    length(address) BETWEEN 1 AND 300 AND length(phone) BETWEEN 1 AND 40
    AND length(email) BETWEEN 3 AND 200 AND length(website) BETWEEN 8 AND 300),
  CONSTRAINT unit_version_not_under_itself CHECK (unit_id <> parent_id),
  -- By number, which stands for the unit: an index of ids here would be taken for look-ups that the key's does better.
  CONSTRAINT unit_version_no_overlap EXCLUDE USING gist (number WITH =, daterange(since, until) WITH &&),
  -- Checked when the transaction ends: a reorganisation gives the code of a unit that closes to the one that begins.
  CONSTRAINT unit_version_code_once_a_day EXCLUDE USING gist (code WITH =, daterange(since, until) WITH &&)
    DEFERRABLE INITIALLY IMMEDIATE,
  CONSTRAINT unit_version_name_once_among_siblings EXCLUDE USING gist (
    coalesce(parent_id, '00000000-0000-0000-0000-000000000000') WITH =, lower(name_vi) WITH =,
    daterange(since, until) WITH &&) DEFERRABLE INITIALLY IMMEDIATE
);
-- With the days, so that a page of one day reads no rows of others.
CREATE INDEX unit_version_children_in_order ON unit_version (parent_id, sort_key, number, since, until);
CREATE INDEX unit_version_in_order ON unit_version (sort_key, number, since, until);
CREATE INDEX unit_version_of_level_in_order ON unit_version (level, sort_key, number, since, until);
CREATE INDEX unit_version_called_so ON unit_version USING gin ((ARRAY[name_folded, short_folded, code_folded]));
CREATE INDEX unit_version_in_province ON unit_version (province) WHERE province IS NOT NULL;
CREATE INDEX unit_version_in_commune ON unit_version (commune) WHERE commune IS NOT NULL;
CREATE INDEX unit_version_made_in ON unit_version (made_in);
CREATE INDEX unit_version_search_trigrams ON unit_version USING gin (search_folded gin_trgm_ops);

-- Versions that a later change replaced: what a change can be undone with, and how the tree was known to be before it.
CREATE TABLE unit_version_was (
  unit_id uuid NOT NULL,
  number integer NOT NULL,
  since date NOT NULL,
  until date NOT NULL,
  name_vi text NOT NULL,
  name_en text,
  short_name text,
  code text NOT NULL,
  level text NOT NULL,
  kind text NOT NULL,
  province text,
  commune text,
  region text,
  address text,
  phone text,
  email text,
  website text,
  parent_id uuid,
  made_in bigint NOT NULL,
  search_accented text NOT NULL,
  sort_key ordered_text NOT NULL,
  replaced_in bigint NOT NULL,
  CONSTRAINT unit_version_was_of_a_unit FOREIGN KEY (unit_id) REFERENCES unit
);
CREATE INDEX unit_version_was_replaced_in ON unit_version_was (replaced_in);
CREATE INDEX unit_version_was_made_in ON unit_version_was (made_in);
CREATE INDEX unit_version_was_by_unit ON unit_version_was (unit_id);

-- Where a unit stands on which days; it follows from the versions (derive_unit_paths), so it needs no keys of its own
-- to other tables, which would cost more than half of a large move.
CREATE TABLE unit_path (
  unit_id uuid NOT NULL,
  path ordered_text NOT NULL,
  since date NOT NULL,
  until date NOT NULL DEFAULT 'infinity',
  open boolean NOT NULL,
  CONSTRAINT unit_path_pkey PRIMARY KEY (unit_id, since),
  CONSTRAINT unit_path_begins_before_it_ends CHECK (since < until),
  CONSTRAINT unit_path_of_labels CHECK (length(path) > 0 AND length(path) % 5 = 0),
  CONSTRAINT unit_path_depth_bounded CHECK (NOT open OR length(path) <= 80)
) WITH (fillfactor = 70);
-- Without the days: a path that ends, as thousands do when a subtree moves, then touches no index.
CREATE INDEX unit_path_subtree ON unit_path (path);

-- How much of a unit went where.
CREATE TABLE succession (
  predecessor_id uuid NOT NULL CONSTRAINT succession_predecessor_known REFERENCES unit,
  successor_id uuid NOT NULL CONSTRAINT succession_successor_known REFERENCES unit,
  share numeric(9, 8) NOT NULL,
  is_assumed boolean NOT NULL,
  effective_on date NOT NULL,
  version bigint NOT NULL CONSTRAINT succession_version_known REFERENCES reorganisation (version),
  CONSTRAINT succession_pkey PRIMARY KEY (predecessor_id, successor_id, version),
  CONSTRAINT succession_share_is_a_share CHECK (share > 0 AND share <= 1)
);
CREATE INDEX succession_by_successor ON succession (successor_id);
CREATE INDEX succession_by_version ON succession (version);
"""

MOVED_IN = """
ALTER TABLE unit ADD CONSTRAINT unit_id_and_number_unique UNIQUE (id, number);
"""

# A version begins whenever the names or the parent begin to be others.
FORMER = """
INSERT INTO unit_version (unit_id, number, since, until, name_vi, name_en, short_name, code, level, kind, region,
                          parent_id, made_in, search_accented, sort_key)
SELECT unit.id, unit.number, began.on_day, coalesce(lead(began.on_day) OVER of_unit, unit.closed_on, 'infinity'),
       called.name_vi, called.name_en, called.short_name, unit.code, unit.level, unit.kind, unit.region,
       under.parent_id, (SELECT version FROM tree_version), unit.search_accented, unit.sort_key
FROM unit
CROSS JOIN LATERAL (
  SELECT unit.created_on AS on_day
  UNION SELECT lower(valid) FROM unit_name WHERE unit_id = unit.id
  UNION SELECT lower(valid) FROM unit_parent WHERE unit_id = unit.id) AS began
JOIN unit_name AS called ON called.unit_id = unit.id AND called.valid @> began.on_day
LEFT JOIN unit_parent AS under ON under.unit_id = unit.id AND under.valid @> began.on_day
WINDOW of_unit AS (PARTITION BY unit.id ORDER BY began.on_day);
"""

NARROWED = """
ALTER TABLE unit ADD label text COLLATE "C";
UPDATE unit SET label = right(path, 5);
ALTER TABLE unit
  ALTER label SET NOT NULL,
  ADD heir_id uuid CONSTRAINT unit_heir_known REFERENCES unit,
  ADD CONSTRAINT unit_label_unique UNIQUE (label),
  ADD CONSTRAINT unit_label_of_five CHECK (length(label) = 5),
  ADD CONSTRAINT unit_heir_is_another CHECK (heir_id <> id),
  DROP name_folded, DROP short_folded, DROP code_folded, DROP search_folded, DROP search_accented, DROP sort_key,
  DROP parent_path, DROP parent_id, DROP path, DROP ancestors, DROP tree_version,
  DROP name_vi, DROP name_en, DROP short_name, DROP code, DROP level, DROP kind, DROP region;
DROP TABLE unit_name;
DROP TABLE unit_parent;
"""

FUNCTIONS = """
-- How many days there are between two; none knows an end that is farther than the year 9999.
CREATE FUNCTION days_of(since date, until date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT least(until, '9999-12-31') - since $$;

-- The tree of a day.
CREATE FUNCTION units_on(day date) RETURNS TABLE (
  id uuid, number integer, name_vi text, name_en text, short_name text, code text, level text, kind text,
  province text, commune text, region text, address text, phone text, email text, website text,
  parent_id uuid, path ordered_text, created_on date, closed_on date, sort_key ordered_text, since date,
  name_folded text, short_folded text, code_folded text, search_folded text, search_accented text
) LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT v.unit_id, v.number, v.name_vi, v.name_en, v.short_name, v.code, v.level, v.kind,
         v.province, v.commune, v.region, v.address, v.phone, v.email, v.website,
         v.parent_id, p.path, unit.created_on, unit.closed_on, v.sort_key, v.since,
         v.name_folded, v.short_folded, v.code_folded, v.search_folded, v.search_accented
  FROM unit_version AS v
  JOIN unit_path AS p ON p.unit_id = v.unit_id AND p.since <= day AND p.until > day AND p.open
  -- LEFT, although it is always there: the planner leaves it out where nobody asks for its columns.
  LEFT JOIN unit ON unit.id = v.unit_id
  WHERE v.since <= day AND v.until > day
$$;

-- Days that follow upon each other with one path become one row.
CREATE FUNCTION merged_spells(pieces unit_path[]) RETURNS SETOF unit_path LANGUAGE sql IMMUTABLE AS $$
  WITH begun AS (
    SELECT *, lag(path) OVER of_unit IS DISTINCT FROM path OR lag(open) OVER of_unit IS DISTINCT FROM open
              OR lag(until) OVER of_unit IS DISTINCT FROM since AS is_new
    FROM unnest(pieces) WINDOW of_unit AS (PARTITION BY unit_id ORDER BY since)
  ), numbered AS (
    SELECT *, count(*) FILTER (WHERE is_new) OVER (PARTITION BY unit_id ORDER BY since) AS spell FROM begun
  )
  SELECT unit_id, min(path)::ordered_text, min(since), max(until), bool_and(open) FROM numbered GROUP BY unit_id, spell
$$;

-- Write anew the paths of units whose versions changed, and of all that stand below them on any day.
-- Returns the units whose paths are other ones now. A unit without a parent on one of its days is refused.
--
-- Only the versions of the changed units are read. What stands below a changed unit keeps the end of its path, from the
-- deepest changed unit on it (its anchor) down; the days are cut where the anchor's path changes.
CREATE FUNCTION derive_unit_paths(changed uuid[]) RETURNS uuid[] LANGUAGE plpgsql
  -- A plan for one unit is none for thousands.
  SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  rewritten uuid[];
  is_whole boolean;
BEGIN
  UPDATE unit SET created_on = life.began, closed_on = life.ended
  FROM (SELECT unit_id, min(since) AS began, nullif(max(until), 'infinity') AS ended
        FROM unit_version WHERE unit_id = ANY(changed) GROUP BY unit_id) AS life
  WHERE unit.id = life.unit_id AND (unit.created_on, unit.closed_on) IS DISTINCT FROM (life.began, life.ended);

  WITH RECURSIVE own AS MATERIALIZED (
    SELECT DISTINCT unit_id, path FROM unit_path WHERE unit_id = ANY(changed)
  ), anchored AS MATERIALIZED (
    SELECT *, unit_id = anchor_id OR count(*) OVER (PARTITION BY unit_id) > 1 AS is_cut FROM (
      SELECT DISTINCT ON (below.unit_id, below.since) below.ctid AS place, below.unit_id, below.path, below.since,
             below.until, below.open, own.unit_id AS anchor_id, length(own.path) AS upto
      FROM own JOIN unit_path AS below ON below.path >= own.path AND below.path < own.path || '~'
      ORDER BY below.unit_id, below.since, length(own.path) DESC) AS deepest
  ), edge AS MATERIALIZED (
    SELECT unit_id, since, until, parent_id, true AS open, unit.label
    FROM unit_version JOIN unit ON unit.id = unit_id WHERE unit_id = ANY(changed)
    UNION ALL
    SELECT id, closed_on, 'infinity', coalesce(heir_id, last.parent_id), false, label
    FROM unit CROSS JOIN LATERAL (
      SELECT parent_id FROM unit_version WHERE unit_id = unit.id ORDER BY since DESC LIMIT 1) AS last
    WHERE id = ANY(changed) AND closed_on IS NOT NULL
  ), hung AS MATERIALIZED (
    SELECT unit_id, NULL::uuid AS anchor_id, label AS tail, since, until, open FROM edge WHERE parent_id IS NULL
    UNION ALL
    SELECT unit_id, parent_id, label, since, until, open FROM edge WHERE parent_id = ANY(changed)
    UNION ALL
    SELECT edge.unit_id, anchored.anchor_id, substr(above.path, coalesce(anchored.upto, 0) + 1) || edge.label,
           greatest(edge.since, above.since), least(edge.until, above.until), edge.open
    FROM edge JOIN unit_path AS above ON above.unit_id = edge.parent_id
      AND above.since < edge.until AND above.until > edge.since AND (above.open OR NOT edge.open)
    LEFT JOIN anchored ON anchored.unit_id = above.unit_id AND anchored.since = above.since
    WHERE edge.parent_id <> ALL(changed)
  ), walked AS (
    SELECT unit_id, tail AS path, since, until, open FROM hung WHERE anchor_id IS NULL
    UNION ALL
    SELECT hung.unit_id, walked.path || hung.tail, greatest(hung.since, walked.since), least(hung.until, walked.until),
           hung.open
    FROM walked JOIN hung ON hung.anchor_id = walked.unit_id
      AND walked.since < hung.until AND walked.until > hung.since AND (walked.open OR NOT hung.open)
  ), stood AS MATERIALIZED (
    SELECT * FROM merged_spells((SELECT array_agg((unit_id, path, since, until, open)::unit_path) FROM walked))
  ), carried AS MATERIALIZED (
    SELECT anchored.place, anchored.unit_id, stood.path || substr(anchored.path, anchored.upto + 1) AS path,
           greatest(anchored.since, stood.since) AS since, least(anchored.until, stood.until) AS until, anchored.open,
           anchored.is_cut, stood.since > anchored.since AS is_later,
           stood.path || substr(anchored.path, anchored.upto + 1) <> anchored.path OR stood.until < anchored.until AS is_other
    FROM anchored JOIN stood ON stood.unit_id = anchored.anchor_id
      AND stood.since < anchored.until AND stood.until > anchored.since AND (stood.open OR NOT anchored.open)
    WHERE anchored.unit_id <> anchored.anchor_id
  ), wanted AS MATERIALIZED (
    SELECT * FROM stood
    UNION ALL
    SELECT * FROM merged_spells((SELECT array_agg((unit_id, path, since, until, open)::unit_path) FROM carried WHERE is_cut))
  ), compared AS MATERIALIZED (
    -- A row that alone says where a unit is: its pieces.
    SELECT CASE WHEN NOT is_later THEN place END AS place, unit_id, path, since, until, open
    FROM carried WHERE NOT is_cut AND (is_later OR is_other)
    UNION ALL
    -- Of the other units the pieces of one row may be one with those of the next.
    SELECT anchored.place, unit_id, wanted.path, since, wanted.until, wanted.open
    FROM wanted FULL JOIN (SELECT * FROM anchored WHERE is_cut) AS anchored USING (unit_id, since)
    WHERE (wanted.path, wanted.until, wanted.open) IS DISTINCT FROM (anchored.path, anchored.until, anchored.open)
  ), gone AS (
    DELETE FROM unit_path WHERE ctid = ANY(ARRAY(SELECT place FROM compared WHERE path IS NULL))
  ), other AS (
    UPDATE unit_path AS old SET path = compared.path, until = compared.until, open = compared.open FROM compared
    WHERE old.ctid = ANY(ARRAY(SELECT place FROM compared WHERE path IS NOT NULL)) AND old.ctid = compared.place
  ), added AS (
    INSERT INTO unit_path (unit_id, path, since, until, open)
    SELECT unit_id, path, since, until, open FROM compared WHERE place IS NULL
  ), whole AS (
    -- Each piece lies within the days it is a piece of: where the sums are equal, no day is missing.
    SELECT (SELECT count(*) FROM (
              SELECT FROM edge GROUP BY unit_id
              HAVING sum(days_of(since, until)) <> days_of(min(since), max(until))) AS with_gaps) = 0
       AND (SELECT sum(days_of(since, until)) FROM edge)
           IS NOT DISTINCT FROM (SELECT sum(days_of(since, until)) FROM walked)
       AND (SELECT sum(days_of(since, until)) FROM anchored WHERE unit_id <> anchor_id)
           IS NOT DISTINCT FROM (SELECT sum(days_of(since, until)) FROM carried) AS is_so
  )
  SELECT (SELECT array_agg(DISTINCT unit_id) FROM compared), is_so INTO rewritten, is_whole FROM whole;
  IF NOT is_whole THEN
    RAISE EXCEPTION 'a unit has no parent on one of its days, or days are missing between two of its versions'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_path_every_day';
  END IF;
  RETURN coalesce(rewritten, '{}');
END $$;

-- A version names the change that made it; one that is replaced is kept.
CREATE FUNCTION unit_version_remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO unit_version_was (unit_id, number, since, until, name_vi, name_en, short_name, code, level, kind, province,
      commune, region, address, phone, email, website, parent_id, made_in, search_accented, sort_key, replaced_in)
    SELECT OLD.unit_id, OLD.number, OLD.since, OLD.until, OLD.name_vi, OLD.name_en, OLD.short_name, OLD.code, OLD.level,
      OLD.kind, OLD.province, OLD.commune, OLD.region, OLD.address, OLD.phone, OLD.email, OLD.website, OLD.parent_id,
      OLD.made_in, OLD.search_accented, OLD.sort_key, version FROM tree_version
    WHERE OLD.made_in <> version;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER unit_version_remember AFTER UPDATE OR DELETE ON unit_version
  FOR EACH ROW EXECUTE FUNCTION unit_version_remember();

-- At the end of a transaction the paths of a unit say what its versions say: no ring, no orphan, no gap, no forgotten
-- path. A path continues the parent's on every day and so is longer than it: no ring can be written.
-- What is below a unit stands with it: derive_unit_paths, without which the unit's own paths would not be right.
CREATE FUNCTION unit_version_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched_id uuid := coalesce(NEW.unit_id, OLD.unit_id);
  own_label text := (SELECT label FROM unit WHERE id = touched_id);
  lived datemultirange := coalesce(
    (SELECT range_agg(daterange(since, until)) FROM unit_version WHERE unit_id = touched_id), '{}');
BEGIN
  IF (SELECT count(*) FROM unnest(lived)) > 1
    OR lived <> coalesce((SELECT range_agg(daterange(since, until)) FROM unit_path WHERE unit_id = touched_id AND open), '{}')
    OR EXISTS (
      WITH expected AS (
        SELECT own_label AS path, since, until FROM unit_version WHERE unit_id = touched_id AND parent_id IS NULL
        UNION ALL
        SELECT above.path || own_label, greatest(v.since, above.since), least(v.until, above.until)
        FROM unit_version AS v JOIN unit_path AS above ON above.unit_id = v.parent_id AND above.open
          AND above.since < v.until AND above.until > v.since
        WHERE v.unit_id = touched_id)
      SELECT FROM unit_path AS own JOIN expected ON own.since < expected.until AND own.until > expected.since
      WHERE own.unit_id = touched_id AND own.open AND own.path <> expected.path
      UNION ALL
      SELECT FROM (SELECT range_agg(daterange(since, until)) AS days FROM expected) AS under
      WHERE coalesce(under.days, '{}') <> lived)
    OR EXISTS (SELECT FROM unit_version AS child WHERE child.parent_id = touched_id
               AND (isempty(lived) OR child.since < lower(lived) OR child.until > coalesce(upper(lived), 'infinity')))
  THEN
    RAISE EXCEPTION 'the paths of unit % do not follow from its versions', touched_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_version_stands';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER unit_version_stands AFTER INSERT OR DELETE ON unit_version
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION unit_version_stands();
-- A name or a telephone number that changes moves nothing.
CREATE CONSTRAINT TRIGGER unit_version_stands_after_change AFTER UPDATE ON unit_version
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.unit_id, OLD.parent_id, OLD.since, OLD.until) IS DISTINCT FROM (NEW.unit_id, NEW.parent_id, NEW.since, NEW.until))
  EXECUTE FUNCTION unit_version_stands();

SELECT derive_unit_paths(array_agg(id)) FROM unit;
"""


class Migration(migrations.Migration):
    """Versions of units instead of one current row, and the changes that made them."""

    dependencies = [("org", "0007_access")]
    operations = [
        operations.RunSQL(REORGANISATIONS),
        operations.RunSQL(MOVED_IN),
        operations.RunSQL(VERSIONS),
        operations.RunSQL(FORMER),
        operations.RunSQL(NARROWED),
        operations.RunSQL(FUNCTIONS),
    ]
