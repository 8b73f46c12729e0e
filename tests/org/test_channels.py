"""A unit's channels: put on record, changed and closed by its editors; public ones for everybody to see."""

from datetime import date, timedelta
from uuid import uuid4

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired, UnknownCode
from kit.identity import ANONYMOUS, SYSTEM, Caller
from kit.testing import caller_as, queries
from org.channels.reading import find_channel
from org.channels.service import (
    ChannelAddressTaken,
    ChannelClosed,
    ChannelDateBackwards,
    ChannelFacts,
    Manager,
    add_channel,
    change_channel,
    close_channel,
)
from org.units.service import UnitNotOnDay

OPENED = date(2026, 1, 5)
PAGE = ChannelFacts(
    name="Công đoàn Hà Nội", audience="members_and_workers", address="https://www.facebook.com/congdoanhanoi"
)
INTERNAL = ChannelFacts(name="Nhóm cán bộ", audience="officers", address="https://zalo.me/g/abc", is_public=False)

CHANNELS = """
query ($code: String!, $first: Int! = 20, $after: String, $kinds: [String!], $asOf: Date) { unitByCode(code: $code) {
  channels(first: $first, after: $after, kinds: $kinds, asOf: $asOf) {
    nodes { id kind name address audience isPublic since until openedOn closedOn
            managerDepartmentId managerAppointmentId unit { code } }
    pageInfo { hasNextPage endCursor } } } }"""


async def stored():
    tables = ("channel", "channel_version", "audit", "outbox")
    return {
        table: [tuple(row) for row in await db.rows(f"SELECT * FROM {table} AS t ORDER BY t::text")] for table in tables
    }


async def department_of(unit):
    """A department as far as a channel cares: an id that belongs to the unit."""
    department = uuid4()
    await db.execute("INSERT INTO department (id, unit_id) VALUES ($1, $2)", department, unit["id"])
    return department


async def names(ask, caller, code="HN", **more):
    reply = await ask(CHANNELS, caller, code=code, **more)
    return [channel["name"] for channel in reply.field["channels"]["nodes"]]


ADD = """
mutation ($input: AddChannelInput!) { addChannel(input: $input) {
  __typename
  ... on AddChannelSuccess { channel { id kind name address audience isPublic since until unit { code } } }
  ... on Problem { code message }
  ... on InvalidInput { field }
  ... on UnknownCode { field vocabulary unknownCode } } }"""


async def test_an_editor_of_the_unit_puts_a_channel_on_record(ask, tree):
    facts = {"name": "  Trang  Công đoàn ", "audience": "society", "address": "fb.com/congdoanhanoi"}
    given = {"unitId": str(tree.hanoi["id"]), "kind": "facebook_page", "facts": facts, "since": "2026-01-05"}
    reply = await ask(ADD, caller_as("editor", tree.hanoi), input=given)
    channel = reply.field["channel"]
    assert channel == {
        "id": channel["id"],
        "kind": "facebook_page",
        "name": "Trang Công đoàn",
        "address": "https://fb.com/congdoanhanoi",
        "audience": "society",
        "isPublic": True,
        "since": "2026-01-05",
        "until": None,
        "unit": {"code": "HN"},
    }
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], entry["unit_id"], entry["thing_id"], entry["before"]) == (
        "channel.added",
        tree.hanoi["id"],
        channel["id"],
        None,
    )
    assert orjson.loads(entry["after"]) == {
        "kind": "facebook_page",
        "audience": "society",
        "is_public": True,
        "manager": None,
        "since": "2026-01-05",
        "until": None,
    }


REFUSED = [
    ("nobody", SignInRequired),
    ("worker", Forbidden),
    ("contributor", Forbidden),
    ("analyst", Forbidden),
    ("elsewhere", Forbidden),
    ("below", Forbidden),
]


@pytest.mark.parametrize(("who", "refusal"), REFUSED)
async def test_nobody_else_keeps_a_units_channels(tree, who, refusal):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    callers = {
        "nobody": ANONYMOUS,
        "elsewhere": caller_as("admin", tree.hue),
        "below": caller_as("admin", tree.garment),
    }
    caller = callers.get(who) or caller_as(who, tree.hanoi)
    before = await stored()
    with pytest.raises(refusal):
        await add_channel(caller, tree.hanoi["id"], "zalo", INTERNAL)
    with pytest.raises(refusal):
        await change_channel(caller, channel["id"], INTERNAL)
    with pytest.raises(refusal):
        await close_channel(caller, channel["id"])
    assert await stored() == before


