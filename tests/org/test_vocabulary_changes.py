"""Changing vocabularies: by admins of the top only, from a day on, and told to the other services as a whole."""

from datetime import date, timedelta

import orjson
import pytest

from kit import db
from kit.calendar import today
from kit.errors import Forbidden, InvalidInput, NotFound, SignInRequired, UnknownCode
from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as
from org.channels.service import ChannelFacts, add_channel, close_channel
from org.vocabularies.service import (
    TermExists,
    TermInUse,
    add_term,
    codes_on,
    end_term,
    labels,
    relabel_term,
    reorder_terms,
    require_term,
    vocabulary_names,
)
from org.vocabularies.service.uses import uses_from

TOMORROW = today() + timedelta(days=1)
YESTERDAY = today() - timedelta(days=1)


async def terms(vocabulary):
    rows = await db.rows(
        """SELECT code, label_vi, label_en, position, lower(valid), upper(valid) FROM term
           WHERE vocabulary = $1 ORDER BY position, code, valid""",
        vocabulary,
    )
    return [tuple(row) for row in rows]


async def everything_said():
    return (
        await terms("topic"),
        await db.value("SELECT count(*) FROM outbox"),
        await db.value("SELECT max(id) FROM audit"),
    )


ADD = """
mutation ($input: AddVocabularyTermInput!) { addVocabularyTerm(input: $input) {
  ... on AddVocabularyTermSuccess { updatedVocabulary { name terms { nodes { code labelVi labelEn position validFrom } } } }
  ... on Problem { code message }
  ... on UnknownCode { field vocabulary unknownCode }
  ... on TermExists { vocabulary termCode } } }"""


async def test_an_admin_of_the_top_adds_a_term_at_the_end(ask, tree, events):
    new = {"vocabulary": "topic", "code": "digital_life", "labelVi": " Đời  sống số ", "labelEn": "Digital life"}
    reply = await ask(ADD, caller_as("admin", tree.top), input=new)
    added = {"code": "digital_life", "labelVi": "Đời sống số", "labelEn": "Digital life", "position": 11}
    assert reply.field["updatedVocabulary"]["terms"]["nodes"][-1] == {**added, "validFrom": today().isoformat()}
    ((type_, payload),) = await events(1)
    assert (type_, payload["vocabulary"], len(payload["terms"])) == ("vocabulary.changed", "topic", 11)
    assert payload["terms"][-1] == {
        "code": "digital_life",
        "vi": "Đời sống số",
        "en": "Digital life",
        "position": 11,
        "valid_from": today().isoformat(),
        "valid_to": None,
    }
    entry = await db.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1")
    assert (entry["action"], entry["unit_id"], entry["thing_id"]) == (
        "vocabulary.term_added",
        tree.top["id"],
        "topic/digital_life",
    )
    assert orjson.loads(entry["after"])["label_en"] == "Digital life"


async def test_a_term_holds_from_its_first_day(tree):
    await add_term(SYSTEM, "topic", "later", "Sau này", "Later", TOMORROW)
    assert "later" not in await codes_on("topic", today())
    await require_term("topic", "topic", "later", TOMORROW)


REFUSED = [
    (lambda tree: ANONYMOUS, SignInRequired),
    (lambda tree: caller_as("editor", tree.top), Forbidden),
    (lambda tree: caller_as("analyst", tree.top), Forbidden),
    (lambda tree: caller_as("admin", tree.hanoi), Forbidden),
]


@pytest.mark.parametrize(("caller", "refusal"), REFUSED, ids=["nobody", "editor", "analyst", "admin of a province"])
async def test_nobody_else_changes_a_vocabulary(tree, caller, refusal):
    before = await everything_said()
    for change in (
        lambda who: add_term(who, "topic", "x", "x", "x"),
        lambda who: relabel_term(who, "topic", "policy", "x", "x"),
        lambda who: end_term(who, "topic", "policy"),
        lambda who: reorder_terms(who, "topic", []),
    ):
        with pytest.raises(refusal):
            await change(caller(tree))
    assert await everything_said() == before


async def test_an_admin_of_one_of_two_tops_changes_nothing(tree, new_unit):
    await new_unit(None, "Một gốc khác", "GOC", "confederation", kind="confederation")
    with pytest.raises(Forbidden):
        await add_term(caller_as("admin", tree.top), "topic", "x", "x", "x")


async def test_says_when_a_code_is_there_already(ask, tree):
    before = await everything_said()
    new = {"vocabulary": "topic", "code": "policy", "labelVi": "x", "labelEn": "x", "since": "2020-01-01"}
    reply = await ask(ADD, caller_as("admin", tree.top), input=new)
    assert reply.field == {
        "code": "TERM_EXISTS",
        "message": "Danh mục “Chủ đề truyền thông” đã có mã “policy” từ ngày 01/01/2020 trở đi.",
        "vocabulary": "topic",
        "termCode": "policy",
    }
    assert await everything_said() == before


