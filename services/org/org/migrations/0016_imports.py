"""Files of units, headcounts and people are taken in as batches of reorganisations are, and are not kept for ever."""

from tortoise import migrations
from tortoise.migrations import operations

RUNS = """
ALTER TABLE reorganisation_batch RENAME TO import_run;
ALTER TABLE reorganisation_batch_remark RENAME TO import_remark;
ALTER TABLE import_remark RENAME batch_id TO run_id;
ALTER INDEX reorganisation_batch_newest RENAME TO import_run_newest;
ALTER INDEX reorganisation_batch_unfinished RENAME TO import_run_unfinished;
ALTER TABLE import_run RENAME CONSTRAINT reorganisation_batch_pkey TO import_run_pkey;
ALTER TABLE import_run RENAME CONSTRAINT reorganisation_batch_version_known TO import_run_version_known;
ALTER TABLE import_run RENAME CONSTRAINT reorganisation_batch_file_bounded TO import_run_file_bounded;
ALTER TABLE import_run RENAME CONSTRAINT reorganisation_batch_done_of_rows TO import_run_done_of_rows;
ALTER TABLE import_run RENAME CONSTRAINT reorganisation_batch_decision_bounded TO import_run_decision_bounded;
ALTER TABLE import_run RENAME CONSTRAINT reorganisation_batch_step_known TO import_run_step_known;
ALTER TABLE import_remark RENAME CONSTRAINT reorganisation_batch_remark_of_a_batch TO import_remark_of_a_run;
ALTER TABLE import_remark RENAME CONSTRAINT reorganisation_batch_remark_pkey TO import_remark_pkey;
ALTER TABLE import_run
  ALTER content DROP NOT NULL,
  ADD purpose text NOT NULL DEFAULT 'reorganisation',
  ADD source text,
  ADD attempts integer NOT NULL DEFAULT 0,
  DROP CONSTRAINT reorganisation_batch_state_known,
  DROP CONSTRAINT reorganisation_batch_applied_has_version;
UPDATE import_run SET content = NULL WHERE state IN ('applied', 'refused');
ALTER TABLE import_run
  ALTER purpose DROP DEFAULT,
  ADD CONSTRAINT import_run_purpose_known CHECK (purpose IN ('reorganisation', 'units', 'headcounts', 'people')),
  ADD CONSTRAINT import_run_source_bounded CHECK (length(source) BETWEEN 1 AND 200),
  ADD CONSTRAINT import_run_attempts_counted CHECK (attempts >= 0),
  ADD CONSTRAINT import_run_state_known CHECK (
    state IN ('to_check', 'ready', 'to_apply', 'applied', 'refused', 'expired')),
  ADD CONSTRAINT import_run_keeps_what_can_be_applied CHECK (
    (content IS NOT NULL) = (state IN ('to_check', 'ready', 'to_apply'))),
  -- Figures and people don't change the tree, and a file may say what is known already.
  ADD CONSTRAINT import_run_version_when_applied CHECK (
    version IS NULL OR state = 'applied' AND purpose IN ('reorganisation', 'units')),
  ADD CONSTRAINT import_run_reorganisation_has_version CHECK (
    purpose <> 'reorganisation' OR (state = 'applied') = (version IS NOT NULL));
CREATE INDEX import_run_kept ON import_run (submitted_by) WHERE content IS NOT NULL;
"""


class Migration(migrations.Migration):
    """Imports."""

    dependencies = [("org", "0015_reorganisations")]
    operations = [operations.RunSQL(RUNS)]
