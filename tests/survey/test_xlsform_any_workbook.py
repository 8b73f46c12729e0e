"""No workbook makes the import fail: what can't be read is said, with a stable code."""

import io
import random
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsform_books import YES_NO, asked, comes_back, imported, questions_of, rows, workbook

from survey.questionnaires.xlsform.reading import import_workbook
from survey.questionnaires.xlsform.report import MOST_REMARKS

HEAD = ("type", "name", "label")


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


GOOD = workbook([HEAD, ("select_one yn", "a", "A"), ("text", "b", "B")])


# By name: contents are as long as a file, and hold the second in which they were made.
NOTHING_IN_THEM = {
    "nothing": (b"", "NOT_A_WORKBOOK"),
    "a PDF": (b"%PDF-1.7", "NOT_A_WORKBOOK"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00", "NOT_A_WORKBOOK"),
    "half a workbook": (GOOD[: len(GOOD) // 2], "NOT_A_WORKBOOK"),
    "a torn archive": (b"PK\x03\x04" + b"x" * 100, "NOT_A_WORKBOOK"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "NOT_A_WORKBOOK"),
    "an archive of letters": (zipped(letter=b"not a workbook"), "NOT_A_WORKBOOK"),
    "a bomb": (zipped(bomb=b"\0" * 70_000_000), "WORKBOOK_TOO_LARGE"),
    "too long a file": (b"x" * (10 * 1024 * 1024 + 1), "FILE_TOO_LARGE"),
    "empty sheets": (workbook([], [], []), "NO_SURVEY_SHEET"),
    "other headings": (workbook([("kind", "name"), ("text", "a")]), "NO_SURVEY_SHEET"),
    "headings alone": (workbook([HEAD]), "NOTHING_IMPORTED"),
    "too many rows": (workbook([HEAD, *(("text", f"q{n}", "Q") for n in range(3_100))]), "WORKBOOK_TOO_LARGE"),
}


@pytest.mark.parametrize("name", NOTHING_IN_THEM)
async def test_a_file_of_which_nothing_can_be_imported_says_why(name):
    content, code = NOTHING_IN_THEM[name]
    result = import_workbook(content)
    assert result.definition is None
    assert code in [each.code for each in result.remarks if each.level == "refused"]


async def test_sheets_and_headings_are_found_in_any_case_with_spaces_and_below_a_title():
    book = workbook(
        (), (), (), **{" Survey ": [("A title",), (" TYPE", "Name ", "LABEL :: Tiếng Việt (vi)"), ("text", "a", "A")]}
    )
    assert questions_of(import_workbook(book))["a"]["text"] == {"vi": "A"}
    single = workbook((), (), (), Sheet1=[HEAD, ("text", "a", "A")])
    assert next(each.code for each in import_workbook(single).remarks) == "SHEET_ASSUMED"


async def test_formulas_errors_and_merged_cells_count_as_what_they_show():
    result = import_workbook(workbook([HEAD, ("text", "a", '=A2&"x"'), ("text", "b", "#REF!"), ("text", "c", None)]))
    assert [(each.row, each.code) for each in result.remarks if each.code.startswith("CELL")] == [
        (2, "CELL_FORMULA"),
        (3, "CELL_ERROR"),
    ]
    assert [each["text"]["vi"] for each in questions_of(result).values()] == ["a", "b", "c"]


async def test_a_text_that_begins_like_a_formula_stays_a_text():
    definition = imported(asked("text", "a")).definition
    definition["sections"][0]["questions"][0]["text"] = {"vi": "=1+1 là mấy?"}
    assert comes_back(definition)


async def test_groups_without_end_without_begin_and_without_bottom():
    result = imported(
        asked("begin group", "g"),
        asked("begin_group", "h"),
        asked("text", "a"),
        {"type": "end group"},
        {"type": "end repeat"},
    )
    assert [(each.row, each.code) for each in result.remarks if each.level == "refused"] == [(6, "END_WITHOUT_BEGIN")]
    assert [(each.row, each.code) for each in result.remarks if each.code == "GROUP_NOT_CLOSED"] == [
        (2, "GROUP_NOT_CLOSED")
    ]
    deep = imported(*(asked("begin_group", f"g{n}") for n in range(300)), asked("text", "a"))
    assert deep.counts.refused == 289


async def test_more_groups_than_sections_keep_their_conditions():
    several = [
        each
        for n in range(60)
        for each in (
            asked("begin_group", f"g{n}", relevant="${first} = 'yes'"),
            asked("text", f"t{n}"),
            {"type": "end_group"},
        )
    ]
    result = imported(asked("select_one yn", "first"), *several)
    assert len(result.definition["sections"]) == 50
    assert questions_of(result)["t59"]["shown_if"] == {"question": "first", "is": ["yes"]}
    assert comes_back(result.definition)


async def test_expressions_that_would_never_end():
    calculations = [{"type": "calculate", "name": "c0", "calculation": "${c0} + 1"}]
    calculations += [
        {"type": "calculate", "name": f"c{n}", "calculation": f"${{c{n - 1}}} + ${{c{n - 1}}}"} for n in range(1, 40)
    ]
    nested = "1 = 1"
    for _ in range(30):
        nested = f"if({nested}, 1 = 1, 1 = 2)"
    result = imported(
        *calculations,
        asked("text", "a", relevant="${c39} > 1"),
        asked("text", "b", relevant=nested),
        asked("text", "c", relevant="not(" * 500 + "1" + ")" * 500, constraint="-" * 4000 + "1"),
    )
    dropped = sorted(each.code for each in result.remarks if each.level == "changed")
    assert dropped == ["CONDITION_DROPPED"] * 3 + ["CONSTRAINT_DROPPED"]


async def test_remarks_are_bounded_and_the_gravest_stay():
    several = [asked("text", f"q{n}", default="x", image="a.png") for n in range(1_100)]
    result = imported(*several, asked("geopoint", "last"))
    assert len(result.remarks) == MOST_REMARKS + 1
    assert [each.code for each in result.remarks if each.level == "refused"] == ["PLACE"]
    assert result.remarks[-1].code == "MORE_REMARKS"


@pytest.mark.parametrize("seed", range(4))
async def test_broken_bytes_never_crash(seed):
    chance = random.Random(seed)
    parts = {
        name: zipfile.ZipFile(io.BytesIO(GOOD)).read(name) for name in zipfile.ZipFile(io.BytesIO(GOOD)).namelist()
    }
    for _ in range(25):
        raw = bytearray(GOOD)
        for _ in range(chance.randint(1, 20)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        import_workbook(bytes(raw))
        broken = {name: bytearray(content) for name, content in parts.items()}
        chosen = broken[chance.choice(list(broken))]
        for _ in range(chance.randint(1, 6)):
            chosen[chance.randrange(len(chosen))] = chance.choice(b'<>"/0129az=')
        import_workbook(zipped(**{name: bytes(content) for name, content in broken.items()}))


CELLS = st.one_of(
    st.none(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
    st.sampled_from(
        ["a", "b", "A", "${a} = 'yes'", ". > 1", "not(selected(., 'no') and count-selected(.) > 1)", "yes"]
    ),
)
TYPES = st.sampled_from(
    [
        *(
            "text",
            "integer",
            "decimal",
            "date",
            "note",
            "select_one yn",
            "select_multiple yn or_other",
            "rank yn",
            "range",
        ),
        *(
            "begin_group",
            "end_group",
            "begin_repeat",
            "end_repeat",
            "acknowledge",
            "calculate",
            "start",
            "begin_score",
            "",
        ),
    ]
)
COLUMNS = ("name", "label", "label::English (en)", "hint", "required", "relevant", "constraint", "constraint_message")
COLUMNS = (*COLUMNS, "appearance", "parameters", "calculation", "read_only", "disabled", "loa_role", "loa_minimum")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(TYPES, *(CELLS for _ in COLUMNS)), max_size=12))
async def test_whatever_is_imported_comes_back_as_it_was(lines):
    result = import_workbook(workbook([("type", *COLUMNS), *lines], YES_NO))
    assert result.counts.rows == result.counts.imported + result.counts.refused + result.counts.disabled
    if result.definition is not None:
        assert comes_back(result.definition)


async def test_every_row_is_accounted_for():
    result = import_workbook(
        workbook(
            rows(
                asked("text", "a"),
                {"label": "no type"},
                {"hint": "a comment"},
                asked("text", "b", disabled="yes"),
                asked("gps", "c"),
            )
        )
    )
    counts = result.counts
    assert (counts.rows, counts.imported, counts.refused, counts.disabled) == (4, 1, 2, 1)
