"""Publishing the rows of a file: every problem is told with its row, and all rows are applied or none."""

from datetime import date, timedelta

import pytest

from kit import db
from kit.calendar import today
from kit.errors import InvalidInput, SignInRequired
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from org.headcounts.service import (
    Cell,
    HeadcountRow,
    HeadcountRowsRefused,
    PublishedInBulk,
    cells_on,
    publish_headcounts,
    publish_headcounts_in_bulk,
)

DAY = date(2026, 1, 1)
YOUNG, OLD = Cell("under_25", "female", 10, 12), Cell("45_plus", "male", 5, 4, "college", "mining")


def rows_of(*given):
    """Number rows as a file does: the first below the headings is the second."""
    return [HeadcountRow(row, *values) for row, values in enumerate(given, start=2)]


async def test_rows_of_one_unit_and_day_are_one_publication(tree, events):
    rows = rows_of(
        ("HN-001", DAY, YOUNG),
        ("hue", DAY, YOUNG),
        ("HN-001", DAY, OLD),
        ("HN-001", date(2025, 8, 1), OLD),
    )
    done = await publish_headcounts_in_bulk(caller_as("editor", tree.top, "lan"), rows, " tệp tháng 1 ")
    assert done == PublishedInBulk(published=3, corrected=0, unchanged=0)
    known = await cells_on([tree.garment["id"], tree.hue["id"]], DAY)
    assert known[tree.garment["id"]].cells == (YOUNG, OLD)
    assert known[tree.hue["id"]].cells == (YOUNG,)
    assert {(one.origin, one.source, one.published_by) for one in known.values()} == {("file", "tệp tháng 1", "lan")}
    [earlier] = (await cells_on([tree.garment["id"]], date(2025, 12, 31))).values()
    assert (earlier.day, earlier.until, earlier.cells) == (date(2025, 8, 1), DAY, (OLD,))
    told = {(payload["unit_id"], payload["day"]) for kind, payload in await events(3) if kind == "headcount.published"}
    assert told == {
        (str(tree.garment["id"]), "2026-01-01"),
        (str(tree.garment["id"]), "2025-08-01"),
        (str(tree.hue["id"]), "2026-01-01"),
    }


async def test_every_problem_is_told_and_nothing_applied(tree, everything):
    await publish_headcounts(SYSTEM, tree.section["id"], DAY, [YOUNG], "x")
    before = await everything()
    tomorrow = today() + timedelta(days=1)
    rows = rows_of(
        ("HN-001", DAY, YOUNG),
        ("NOWHERE", DAY, YOUNG),
        ("HN-001", DAY, Cell("teens", "female", -1, 10_000_001, "magic", "")),
        ("HUE", DAY, YOUNG),
        ("HN-001", DAY, YOUNG),
        ("HN-001", date(2020, 1, 1), YOUNG),
        ("HN-001", tomorrow, YOUNG),
        ("HN\x00", DAY, YOUNG),
        ("HN-001-01", DAY, OLD),
    )
    with pytest.raises(HeadcountRowsRefused) as refused:
        await publish_headcounts_in_bulk(caller_as("editor", tree.hanoi), rows, "tệp")
    shown = [(problem.row, problem.error.code, problem.error.message("en")) for problem in refused.value.problems]
    assert shown == [
        (3, "NOT_FOUND", "On 2026-01-01 no unit has the code “NOWHERE”."),
        (4, "UNKNOWN_CODE", "age_band: the vocabulary “Age bands” has no code “teens” on 2026-01-01."),
        (4, "UNKNOWN_CODE", "education: the vocabulary “Education” has no code “magic” on 2026-01-01."),
        (4, "UNKNOWN_CODE", "field: the vocabulary “Fields of work” has no code “” on 2026-01-01."),
        (4, "INVALID_INPUT", "members: must be between 0 and 10000000."),
        (4, "INVALID_INPUT", "workers: must be between 0 and 10000000."),
        (5, "INVALID_INPUT", "unit_code: you are not an editor of this unit."),
        (6, "INVALID_INPUT", "age_band: counts the same people as row 2."),
        (7, "NOT_FOUND", "On 2020-01-01 no unit has the code “HN-001”."),
        (8, "DATE_IN_FUTURE", f"The date {tomorrow.isoformat()} is in the future."),
        (9, "NOT_FOUND", "On 2026-01-01 no unit has the code “HN\ufffd”."),
        (10, "HEADCOUNTS_ALREADY_PUBLISHED", shown[-1][2]),
    ]
    assert refused.value.message("vi") == "12 lỗi trong tệp; chưa công bố dòng nào."
    assert await everything() == before


