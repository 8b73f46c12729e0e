"""Admins bound what roles may upload to their unit and those below it, as far as the units above allow."""

from typing import Any

import asyncpg
import pytest
from archive_world import Union, add, contributor, editor, picture

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import Ask, caller_as
from media_archive.uploads.inspection import FileTooLarge
from media_archive.uploads.limits import FileTypeNotForRole, largest_size, limits_at

ALL = ["image", "pdf", "office", "text", "audio", "video"]
SET = """mutation ($input: SetUploadLimitInput!) { setUploadLimit(input: $input) {
    ... on UploadLimitSuccess { limit { role mostMegabytes mostOpen mostADay families isOwn } }
    ... on Problem { code message } ... on InvalidInput { field } ... on UploadLimitTooHigh { most } } }"""
CLEAR = """mutation ($unit: ID!, $role: String!) { clearUploadLimit(unitId: $unit, role: $role) {
    ... on UploadLimitSuccess { limit { mostMegabytes isOwn } } ... on Problem { code } } }"""
TOLD = "query ($unit: ID!) { uploadLimits(unitId: $unit) { role mostMegabytes isOwn } }"


def said(unit: Any, **change: Any) -> dict[str, Any]:
    usual = {"role": "contributor", "mostMegabytes": 1, "mostOpen": 5, "mostADay": 9, "families": ALL}
    return {"unitId": str(unit.id), **usual, **change}


async def test_what_a_unit_says_holds_for_it_and_those_below(ask: Ask, union: Union):
    admin = caller_as("admin", union.north)
    told = (await ask(SET, admin, input=said(union.north, families=["text", "text"]))).field["limit"]
    assert told == {
        "role": "contributor",
        "mostMegabytes": 1,
        "mostOpen": 5,
        "mostADay": 9,
        "families": ["text"],
        "isOwn": True,
    }
    with pytest.raises(FileTooLarge):
        await add(union.factory, "Lớn", b"a" * 1_000_001, caller=contributor(union.factory))
    with pytest.raises(FileTypeNotForRole):
        await add(union.factory, "Ảnh", picture(size=(40, 30)), caller=contributor(union.factory), file_name="a.jpg")
    await add(union.factory, "Lớn", b"b" * 1_000_001, caller=editor(union.factory))
    await add(union.south, "Lớn", b"c" * 1_000_001, caller=contributor(union.south))
    await ask(SET, admin, input=said(union.north, mostMegabytes=3))
    below = (await ask(TOLD, caller_as("admin", union.factory), unit=str(union.factory.id))).field
    assert [(one["role"], one["mostMegabytes"], one["isOwn"]) for one in below] == [
        ("admin", 5000, False),
        ("editor", 5000, False),
        ("contributor", 3, False),
    ]


async def test_no_unit_allows_more_than_those_above(ask: Ask, union: Union):
    admin = caller_as("admin", union.root)
    await ask(SET, admin, input=said(union.north, mostMegabytes=100, families=["text", "pdf"]))
    for change, most in (
        ({"mostMegabytes": 101, "families": ["text"]}, "100"),
        ({"mostOpen": 6, "families": ["text"]}, "5"),
        ({"mostADay": 10, "families": ["text"]}, "9"),
        ({"families": ["image"]}, "pdf, text"),
    ):
        reply = await ask(SET, caller_as("admin", union.factory), input=said(union.factory, **change))
        assert (reply.code, reply.field["most"]) == ("UPLOAD_LIMIT_TOO_HIGH", most)
    assert await db.value("SELECT count(*) FROM unit_upload_limit") == 1
    # What was allowed is bounded also when those above come to allow less.
    assert (await ask(SET, admin, input=said(union.factory, mostMegabytes=90, families=["pdf"]))).code is None
    await ask(SET, admin, input=said(union.north, mostMegabytes=10, families=["text"]))
    limits = await limits_at(contributor(union.factory), union.factory.path)
    assert (limits.most_megabytes, limits.families) == (10, ())


async def test_the_top_of_the_union_may_allow_more_than_the_archive_does_by_itself(ask: Ask, union: Union):
    admin = caller_as("admin", union.root)
    assert await largest_size() == 5_000_000_000
    reply = await ask(SET, admin, input=said(union.root, mostMegabytes=9_000, mostOpen=1000))
    assert reply.field["limit"]["mostMegabytes"] == 9_000
    assert await largest_size() == 9_000_000_000
    assert (await limits_at(contributor(union.factory), union.factory.path)).most_megabytes == 9_000
    assert (await ask(SET, admin, input=said(union.root, mostMegabytes=50_001))).code == "UPLOAD_LIMIT_TOO_HIGH"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mostMegabytes": 0}, "mostMegabytes"),
        ({"mostOpen": -1}, "mostOpen"),
        ({"role": "worker"}, "role"),
        ({"families": []}, "families"),
        ({"families": ["svg"]}, "families"),
    ],
)
async def test_refuses_what_is_no_limit(ask: Ask, union: Union, change: dict[str, Any], field: str):
    reply = await ask(SET, caller_as("admin", union.root), input=said(union.root, **change))
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", field)
    assert await db.value("SELECT count(*) FROM unit_upload_limit") == 0


async def test_only_admins_of_the_unit_say_and_are_told_and_take_it_back(ask: Ask, union: Union):
    unit = str(union.north.id)
    for caller, code in (
        (ANONYMOUS, "SIGN_IN_REQUIRED"),
        (editor(union.root), "FORBIDDEN"),
        (caller_as("admin", union.factory), "FORBIDDEN"),
    ):
        assert (await ask(SET, caller, input=said(union.north))).code == code
        assert (await ask(CLEAR, caller, unit=unit, role="editor")).code == code
        assert (await ask(TOLD, caller, unit=unit)).code == code
    admin = caller_as("admin", union.north)
    await ask(SET, admin, input=said(union.north))
    for _ in range(2):
        cleared = (await ask(CLEAR, admin, unit=unit, role="contributor")).field["limit"]
        assert cleared == {"mostMegabytes": 2000, "isOwn": False}
    trail = await db.rows("SELECT action, thing_id FROM audit ORDER BY id")
    assert [tuple(row) for row in trail] == [
        ("upload_limit.set", f"{unit}/contributor"),
        ("upload_limit.cleared", f"{unit}/contributor"),
    ]


ONE = "INSERT INTO unit_upload_limit VALUES ('00000000-0000-0000-0000-000000000001', "


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (f"{ONE}'editor', 1, 1, 1, '{{text}}')", "pkey"),
        (f"{ONE}'worker', 1, 1, 1, '{{text}}')", "role_known"),
        (f"{ONE}'admin', 50001, 1, 1, '{{text}}')", "bounded"),
        (f"{ONE}'admin', 1, 1, 1, '{{svg}}')", "families_known"),
    ],
)
async def test_the_database_refuses_it_too(union: Union, statement: str, constraint: str):
    await db.execute(f"{ONE}'editor', 1, 1, 1, '{{text}}')")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with db.transaction():
            await db.execute(statement)
    assert db.violated(refused.value) == f"unit_upload_limit_{constraint}"