async def test_everybody_sees_public_channels_and_nobody_else_the_manager(ask, tree):
    department = await department_of(tree.hanoi)
    facts = ChannelFacts(**{**_plain(PAGE), "manager": Manager("department", department)})
    await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", facts, OPENED)
    await add_channel(SYSTEM, tree.hanoi["id"], "zalo", INTERNAL, OPENED)
    for stranger in (ANONYMOUS, Caller("someone"), caller_as("admin", tree.hue), caller_as("admin", tree.garment)):
        (shown,) = (await ask(CHANNELS, stranger, code="HN")).field["channels"]["nodes"]
        assert (shown["name"], shown["managerDepartmentId"]) == ("Công đoàn Hà Nội", None)
    for insider in (caller_as("worker", tree.hanoi), caller_as("analyst", tree.top)):
        page, group = (await ask(CHANNELS, insider, code="HN")).field["channels"]["nodes"]
        assert (page["managerDepartmentId"], page["managerAppointmentId"]) == (str(department), None)
        assert (group["name"], group["isPublic"]) == ("Nhóm cán bộ", False)


async def test_one_channel_is_found_by_those_who_may_see_it(ask, tree):
    public = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    internal = await add_channel(SYSTEM, tree.hanoi["id"], "zalo", INTERNAL, OPENED)
    document = "query ($id: ID!, $asOf: Date) { unitChannel(id: $id, asOf: $asOf) { name } }"
    assert (await ask(document, id=str(public["id"]))).field == {"name": "Công đoàn Hà Nội"}
    assert (await ask(document, id=str(internal["id"]))).code == "NOT_FOUND"
    assert (await ask(document, caller_as("worker", tree.hanoi), id=str(internal["id"]))).field == {
        "name": "Nhóm cán bộ"
    }
    assert (await ask(document, id=str(public["id"]), asOf="2026-01-04")).code == "NOT_FOUND"
    for unknown in (str(uuid4()), "x", ""):
        assert (await ask(document, id=unknown)).code == "NOT_FOUND"


def _plain(facts):
    return {name: getattr(facts, name) for name in facts.__slots__}


async def test_channels_come_by_kind_and_name_page_by_page(ask, tree):
    for kind, name in (("youtube", "Kênh A"), ("zalo", "Đ"), ("zalo", "D"), ("website", "Trang")):
        address = f"https://{'youtube.com' if kind == 'youtube' else 'zalo.me'}/{name.replace(' ', '')}"
        facts = ChannelFacts(name=name, audience="society", address=address)
        await add_channel(SYSTEM, tree.hanoi["id"], kind, facts, OPENED)
    assert await names(ask, ANONYMOUS) == ["Trang", "D", "Đ", "Kênh A"]
    assert await names(ask, ANONYMOUS, kinds=["youtube", "zalo"]) == ["D", "Đ", "Kênh A"]
    assert await names(ask, ANONYMOUS, kinds=[]) == []
    first = (await ask(CHANNELS, code="HN", first=2)).field["channels"]
    rest = (await ask(CHANNELS, code="HN", first=2, after=first["pageInfo"]["endCursor"])).field["channels"]
    assert [channel["name"] for channel in rest["nodes"]] == ["Đ", "Kênh A"]
    assert (await ask(CHANNELS, code="HN", kinds=["No Code"])).code == "UNKNOWN_CODE"


async def test_takes_one_statement_for_the_channels_of_a_list_of_units(ask, tree):
    await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    await add_channel(SYSTEM, tree.hue["id"], "facebook_page", PAGE, OPENED)
    with queries() as asked:
        reply = await ask("{ units { nodes { code channels { nodes { name } } } } }")
    shown = {unit["code"]: len(unit["channels"]["nodes"]) for unit in reply.field["nodes"]}
    assert shown == {"TLD": 0, "HN": 1, "HUE": 1, "EVN": 0, "HN-001": 0, "HN-001-01": 0}
    assert asked.count == 2


CHANGE = """
mutation ($input: ChangeChannelInput!) { changeChannel(input: $input) {
  ... on ChangeChannelSuccess { channel { name since until openedOn } }
  ... on Problem { code message } ... on ChannelDateBackwards { earliest } ... on ChannelClosed { closedOn } } }"""


