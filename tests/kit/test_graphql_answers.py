"""What a client of a subgraph gets: data, typed problems, masked bugs."""

import logging

import pytest
from sample_service import BATCHES

from kit.identity import ANONYMOUS, Caller, Grant
from kit.testing import Ask, Client

TAKE = "mutation($t: String!) { takeNote(text: $t) { __typename ... on TakeNoteSuccess { note { text } } ... on Problem { code message } } }"
EDITOR = Caller("somebody", (Grant("editor", "u", "00001"),))


async def test_a_success_is_a_member_of_the_union(ask: Ask) -> None:
    reply = await ask(TAKE, caller=EDITOR, t="hello")
    assert reply.data == {"takeNote": {"__typename": "TakeNoteSuccess", "note": {"text": "hello"}}}
    assert reply.errors == []


@pytest.mark.parametrize(
    ("text", "caller", "name", "code", "message"),
    [
        ("taken", EDITOR, "NoteTaken", "NOTE_TAKEN", "Đã có ghi chú “taken”."),
        ("nowhere", EDITOR, "NotFound", "NOT_FOUND", "Không tìm thấy “nowhere”."),
        ("hello", ANONYMOUS, "SignInRequired", "SIGN_IN_REQUIRED", "Cần đăng nhập để làm việc này."),
        ("hello", Caller("x", ()), "Forbidden", "FORBIDDEN", "Anh/chị không có quyền làm việc này."),
    ],
)
async def test_a_refusal_is_typed(ask: Ask, text: str, caller: Caller, name: str, code: str, message: str) -> None:
    reply = await ask(TAKE, caller=caller, t=text)
    assert reply.data == {"takeNote": {"__typename": name, "code": code, "message": message}}


async def test_a_refusal_speaks_english_when_asked(ask: Ask) -> None:
    reply = await ask(TAKE, caller=EDITOR, language="en", t="taken")
    assert reply.field["message"] == "There is a note “taken”."


async def test_a_bug_is_logged_and_hidden(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await ask(TAKE, caller=EDITOR, t="bug")
    assert reply.data is None
    assert reply.code == "INTERNAL"
    assert "hunter2" not in str(reply.errors)
    assert "hunter2" in caplog.text


async def test_a_bug_in_one_field_leaves_the_others(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    reply = await ask('{ some(texts: ["a"]) { text broken } }')
    assert reply.data == {"some": [{"text": "a", "broken": None}]}
    assert [(e["path"], e["extensions"]["code"]) for e in reply.errors] == [(["some", 0, "broken"], "INTERNAL")]


async def test_lists_in_lists_are_bounded_together(ask: Ask) -> None:
    nested = "{ some(texts: %s) { echoes(times: 100) { echoes(times: %d) { text } } } }"
    fine = await ask(nested % ('["a", "b"]', 90))
    assert sum(len(echo["echoes"]) for note in fine.field for echo in note["echoes"]) == 18_000
    refused = await ask(nested % ('["a", "b", "c"]', 100))
    assert {error["extensions"]["code"] for error in refused.errors} == {"ANSWER_TOO_LARGE"}


async def test_null_in_a_promised_field_takes_the_parent_with_it(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    reply = await ask("{ liar { id text } }")
    assert reply.data is None
    assert reply.errors[0]["path"] == ["liar", "text"]


async def test_a_query_error_is_typed_too(ask: Ask) -> None:
    reply = await ask('{ note(id: "not-an-id") { text } }')
    assert reply.data == {"note": None}
    assert reply.errors[0]["extensions"] == {"code": "NOT_FOUND"}
    assert reply.errors[0]["message"] == "Không tìm thấy “not-an-id”."


async def test_loaders_batch_within_one_request_and_forget_after_it(ask: Ask) -> None:
    BATCHES.clear()
    for _ in range(2):
        await ask('{ some(texts: ["a", "b", "a"]) { twin { text } } }')
    assert BATCHES == [["a", "b"], ["a", "b"]]


async def test_entities_come_in_one_batch_and_in_order(ask: Ask) -> None:
    BATCHES.clear()
    representations = [{"__typename": "Note", "id": i} for i in ("x", "missing", "y", "x")]
    given = [dict(r) for r in representations]
    reply = await ask(
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Note { text } } }", r=representations
    )
    assert reply.data == {"_entities": [{"text": "x"}, None, {"text": "y"}, {"text": "x"}]}
    assert BATCHES == [["x", "missing", "y"]]
    assert representations == given


@pytest.mark.parametrize(
    "bad",
    [
        {"__typename": "Nothing", "id": "1"},
        {"id": "1"},
        {"__typename": "Note"},
        {"__typename": "Note", "id": None},
        {"__typename": "Note", "id": "1", "x": 1},
        5,
    ],
)
async def test_a_bad_representation_spoils_only_itself(ask: Ask, bad: object) -> None:
    reply = await ask(
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Note { text } } }",
        r=[bad, {"__typename": "Note", "id": "x"}],
    )
    assert reply.data == {"_entities": [None, {"text": "x"}]}
    assert [e["extensions"]["code"] for e in reply.errors] == ["BAD_REPRESENTATION"]


async def test_pages_follow_one_another(ask: Ask) -> None:
    document = "query($n: Int!, $a: String) { notes(first: $n, after: $a) { nodes { text } pageInfo { hasNextPage endCursor } } }"
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = (await ask(document, n=12, a=after)).field
        seen += [node["text"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == [f"a{n}" for n in range(30)]
    assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("first", "after", "field"),
    [
        (0, None, "first"),
        (101, None, "first"),
        (5, "rubbish", "after"),
        (5, "WyJhIl0", "after"),
        (5, "WzEsMl0", "after"),
    ],
)
async def test_pages_refuse_what_they_did_not_make(ask: Ask, first: int, after: str | None, field: str) -> None:
    reply = await ask(
        "query($n: Int!, $a: String) { notes(first: $n, after: $a) { nodes { text } } }", n=first, a=after
    )
    assert reply.data is None
    assert reply.errors[0]["extensions"] == {"code": "INVALID_INPUT", "field": field}


async def test_http_refuses_what_is_not_graphql(client: Client) -> None:
    assert (await client.get("/graphql")).status_code == 405
    assert (await client.post("/graphql", content=b"{}", headers={"content-type": "text/plain"})).status_code == 415
    assert (
        await client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
    ).status_code == 400
    assert (await client.post("/graphql", json={"query": 5})).json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    large = await client.post(
        "/graphql", content=b'{"query":"' + b"x" * 2_000_001, headers={"content-type": "application/json"}
    )
    assert (large.status_code, large.json()["errors"][0]["extensions"]["code"]) == (413, "BODY_TOO_LARGE")


async def test_deep_operations_are_refused(ask: Ask) -> None:
    reply = await ask("{ liar " + "{ twin " * 25 + "{ id }" + "}" * 25 + "}")
    assert reply.code == "DEPTH_LIMIT"


async def test_a_forged_passport_is_refused(client: Client) -> None:
    reply = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"loa-passport": "x.y.z"})
    assert (reply.status_code, reply.json()["errors"][0]["extensions"]["code"]) == (401, "PASSPORT_INVALID")


async def test_a_true_passport_reaches_the_resolver(client: Client) -> None:
    reply = await client.post("/graphql", json={"query": TAKE, "variables": {"t": "hello"}}, caller=EDITOR)
    assert reply.json() == {"data": {"takeNote": {"__typename": "TakeNoteSuccess", "note": {"text": "hello"}}}}
