"""Undoing a large change is worked off like a file, and what a check found that would change can be read page by page."""

from tortoise import migrations
from tortoise.migrations import operations

UNDOING = """
ALTER TABLE import_run
  ADD undoes uuid CONSTRAINT import_run_undoes_known REFERENCES reorganisation,
  -- What a check found that it would do, in numbers; the things themselves are in import_effect.
  ADD effects jsonb,
  DROP CONSTRAINT import_run_purpose_known,
  DROP CONSTRAINT import_run_keeps_what_can_be_applied,
  DROP CONSTRAINT import_run_version_when_applied,
  DROP CONSTRAINT import_run_reorganisation_has_version,
  ADD CONSTRAINT import_run_purpose_known CHECK (
    purpose IN ('reorganisation', 'units', 'headcounts', 'people', 'undo')),
  ADD CONSTRAINT import_run_undo_names_what CHECK ((purpose = 'undo') = (undoes IS NOT NULL)),
  ADD CONSTRAINT import_run_keeps_what_can_be_applied CHECK (
    (content IS NOT NULL) = (purpose <> 'undo' AND state IN ('to_check', 'ready', 'to_apply'))),
  ADD CONSTRAINT import_run_effects_while_ready CHECK (effects IS NULL OR state IN ('to_check', 'ready', 'to_apply')),
  ADD CONSTRAINT import_run_version_when_applied CHECK (
    version IS NULL OR state = 'applied' AND purpose IN ('reorganisation', 'units', 'undo')),
  ADD CONSTRAINT import_run_reorganisation_has_version CHECK (
    purpose NOT IN ('reorganisation', 'undo') OR (state = 'applied') = (version IS NOT NULL));
CREATE UNIQUE INDEX import_run_undoes_once ON import_run (undoes) WHERE state = 'to_apply';
"""

# Units that a change would create are in no other table, so nothing is referred to. Names of people are not kept here:
# they are looked up when somebody reads who may know them.
EFFECTS = """
CREATE TABLE import_effect (
  run_id uuid NOT NULL CONSTRAINT import_effect_of_a_run REFERENCES import_run,
  list text NOT NULL,
  position integer NOT NULL,
  unit_id uuid NOT NULL,
  path ordered_text NOT NULL,
  thing_id uuid,
  person_id uuid,
  told jsonb NOT NULL,
  CONSTRAINT import_effect_pkey PRIMARY KEY (run_id, list, position),
  CONSTRAINT import_effect_list_known CHECK (list IN ('units', 'along', 'headcounts', 'officers', 'grants'))
);
"""


class Migration(migrations.Migration):
    """Undoings as runs, and effects."""

    dependencies = [("org", "0016_imports")]
    operations = [operations.RunSQL(UNDOING), operations.RunSQL(EFFECTS)]