async def test_facts_change_from_a_day_on_and_the_former_stay(ask, tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    facts = {"name": "Trang mới", "audience": "society", "address": "https://fb.com/moi"}
    given = {"id": str(channel["id"]), "facts": facts, "on": "2026-03-01"}
    reply = await ask(CHANGE, caller_as("editor", tree.hanoi), input=given)
    assert reply.field["channel"] == {
        "name": "Trang mới",
        "since": "2026-03-01",
        "until": None,
        "openedOn": "2026-01-05",
    }
    assert await names(ask, ANONYMOUS, asOf="2026-01-04") == []
    assert await names(ask, ANONYMOUS, asOf="2026-02-28") == ["Công đoàn Hà Nội"]
    assert await names(ask, ANONYMOUS) == ["Trang mới"]
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], orjson.loads(entry["before"])["audience"]) == ("channel.changed", "members_and_workers")
    after = orjson.loads(entry["after"])
    assert (after["audience"], after["changed"], after["on"]) == ("society", ["name", "address"], "2026-03-01")


async def test_the_audit_trail_has_neither_names_nor_addresses(tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    await change_channel(SYSTEM, channel["id"], ChannelFacts(**{**_plain(PAGE), "address": "fb.com/nguyenvanan"}))
    told = str(await db.rows("SELECT before, after FROM audit WHERE kind = 'channel'"))
    assert "Công đoàn Hà Nội" not in told
    assert "facebook" not in told.replace("facebook_page", "")
    assert "nguyenvanan" not in told


async def test_facts_changed_twice_on_a_day_are_the_last_ones(tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    for name in ("Một", "Hai"):
        await change_channel(SYSTEM, channel["id"], ChannelFacts(**{**_plain(PAGE), "name": name}), date(2026, 3, 1))
    versions = await db.rows("SELECT name, lower(valid), upper(valid) FROM channel_version ORDER BY valid")
    assert [tuple(row) for row in versions] == [
        ("Công đoàn Hà Nội", OPENED, date(2026, 3, 1)),
        ("Hai", date(2026, 3, 1), None),
    ]


async def test_the_same_facts_again_change_nothing(tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    before = await stored()
    again = await change_channel(SYSTEM, channel["id"], PAGE)
    assert again["since"] == OPENED
    assert await stored() == before


async def test_a_change_does_not_go_before_the_last_one(ask, tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    before = await stored()
    given = {"id": str(channel["id"]), "facts": {"name": "x", "audience": "society", "address": "fb.com/x"}}
    reply = await ask(CHANGE, caller_as("editor", tree.hanoi), input={**given, "on": "2026-01-04"})
    assert reply.field == {
        "code": "CHANNEL_DATE_BACKWARDS",
        "message": "Ngày 04/01/2026 quá sớm: sớm nhất là 05/01/2026.",
        "earliest": "2026-01-05",
    }
    assert await stored() == before


async def test_a_closed_channel_stays_on_record_and_as_it_is(ask, tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    closed = await close_channel(caller_as("editor", tree.top), channel["id"], date(2026, 6, 1))
    assert (closed["closed_on"], closed["name"]) == (date(2026, 6, 1), "Công đoàn Hà Nội")
    assert await names(ask, ANONYMOUS) == []
    assert await names(ask, ANONYMOUS, asOf="2026-05-31") == ["Công đoàn Hà Nội"]
    assert (await find_channel(ANONYMOUS, channel["id"]))["closed_on"] == date(2026, 6, 1)
    before = await stored()
    with pytest.raises(ChannelClosed):
        await change_channel(SYSTEM, channel["id"], PAGE)
    with pytest.raises(ChannelClosed):
        await close_channel(SYSTEM, channel["id"])
    assert await stored() == before


async def test_a_channel_closes_after_it_opened(tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    with pytest.raises(ChannelDateBackwards) as refused:
        await close_channel(SYSTEM, channel["id"], OPENED)
    assert refused.value.details["earliest"] == OPENED + timedelta(days=1)
    assert (await close_channel(SYSTEM, channel["id"], OPENED + timedelta(days=1)))["closed_on"] == date(2026, 1, 6)


async def test_a_change_keeps_the_end_that_is_known(tree):
    end = today() + timedelta(days=30)
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED, end)
    changed = await change_channel(SYSTEM, channel["id"], ChannelFacts(**{**_plain(PAGE), "name": "Khác"}))
    assert (changed["name"], changed["until"], changed["closed_on"]) == ("Khác", end, end)
    sooner = await close_channel(SYSTEM, channel["id"], end - timedelta(days=1))
    assert sooner["closed_on"] == end - timedelta(days=1)


async def test_a_unit_has_an_address_once_at_a_time(tree):
    first = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    await add_channel(SYSTEM, tree.hue["id"], "facebook_page", PAGE, OPENED)
    before = await stored()
    with pytest.raises(ChannelAddressTaken):
        await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, date(2026, 5, 1))
    assert await stored() == before
    await close_channel(SYSTEM, first["id"], date(2026, 5, 1))
    await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, date(2026, 5, 1))


async def test_many_boards_need_no_address(tree):
    for name in ("Cổng chính", "Nhà ăn"):
        facts = ChannelFacts(name=name, audience="members_and_workers")
        assert (await add_channel(SYSTEM, tree.garment["id"], "notice_board", facts, OPENED))["address"] is None


async def test_the_unit_must_exist_on_the_first_day(ask, tree):
    before = await stored()
    with pytest.raises(UnitNotOnDay):
        await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, date(2025, 6, 30))
    with pytest.raises(NotFound):
        await add_channel(SYSTEM, uuid4(), "facebook_page", PAGE)
    assert await stored() == before


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        ("emperor", {}, "kind"),
        ("facebook_page", {"audience": "nobody"}, "audience"),
    ],
)
async def test_names_a_code_that_it_does_not_know(ask, tree, kind, facts, field):
    before = await stored()
    given = {"name": "x", "audience": "society", "address": "fb.com/x"} | facts
    reply = await ask(
        ADD, caller_as("editor", tree.hanoi), input={"unitId": str(tree.hanoi["id"]), "kind": kind, "facts": given}
    )
    assert (reply.code, reply.field["field"], reply.field["unknownCode"]) == (
        "UNKNOWN_CODE",
        field,
        facts.get("audience", kind),
    )
    assert await stored() == before


