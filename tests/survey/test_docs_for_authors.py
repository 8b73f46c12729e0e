"""What the handbook for authors says of kinds and operators is what the schema has."""

import re

import orjson

from loa.place import ROOT
from survey.questionnaires.definition import schema

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
