"""A concept keeps its history: in which versions it was asked, in which words, and what changed from one to the next."""

import pytest
from survey_world import NORTH, PATHS, ROOT, SOUTH, World, both, choice, definition, question

from kit.identity import ANONYMOUS, SYSTEM
from kit.testing import caller_as, queries
from survey.questionnaires import service as questionnaires

HISTORY = """
query ($code: String!, $first: Int, $after: String) {
  surveyConcept(code: $code) {
    code
    versions(first: $first, after: $after) {
      nodes {
        questionnaireCode number previousNumber sha256
        questions { code kind text choices changes { what code before after } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
ANALYST = caller_as("analyst", PATHS[ROOT])


async def next_version(world: World, **changed) -> str:
    """Publish a version in which the question about channels is changed; return its hash."""
    document = definition()
    document["sections"][0]["questions"][1] |= changed
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, document)
    return (await questionnaires.publish_version(SYSTEM, draft.id)).sha256


async def history(ask, caller=ANALYST, code="channels", **more) -> list[dict]:
    reply = await ask(HISTORY, caller, code=code, **{"first": 20, **more})
    return reply.field["versions"]["nodes"] if reply.field else []


async def test_the_first_version_has_its_words_and_no_changes(ask, world):
    (only,) = await history(ask)
    (asked,) = only["questions"]
    assert (only["questionnaireCode"], only["number"], only["previousNumber"]) == ("news", 1, None)
    assert (asked["code"], asked["kind"], asked["text"], asked["changes"]) == (
        "channels",
        "multiple",
        both("Qua đâu?", "How?"),
        [],
    )
    assert [each["code"] for each in asked["choices"]] == ["zalo", "board", "none"]


async def test_a_changed_wording_and_choice_set_is_a_new_version_that_says_so(ask, world):
    sha256 = await next_version(
        world,
        text=both("Qua kênh nào?", "Through what?"),
        choices=[
            choice("board", "Bảng tin", "Notice board"),
            choice("zalo", "Nhóm Zalo", "A Zalo group"),
            choice("tiktok", "TikTok", "TikTok"),
        ],
    )
    newest, first = await history(ask)
    assert (newest["number"], newest["previousNumber"], newest["sha256"]) == (2, 1, sha256)
    assert first["sha256"] != sha256
    assert newest["questions"][0]["changes"] == [
        {
            "what": "text",
            "code": None,
            "before": both("Qua đâu?", "How?"),
            "after": both("Qua kênh nào?", "Through what?"),
        },
        {
            "what": "choice_removed",
            "code": "none",
            "before": choice("none", "Không kênh nào", "None", exclusive=True),
            "after": None,
        },
        {
            "what": "choice_changed",
            "code": "zalo",
            "before": choice("zalo", "Zalo", "Zalo"),
            "after": choice("zalo", "Nhóm Zalo", "A Zalo group"),
        },
        {"what": "choice_added", "code": "tiktok", "before": None, "after": choice("tiktok", "TikTok", "TikTok")},
        {"what": "choices_reordered", "code": None, "before": ["zalo", "board"], "after": ["board", "zalo"]},
    ]


async def test_a_concept_that_was_left_out_for_a_while_is_compared_with_when_it_was_asked(ask, world):
    document = definition()
    del document["sections"][0]["questions"][1]
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, document)
    await questionnaires.publish_version(SYSTEM, draft.id)
    await next_version(world, code="ways")
    newest, first = await history(ask)
    assert [(each["number"], each["previousNumber"]) for each in (newest, first)] == [(3, 1), (1, None)]
    assert newest["questions"][0]["changes"] == [{"what": "code", "code": None, "before": "channels", "after": "ways"}]


async def test_another_condition_of_the_section_is_a_change(ask, world):
    document = definition()
    document["sections"][1]["shown_if"] = {"answered": "reached"}
    draft = await questionnaires.save_draft(SYSTEM, world.questionnaire_id, document)
    await questionnaires.publish_version(SYSTEM, draft.id)
    newest, _ = await history(ask, code="age")
    assert newest["questions"][0]["changes"] == [
        {"what": "section_shown_if", "code": None, "before": None, "after": {"answered": "reached"}}
    ]


async def test_others_see_what_was_asked_only(ask, world):
    strangers = (ANONYMOUS, caller_as("worker", PATHS[ROOT]), caller_as("editor", PATHS[SOUTH]))
    for stranger in strangers:
        assert await history(ask, stranger) == []
    await world.open_wave()
    await next_version(world, text=both("Mới", "New"))
    for stranger in strangers:
        assert [each["number"] for each in await history(ask, stranger)] == [1]
    for staff in (ANALYST, caller_as("editor", PATHS[ROOT])):
        assert [each["number"] for each in await history(ask, staff)] == [2, 1]
    assert [each["number"] for each in await history(ask, caller_as("editor", PATHS[NORTH]))] == [1]


async def test_a_draft_is_not_history(ask, world):
    document = definition()
    document["sections"][0]["questions"].append(question("fresh", "number", "?", "?", minimum=0, maximum=9))
    await questionnaires.save_draft(SYSTEM, world.questionnaire_id, document)
    assert await history(ask, code="fresh") == []


@pytest.mark.parametrize("code", ["", "nothing_like_it", "Not a code", "a\0b", "x" * 2_000])
async def test_an_unknown_concept_is_null(ask, world, code):
    reply = await ask(HISTORY, ANALYST, code=code, first=20)
    assert (reply.field, reply.errors) == (None, [])


async def test_pages_follow_one_another_and_cost_the_same(ask, world):
    for number in range(5):
        await next_version(world, hint=both(f"Gợi ý {number}", f"Hint {number}"))
    found, after = [], None
    while True:
        with queries() as counted:
            reply = await ask(HISTORY, ANALYST, code="channels", first=2, after=after)
        assert counted.count == 2
        page = reply.field["versions"]
        found += [each["number"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [6, 5, 4, 3, 2, 1]
    refused = await ask(HISTORY, ANALYST, code="channels", first=2, after="bm9uc2Vuc2U")
    assert refused.code == "INVALID_INPUT"