@pytest.mark.parametrize("code", ["", "Policy", "đời_sống", "a b", "x" * 61, "\x00"])
async def test_refuses_what_is_no_code(tree, code):
    with pytest.raises(InvalidInput):
        await add_term(SYSTEM, "topic", code, "x", "x")


@pytest.mark.parametrize(("vi", "en"), [("", "x"), ("x", " \n"), ("x" * 201, "x")])
async def test_refuses_labels_that_say_nothing_or_too_much(tree, vi, en):
    with pytest.raises(InvalidInput):
        await add_term(SYSTEM, "topic", "new", vi, en)


async def test_there_must_be_such_a_vocabulary(tree):
    with pytest.raises(NotFound):
        await add_term(SYSTEM, "nonsense", "new", "x", "x")


async def test_labels_change_from_a_day_on_and_the_former_stay(tree, events):
    await relabel_term(SYSTEM, "gender", "other", "Giới tính khác", "Another gender", TOMORROW)
    assert (await terms("gender"))[2:] == [
        ("other", "Khác", "Other", 3, None, TOMORROW),
        ("other", "Giới tính khác", "Another gender", 3, TOMORROW, None),
    ]
    ((_, payload),) = await events(1)
    assert [(term["code"], term["en"]) for term in payload["terms"]][2:] == [
        ("other", "Other"),
        ("other", "Another gender"),
    ]


async def test_labels_changed_twice_on_a_day_are_the_last_ones(tree):
    await relabel_term(SYSTEM, "gender", "other", "a", "a", TOMORROW)
    await relabel_term(SYSTEM, "gender", "other", "b", "b", TOMORROW)
    assert [(vi, since) for _, vi, _, _, since, _ in (await terms("gender"))[2:]] == [("Khác", None), ("b", TOMORROW)]


async def test_labels_that_begin_later_stay(tree):
    await relabel_term(SYSTEM, "gender", "other", "a", "a", TOMORROW)
    await relabel_term(SYSTEM, "gender", "other", "b", "b", today())
    assert [row[1:] for row in (await terms("gender"))[2:]] == [
        ("Khác", "Other", 3, None, today()),
        ("b", "b", 3, today(), TOMORROW),
        ("a", "a", 3, TOMORROW, None),
    ]


async def test_the_same_labels_again_tell_nobody(tree):
    before = await db.value("SELECT count(*) FROM outbox")
    await relabel_term(SYSTEM, "gender", "other", "Khác", "Other")
    assert await db.value("SELECT count(*) FROM outbox") == before


async def test_a_code_without_a_term_is_named(ask, tree):
    document = """mutation ($input: RelabelVocabularyTermInput!) { relabelVocabularyTerm(input: $input) {
      ... on Problem { code message } ... on UnknownCode { field vocabulary unknownCode } } }"""
    given = {"vocabulary": "level", "code": "upper_direct", "labelVi": "x", "labelEn": "x", "on": "2025-07-01"}
    reply = await ask(document, caller_as("admin", tree.top), language="en", input=given)
    assert reply.field == {
        "code": "UNKNOWN_CODE",
        "message": "code: the vocabulary “Levels of unions” has no code “upper_direct” on 2025-07-01.",
        "field": "code",
        "vocabulary": "level",
        "unknownCode": "upper_direct",
    }


async def test_a_term_ends_and_may_begin_again(tree, events):
    await end_term(SYSTEM, "topic", "rebuttal", YESTERDAY)
    assert "rebuttal" not in await codes_on("topic", YESTERDAY)
    assert "rebuttal" in await codes_on("topic", YESTERDAY - timedelta(days=1))
    ((_, payload),) = await events(1)
    assert next(term for term in payload["terms"] if term["code"] == "rebuttal")["valid_to"] == YESTERDAY.isoformat()
    await add_term(SYSTEM, "topic", "rebuttal", "Phản bác tin giả", "Rebutting fake news")
    assert "rebuttal" in await codes_on("topic", today())


async def test_a_term_that_ends_on_its_first_day_never_was(tree):
    before = await terms("topic")
    await add_term(SYSTEM, "topic", "mistake", "Nhầm", "Mistake")
    await relabel_term(SYSTEM, "topic", "mistake", "Nhầm lẫn", "Mistake", TOMORROW)
    await end_term(SYSTEM, "topic", "mistake", today())
    assert await terms("topic") == before


