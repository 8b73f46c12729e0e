"""The handbook of the tables tells of the columns as they are."""

from pathlib import Path

import pytest

from org.exchange.handbook import rewritten
from org.exchange.runs.purposes import purpose_named
from org.exchange.sheets import SHEETS

HANDBOOK = Path(__file__).parents[2] / "docs" / "exchange.md"


def test_the_handbook_says_what_the_tables_say():
    text = HANDBOOK.read_text("utf-8")
    assert rewritten(text) == text, "run: python -m org.exchange.handbook docs/exchange.md"


@pytest.mark.parametrize("name", SHEETS)
def test_every_heading_is_understood_and_means_one_column(name):
    sheet, purpose = SHEETS[name], purpose_named(name)
    for column in sheet.columns:
        for heading in (column.name, column.vi, column.en):
            assert purpose.headings[heading.lower()] == column.name
    assert set(purpose.required) == set(sheet.required)
