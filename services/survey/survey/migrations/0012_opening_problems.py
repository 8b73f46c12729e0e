"""Why a wave whose time has come is still planned: kept with it, where its staff sees it, and not in the log alone."""

from tortoise import migrations
from tortoise.migrations.operations import RunSQL

PROBLEM = """
ALTER TABLE wave
    ADD COLUMN problem_code text,
    ADD COLUMN problem_vi text,
    ADD COLUMN problem_en text,
    ADD CONSTRAINT wave_problem_whole CHECK (num_nonnulls(problem_code, problem_vi, problem_en) IN (0, 3)),
    -- What is planned is shown to staff alone, and so is this.
    ADD CONSTRAINT wave_problem_while_planned CHECK (problem_code IS NULL OR state = 'planned');
"""


class Migration(migrations.Migration):
    """Adds the note to waves."""

    dependencies = [("survey", "0011_news_in_any_order")]

    operations = [RunSQL(PROBLEM)]