async def test_who_may_not_publish_is_not_told_what_is_published(tree):
    await publish_headcounts(SYSTEM, tree.hue["id"], DAY, [YOUNG], "x")
    with pytest.raises(HeadcountRowsRefused) as refused:
        await publish_headcounts_in_bulk(caller_as("editor", tree.hanoi), rows_of(("HUE", DAY, OLD)), "tệp")
    assert [problem.error.code for problem in refused.value.problems] == ["INVALID_INPUT"]


async def test_the_same_file_again_changes_nothing(tree, everything):
    rows = rows_of(("HN-001", DAY, YOUNG), ("HN-001", DAY, OLD), ("HUE", DAY, YOUNG))
    await publish_headcounts_in_bulk(SYSTEM, rows, "tệp")
    before = await everything()
    done = await publish_headcounts_in_bulk(SYSTEM, list(reversed(rows)), "tệp")
    assert done == PublishedInBulk(published=0, corrected=0, unchanged=2)
    assert await everything() == before


async def test_other_numbers_are_corrections_and_need_a_reason(tree, everything):
    await publish_headcounts_in_bulk(SYSTEM, rows_of(("HN-001", DAY, YOUNG), ("HUE", DAY, YOUNG)), "tệp")
    before = await everything()
    rows = rows_of(("HUE", DAY, YOUNG), ("HN-001", DAY, OLD), ("HN-001-01", DAY, OLD))
    with pytest.raises(HeadcountRowsRefused) as refused:
        await publish_headcounts_in_bulk(SYSTEM, rows, "tệp mới")
    assert [(problem.row, problem.error.code) for problem in refused.value.problems] == [
        (3, "HEADCOUNTS_ALREADY_PUBLISHED")
    ]
    assert await everything() == before
    done = await publish_headcounts_in_bulk(SYSTEM, rows, "tệp mới", "tệp cũ sai")
    assert done == PublishedInBulk(published=1, corrected=1, unchanged=1)
    [told] = (await cells_on([tree.garment["id"]], DAY)).values()
    assert (told.cells, told.source) == ((OLD,), "tệp mới")
    was = await db.row("SELECT replaced_by, replaced_why FROM headcount_publication WHERE id = $1", told.corrects)
    assert tuple(was) == ("system", "tệp cũ sai")


async def test_a_unit_with_too_many_cells_is_refused(tree):
    await db.execute(
        """INSERT INTO term (vocabulary, code, label_vi, label_en, position)
           SELECT 'field', 'field_' || number, 'x', 'x', number FROM generate_series(1, 501) AS number"""
    )
    rows = rows_of(*(("HUE", DAY, Cell("25_34", "male", 1, 1, None, f"field_{n}")) for n in range(1, 502)))
    with pytest.raises(HeadcountRowsRefused) as refused:
        await publish_headcounts_in_bulk(SYSTEM, rows, "tệp")
    [problem] = refused.value.problems
    assert problem.row == 502
    assert problem.error.message("en") == "unit_code: a unit may not have more than 500 cells a day."


@pytest.mark.parametrize(("rows", "source", "why"), [([], "x", None), (1, " ", None), (1, "x", " ")])
async def test_refuses_no_rows_and_blank_texts(tree, everything, rows, source, why):
    before = await everything()
    with pytest.raises(InvalidInput):
        await publish_headcounts_in_bulk(SYSTEM, rows_of(("HUE", DAY, YOUNG)) if rows else [], source, why)
    assert await everything() == before


async def test_nobody_has_to_sign_in(tree):
    with pytest.raises(SignInRequired):
        await publish_headcounts_in_bulk(ANONYMOUS, rows_of(("HUE", DAY, YOUNG)), "x")


async def test_many_rows_take_as_many_statements_as_one(tree):
    with queries() as one:
        await publish_headcounts_in_bulk(SYSTEM, rows_of(("HUE", DAY, YOUNG)), "tệp")
    bands, day = ("under_25", "25_34", "35_44", "45_plus"), date(2025, 7, 1)
    many = [
        (code, day + timedelta(days=n), Cell(band, gender, n, n))
        for code in ("HN", "EVN", "HN-001")
        for n in range(180)
        for band in bands
        for gender in ("female", "male")
    ]
    with queries() as all_of_them:
        done = await publish_headcounts_in_bulk(SYSTEM, rows_of(*many), "tệp")
    assert done.published == 540
    assert all_of_them.count == one.count
