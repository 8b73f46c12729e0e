"""Classes that a unit planned end with it like all else that hangs on it, and come back when that is undone."""

from tortoise import migrations
from tortoise.migrations import operations

KINDS = """
ALTER TABLE reorganisation_cut DROP CONSTRAINT reorganisation_cut_kind_known;
ALTER TABLE reorganisation_cut ADD CONSTRAINT reorganisation_cut_kind_known CHECK (kind IN (
  'appointment', 'collaborator', 'post', 'department_version', 'channel_version', 'unit_group_member', 'training_class',
  'role_grant'));
ALTER TABLE import_effect DROP CONSTRAINT import_effect_list_known;
ALTER TABLE import_effect ADD CONSTRAINT import_effect_list_known CHECK (
  list IN ('units', 'along', 'headcounts', 'officers', 'grants', 'classes'));
"""


class Migration(migrations.Migration):
    """One kind of cut and one list of effects more."""

    dependencies = [("org", "0020_headcount_sums")]
    operations = [operations.RunSQL(KINDS)]
