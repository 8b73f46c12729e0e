"""What the handbook for authors says of kinds and operators is what the schema has."""

import re

import orjson

from loa.place import ROOT
from survey.questionnaires.definition import schema
from survey.questionnaires.xlsform.book import KNOWN_COLUMNS
from survey.questionnaires.xlsform.report import REASONS

HANDBOOK = (ROOT / "docs" / "questionnaires.md").read_text()


def test_every_kind_role_and_operator_is_in_the_handbook():
    question = schema()["$defs"]["question"]["properties"]
    operators = set(schema()["$defs"]["expression"]["properties"])
    named = set(re.findall(r"`([^`\n]+)`", HANDBOOK)) | set(re.findall(r'"([^"]+)":', HANDBOOK))
    roles = {role for role in question["role"]["enum"] if role}
    assert (set(question["kind"]["enum"]) | roles | operators | set(question)) - named == set()


def test_the_example_is_an_expression():
    (example,) = re.findall(r"```json\n(.*?)\n```", HANDBOOK, re.DOTALL)
    assert set(orjson.loads(example)) == {"and"}


def test_every_column_of_ours_and_every_level_is_in_the_handbook_of_spreadsheets():
    handbook = (ROOT / "docs" / "xlsform.md").read_text()
    own = {column for columns in KNOWN_COLUMNS.values() for column in columns if column.startswith("loa_")}
    levels = {level for level, _, _ in REASONS.values()}
    assert {each for each in own | levels if f"`{each}`" not in handbook} == set()
