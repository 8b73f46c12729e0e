"""Reorganisations of many units at once: what else they ended, and batches that come as files."""

from tortoise import migrations
from tortoise.migrations import operations

CUTS = """
-- What a reorganisation ended, took away or gave besides the tree: rows with days of their own that hang on a unit.
-- Accounts stand in columns of their own, where erasing a person finds them.
CREATE TABLE reorganisation_cut (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT reorganisation_cut_pkey PRIMARY KEY,
  version bigint NOT NULL CONSTRAINT reorganisation_cut_version_known REFERENCES reorganisation (version),
  kind text NOT NULL,
  unit_id uuid NOT NULL CONSTRAINT reorganisation_cut_unit_known REFERENCES unit,
  what text NOT NULL,
  was jsonb NOT NULL,
  subject text,
  granted_by text,
  ended_by text,
  CONSTRAINT reorganisation_cut_kind_known CHECK (kind IN (
    'appointment', 'collaborator', 'post', 'department_version', 'channel_version', 'unit_group_member', 'role_grant')),
  CONSTRAINT reorganisation_cut_what_known CHECK (what IN ('ended', 'removed', 'given'))
);
CREATE INDEX reorganisation_cut_by_version ON reorganisation_cut (version, kind);
CREATE INDEX reorganisation_cut_by_unit ON reorganisation_cut (unit_id);
-- Land or tasks may go to a unit to which nobody goes: it is a successor with a share of nothing.
ALTER TABLE succession DROP CONSTRAINT succession_share_is_a_share,
  ADD CONSTRAINT succession_share_is_a_share CHECK (share >= 0 AND share <= 1);
CREATE INDEX reorganisation_newest ON reorganisation (effective_on, version);
"""

BATCHES = """
CREATE TABLE reorganisation_batch (
  id uuid CONSTRAINT reorganisation_batch_pkey PRIMARY KEY,
  file_name text NOT NULL,
  content bytea NOT NULL,
  effective_on date NOT NULL,
  decision_number text,
  decision_file text,
  note text,
  submitted_by text NOT NULL,
  is_system boolean NOT NULL,
  submitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL,
  step text NOT NULL,
  rows integer,
  done integer NOT NULL DEFAULT 0,
  claimed_at timestamptz,
  finished_at timestamptz,
  counts jsonb,
  version bigint CONSTRAINT reorganisation_batch_version_known REFERENCES reorganisation (version),
  CONSTRAINT reorganisation_batch_file_bounded CHECK (octet_length(content) <= 20971520 AND length(file_name) BETWEEN 1 AND 200),
  CONSTRAINT reorganisation_batch_state_known CHECK (state IN ('to_check', 'ready', 'to_apply', 'applied', 'refused')),
  CONSTRAINT reorganisation_batch_step_known CHECK (
    step IN ('waiting', 'reading', 'planning', 'writing', 'checking', 'deriving', 'carrying', 'telling', 'finished')),
  CONSTRAINT reorganisation_batch_done_of_rows CHECK (done >= 0 AND (rows IS NULL OR done <= rows)),
  CONSTRAINT reorganisation_batch_applied_has_version CHECK ((state = 'applied') = (version IS NOT NULL)),
  CONSTRAINT reorganisation_batch_decision_bounded CHECK (
    length(decision_number) BETWEEN 1 AND 100 AND length(decision_file) BETWEEN 1 AND 500 AND length(note) BETWEEN 1 AND 2000)
);
CREATE INDEX reorganisation_batch_newest ON reorganisation_batch (submitted_at, id);
CREATE INDEX reorganisation_batch_unfinished ON reorganisation_batch (submitted_at) WHERE state IN ('to_check', 'to_apply');

-- What stands in a batch's way, and what is only to be known about it, by the rows of its file.
CREATE TABLE reorganisation_batch_remark (
  batch_id uuid NOT NULL CONSTRAINT reorganisation_batch_remark_of_a_batch REFERENCES reorganisation_batch,
  position integer NOT NULL,
  is_problem boolean NOT NULL,
  row integer,
  column_name text,
  code text NOT NULL,
  vi text NOT NULL,
  en text NOT NULL,
  CONSTRAINT reorganisation_batch_remark_pkey PRIMARY KEY (batch_id, position)
);
"""


class Migration(migrations.Migration):
    """Cuts and batches."""

    dependencies = [("org", "0009_audit")]
    operations = [operations.RunSQL(CUTS), operations.RunSQL(BATCHES)]