END = """
mutation ($input: EndVocabularyTermInput!) { endVocabularyTerm(input: $input) {
  ... on EndVocabularyTermSuccess { updatedVocabulary { name } }
  ... on Problem { code message } ... on TermInUse { vocabulary termCode uses } } }"""


@pytest.mark.parametrize(
    ("vocabulary", "code", "uses"),
    # Levels also stand in rules: two units and five rules, of which two are about the special level and two below.
    [("unit_kind", "provincial_federation", 2), ("region", "red_river_delta", 2), ("level", "section", 3)],
)
async def test_refuses_to_end_what_is_in_use_and_says_how_much(ask, tree, vocabulary, code, uses):
    # Regions stand at provinces as well.
    uses += await db.value(
        "SELECT count(*) FROM place WHERE $1 = 'region' AND region = $2 AND upper_inf(valid)", vocabulary, code
    )
    before = await terms(vocabulary)
    given = {"vocabulary": vocabulary, "code": code}
    reply = await ask(END, caller_as("admin", tree.top), language="en", input=given)
    _, called = (await vocabulary_names())[vocabulary]
    _, term = await labels(vocabulary, code, today())
    assert reply.field == {
        "code": "TERM_IN_USE",
        "message": f"“{term}” of the vocabulary “{called}” is used {uses} times on {today()} or later.",
        "vocabulary": vocabulary,
        "termCode": code,
        "uses": uses,
    }
    assert await terms(vocabulary) == before


async def test_what_is_past_does_not_hold_a_term_back(tree):
    facts = ChannelFacts(name="Bản tin công nhân", audience="officers")
    channel = await add_channel(SYSTEM, tree.hanoi["id"], "bulletin", facts, date(2026, 1, 1))
    with pytest.raises(TermInUse):
        await end_term(SYSTEM, "channel_kind", "bulletin", date(2026, 3, 1))
    await close_channel(SYSTEM, channel["id"], date(2026, 3, 1))
    await end_term(SYSTEM, "channel_kind", "bulletin", date(2026, 3, 1))
    assert "bulletin" not in await codes_on("channel_kind", date(2026, 3, 1))


async def test_a_future_use_counts(tree):
    facts = ChannelFacts(name="Bản tin công nhân", audience="officers")
    await add_channel(SYSTEM, tree.hanoi["id"], "bulletin", facts, TOMORROW)
    with pytest.raises(TermInUse) as refused:
        await end_term(SYSTEM, "channel_kind", "bulletin", today())
    assert refused.value.details["uses"] == 1


async def test_every_vocabulary_can_be_asked_for_its_uses(tree):
    for row in await db.rows("SELECT code, vocabulary FROM term WHERE valid @> $1::date", today()):
        assert await uses_from(row["vocabulary"], row["code"], today()) >= 0


async def test_terms_come_in_their_new_order(ask, tree):
    await add_term(SYSTEM, "gender", "former", "Cũ", "Former", date(2020, 1, 1))
    await end_term(SYSTEM, "gender", "former", date(2021, 1, 1))
    document = """mutation ($input: ReorderVocabularyInput!) { reorderVocabulary(input: $input) {
      ... on ReorderVocabularySuccess { updatedVocabulary { terms { nodes { code position } } } } ... on Problem { code } } }"""
    given = {"vocabulary": "gender", "codes": ["other", "female", "male"]}
    reply = await ask(document, caller_as("admin", tree.top), input=given)
    assert reply.field["updatedVocabulary"]["terms"]["nodes"] == [
        {"code": "other", "position": 1},
        {"code": "female", "position": 2},
        {"code": "male", "position": 3},
    ]
    assert [(code, position) for code, _, _, position, _, _ in await terms("gender")][3] == ("former", 4)


@pytest.mark.parametrize("codes", [[], ["female", "male"], ["female", "male", "other", "other"]])
async def test_an_order_has_every_term_once(tree, codes):
    before = await terms("gender")
    with pytest.raises(InvalidInput):
        await reorder_terms(SYSTEM, "gender", codes)
    assert await terms("gender") == before


async def test_an_order_names_what_it_does_not_know(tree):
    with pytest.raises(UnknownCode) as refused:
        await reorder_terms(SYSTEM, "gender", ["female", "male", "x"])
    assert refused.value.details["unknown_code"] == "x"


async def test_a_term_that_exists_twice_a_day_is_refused_by_the_database(tree):
    with pytest.raises(Exception, match="term_no_overlap"):
        async with db.transaction():
            await db.execute(
                "INSERT INTO term (vocabulary, code, label_vi, label_en, position) VALUES ('topic', 'policy', 'x', 'x', 1)"
            )
    with pytest.raises(TermExists):
        await add_term(SYSTEM, "topic", "policy", "x", "x")