@pytest.mark.parametrize("name", ["", " \n\t", "x" * 201])
async def test_a_name_says_something(tree, name):
    with pytest.raises(InvalidInput):
        await add_channel(SYSTEM, tree.hanoi["id"], "bulletin", ChannelFacts(name=name, audience="society"))


async def test_an_end_lies_after_the_beginning(tree):
    with pytest.raises(InvalidInput):
        await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED, OPENED)


async def test_a_manager_is_of_the_unit(ask, tree):
    elsewhere = await department_of(tree.hue)
    before = await stored()
    for manager in (Manager("department", elsewhere), Manager("appointment", uuid4())):
        with pytest.raises(NotFound):
            await add_channel(
                SYSTEM, tree.hanoi["id"], "facebook_page", ChannelFacts(**{**_plain(PAGE), "manager": manager})
            )
    both = {
        "name": "x",
        "audience": "society",
        "managerDepartmentId": str(elsewhere),
        "managerAppointmentId": str(elsewhere),
    }
    given = {"unitId": str(tree.hanoi["id"]), "kind": "bulletin", "facts": both}
    reply = await ask(ADD, caller_as("editor", tree.hanoi), input=given)
    assert (reply.code, reply.field["field"]) == ("INVALID_INPUT", "managerAppointmentId")
    assert await stored() == before


async def test_the_database_keeps_versions_apart(tree):
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "facebook_page", PAGE, OPENED)
    copied = """INSERT INTO channel_version SELECT channel_id, unit_id, kind, daterange('2027-01-01', NULL), name, 'x',
                audience, is_public, manager_kind, manager_id, sort_key FROM channel_version WHERE channel_id = $1"""
    with pytest.raises(Exception, match="channel_version_no_overlap"):
        async with db.transaction():
            await db.execute(copied, channel["id"])
    with pytest.raises(Exception, match="channel_version_of_a_channel"):
        async with db.transaction():
            await db.execute("UPDATE channel_version SET kind = 'zalo'")


async def test_an_unknown_kind_is_a_class_of_its_own(tree):
    with pytest.raises(UnknownCode):
        await add_channel(SYSTEM, tree.hanoi["id"], "\x00", PAGE)
