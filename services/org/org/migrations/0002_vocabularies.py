"""Vocabularies are rows with dates: levels, departments and regions changed by law before and will change again."""

from tortoise import migrations
from tortoise.migrations import operations

VOCABULARIES = """
CREATE TABLE vocabulary (
  name varchar(40) CONSTRAINT vocabulary_pkey PRIMARY KEY,
  label_vi text NOT NULL,
  label_en text NOT NULL,
  CONSTRAINT vocabulary_name_is_a_code CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  CONSTRAINT vocabulary_has_labels CHECK (label_vi <> '' AND label_en <> '')
);

CREATE TABLE term (
  id uuid CONSTRAINT term_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  vocabulary varchar(40) NOT NULL CONSTRAINT term_vocabulary_known REFERENCES vocabulary,
  code text NOT NULL,
  label_vi text NOT NULL,
  label_en text NOT NULL,
  position integer NOT NULL,
  valid daterange NOT NULL DEFAULT daterange(NULL, NULL),
  CONSTRAINT term_code_is_a_code CHECK (code ~ '^[a-z0-9][a-z0-9_]{0,59}$'),
  CONSTRAINT term_has_labels CHECK (label_vi <> '' AND label_en <> ''),
  CONSTRAINT term_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT term_no_overlap EXCLUDE USING gist (vocabulary WITH =, code WITH =, valid WITH &&)
);
CREATE INDEX term_in_order ON term (vocabulary, position, code);

-- Which level may stand directly under which, and when. No parent level: may stand at the top.
CREATE TABLE level_rule (
  id uuid CONSTRAINT level_rule_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  parent_level text,
  child_level text NOT NULL,
  valid daterange NOT NULL DEFAULT daterange(NULL, NULL),
  CONSTRAINT level_rule_valid_not_empty CHECK (NOT isempty(valid)),
  CONSTRAINT level_rule_no_overlap EXCLUDE USING gist (coalesce(parent_level, '') WITH =, child_level WITH =, valid WITH &&)
);
"""


class Migration(migrations.Migration):
    """Tables of dated terms and level rules."""

    dependencies = [("org", "0001_base")]
    operations = [operations.RunSQL(VOCABULARIES)]
