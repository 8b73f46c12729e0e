"""Units with a stable id, dated names and dated parents; what is current stands on the row, for fast subtrees."""

from tortoise import migrations
from tortoise.migrations import operations

UNITS = """
-- One row, raised by every change of the tree. Its row lock is what makes changes of the tree wait for one another.
CREATE TABLE tree_version (
  id integer CONSTRAINT tree_version_pkey PRIMARY KEY DEFAULT 1,
  version bigint NOT NULL DEFAULT 0,
  CONSTRAINT tree_version_single_row CHECK (id = 1),
  CONSTRAINT tree_version_not_negative CHECK (version >= 0)
);
INSERT INTO tree_version DEFAULT VALUES;

CREATE SEQUENCE unit_number AS integer;

-- Words as a search compares them: without accents and signs, one blank between two.
CREATE FUNCTION search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT btrim(regexp_replace(vi_fold(value), '[^[:alnum:]]+', ' ', 'g')) $$;

CREATE TABLE unit (
  id uuid CONSTRAINT unit_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  number integer NOT NULL DEFAULT nextval('unit_number') CONSTRAINT unit_number_unique UNIQUE,
  name_vi text NOT NULL,
  name_en text,
  short_name text,
  code text NOT NULL CONSTRAINT unit_code_unique UNIQUE,
  level text NOT NULL,
  kind text NOT NULL,
  region text,
  parent_id uuid,
  path text COLLATE "C" NOT NULL CONSTRAINT unit_path_unique UNIQUE,
  parent_path text COLLATE "C" GENERATED ALWAYS AS (nullif(left(path, -5), '')) STORED,
  ancestors integer[] NOT NULL,
  created_on date NOT NULL,
  closed_on date,
  tree_version bigint NOT NULL,
  name_folded text GENERATED ALWAYS AS (search_words(name_vi)) STORED,
  short_folded text GENERATED ALWAYS AS (search_words(short_name)) STORED,
  code_folded text GENERATED ALWAYS AS (search_words(code)) STORED,
  search_folded text GENERATED ALWAYS AS (
    ' ' || search_words(name_vi || ' ' || coalesce(short_name, '') || ' ' || coalesce(name_en, '') || ' ' || code)
  ) STORED,
  search_accented text NOT NULL,
  sort_key text COLLATE "C" NOT NULL,
  CONSTRAINT unit_has_a_name CHECK (name_vi <> '' AND name_en <> '' AND short_name <> ''),
  CONSTRAINT unit_names_bounded CHECK (length(name_vi) <= 250 AND length(name_en) <= 250 AND length(short_name) <= 60),
  CONSTRAINT unit_code_is_a_code CHECK (code ~ '^[A-Z0-9]+([.-][A-Z0-9]+)*$' AND length(code) <= 40),
  CONSTRAINT unit_path_fits_ancestors CHECK (length(path) = 5 * (cardinality(ancestors) + 1)),
  CONSTRAINT unit_depth_bounded CHECK (cardinality(ancestors) < 16),
  CONSTRAINT unit_root_has_no_parent CHECK ((parent_id IS NULL) = (length(path) = 5)),
  CONSTRAINT unit_closed_after_created CHECK (closed_on > created_on),
  CONSTRAINT unit_id_and_path_unique UNIQUE (id, path),
  -- A path always continues its parent's path, so it is longer than it: no ring of parents can be written.
  CONSTRAINT unit_path_continues_parent FOREIGN KEY (parent_id, parent_path) REFERENCES unit (id, path)
);
ALTER SEQUENCE unit_number OWNED BY unit.number;
CREATE UNIQUE INDEX unit_name_unique_among_siblings ON unit (parent_id, lower(name_vi)) NULLS NOT DISTINCT WHERE closed_on IS NULL;
CREATE INDEX unit_children_in_order ON unit (parent_id, sort_key, number);
CREATE INDEX unit_in_order ON unit (sort_key, number);
CREATE INDEX unit_search_trigrams ON unit USING gin (search_folded gin_trgm_ops);

CREATE TABLE unit_name (
  id uuid CONSTRAINT unit_name_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id uuid NOT NULL CONSTRAINT unit_name_unit_known REFERENCES unit,
  name_vi text NOT NULL,
  name_en text,
  short_name text,
  valid daterange NOT NULL,
  CONSTRAINT unit_name_not_blank CHECK (name_vi <> '' AND name_en <> '' AND short_name <> ''),
  CONSTRAINT unit_name_bounded CHECK (length(name_vi) <= 250 AND length(name_en) <= 250 AND length(short_name) <= 60),
  CONSTRAINT unit_name_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT unit_name_no_overlap EXCLUDE USING gist (unit_id WITH =, valid WITH &&)
);

CREATE TABLE unit_parent (
  id uuid CONSTRAINT unit_parent_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  unit_id uuid NOT NULL CONSTRAINT unit_parent_unit_known REFERENCES unit,
  parent_id uuid NOT NULL CONSTRAINT unit_parent_parent_known REFERENCES unit,
  valid daterange NOT NULL,
  CONSTRAINT unit_parent_not_itself CHECK (unit_id <> parent_id),
  CONSTRAINT unit_parent_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT unit_parent_no_overlap EXCLUDE USING gist (unit_id WITH =, valid WITH &&)
);
CREATE INDEX unit_parent_by_parent ON unit_parent (parent_id);
"""


class Migration(migrations.Migration):
    """Units, their dated names and parents, and the version of the tree."""

    dependencies = [("org", "0003_reference_terms")]
    operations = [operations.RunSQL(UNITS)]
