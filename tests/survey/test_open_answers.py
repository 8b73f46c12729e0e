"""Open answers: frozen with a release of a wave that is over, for the owner's analysts, never fewer than ten."""

import asyncpg
import pytest
from downloads_world import BELOW, OWNER, STRANGER, WORKER, released_world, write
from results_world import ANSWERS, make_world

from kit import db
from kit.identity import ANONYMOUS
from kit.testing import queries

TEXTS = tuple(f"Ý kiến thứ {number}" for number in range(1, 13))
QUESTIONS = "query ($id: ID!) { surveyOpenQuestions(releaseId: $id) { code text texts } }"
ANSWERED = """query ($id: ID!, $question: String!, $first: Int!, $after: String) {
    surveyOpenAnswers(releaseId: $id, question: $question, first: $first, after: $after) {
        nodes { text } pageInfo { hasNextPage endCursor } } }"""


async def shown(ask, release_id, caller=OWNER, question="comment", first=100):
    reply = await ask(ANSWERED, caller, id=str(release_id), question=question, first=first)
    return reply.code or [node["text"] for node in reply.field["nodes"]]


async def counted(ask, release_id, caller=OWNER):
    return (await ask(QUESTIONS, caller, id=str(release_id))).field


async def test_are_shown_whole_in_an_order_of_chance(ask):
    _, release_id = await released_world(texts=TEXTS)
    assert await counted(ask, release_id) == [{"code": "comment", "text": "Ý kiến khác", "texts": 12}]
    found = await shown(ask, release_id)
    assert sorted(found) == sorted(TEXTS)
    assert found != list(TEXTS)


async def test_near_duplicates_stay(ask):
    _, release_id = await released_world(texts=("Tăng lương", "tăng lương", "Tăng lương!") * 4)
    assert len(await shown(ask, release_id)) == 12


async def test_fewer_than_ten_look_like_none(ask):
    _, few = await released_world(texts=TEXTS[:9])
    assert await shown(ask, few) == []
    assert (await counted(ask, few))[0]["texts"] is None
    assert await db.value("SELECT count(*) FROM release_open_answer") == 0


async def test_blank_texts_do_not_count(ask):
    _, release_id = await released_world(texts=(*TEXTS[:9], "  ", "\n"))
    assert await shown(ask, release_id) == []


async def test_a_programme_that_hides_more_hides_more_of_them(ask):
    world = await make_world()
    await db.execute("UPDATE programme SET minimum_base = 15")
    await world.add_answers(ANSWERS)
    await write(world, TEXTS)
    assert await shown(ask, await world.publish()) == []


async def test_have_lost_names_before_they_are_stored(ask):
    texts = (*TEXTS[:9], "Anh Hùng chấm công sai, gọi 0912 345 678, trọ ở số nhà 5 đường Lê Lợi")
    _, release_id = await released_world(texts=texts)
    cleaned = "Anh ‹tên› chấm công sai, gọi ‹điện thoại›, trọ ở ‹địa chỉ›"
    assert cleaned in await shown(ask, release_id)
    stored = [row["text"] for row in await db.rows("SELECT text FROM release_open_answer")]
    assert [text for text in stored if "Hùng" in text or "0912" in text] == []


@pytest.mark.parametrize("caller", [ANONYMOUS, WORKER, BELOW, STRANGER])
async def test_are_for_the_owners_analysts(ask, client, caller):
    _, release_id = await released_world(texts=TEXTS)
    expected = "SIGN_IN_REQUIRED" if caller is ANONYMOUS else "FORBIDDEN"
    assert await shown(ask, release_id, caller) == expected
    reply = await ask(QUESTIONS, caller, id=str(release_id))
    assert (reply.code, reply.data) == (expected, {"surveyOpenQuestions": None})
    response = await client.get(f"/results/downloads/of/{release_id}/texts", caller=caller)
    assert response.status_code == (401 if caller is ANONYMOUS else 403)
    assert "Ý kiến thứ" not in response.text


async def test_internal_releases_are_not_there_for_others(ask):
    _, release_id = await released_world(texts=TEXTS, is_public=False)
    assert await shown(ask, release_id, WORKER) == "NOT_FOUND"


async def test_questions_without_words_are_not_found(ask):
    _, release_id = await released_world(texts=TEXTS)
    assert await shown(ask, release_id, question="channel") == "NOT_FOUND"
    assert await shown(ask, release_id, question="nothing") == "NOT_FOUND"


async def test_wait_until_the_wave_is_over(ask):
    _, release_id = await released_world(texts=TEXTS, state="open")
    assert await shown(ask, release_id) == []
    assert (await counted(ask, release_id))[0]["texts"] is None


async def test_come_in_pages(ask):
    _, release_id = await released_world(texts=TEXTS)
    whole = await shown(ask, release_id)
    with queries() as statements:
        first = (await ask(ANSWERED, OWNER, id=str(release_id), question="comment", first=5)).field
    assert statements.count == 2
    after = first["pageInfo"]["endCursor"]
    rest = (await ask(ANSWERED, OWNER, id=str(release_id), question="comment", first=100, after=after)).field
    assert [node["text"] for node in (*first["nodes"], *rest["nodes"])] == whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release_open_answer SET text = 'x'",
        "DELETE FROM release_open_answer",
        "DELETE FROM release_open_question",
        "INSERT INTO release_open_answer SELECT release_id, question_code, 99, 'x' FROM release_open_question",
        "INSERT INTO release_open_question SELECT release_id, 'other', 10, 10 FROM release_open_question",
    ],
)
async def test_are_sealed_with_their_release(database, statement):
    await released_world(texts=TEXTS)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        async with db.transaction():
            await db.execute(statement)


async def test_the_database_takes_no_base_below_ten(database):
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction():
            await db.execute("INSERT INTO release_open_question VALUES (gen_random_uuid(), 'comment', 9, 9)")


async def test_computing_again_gives_the_same_order(database):
    world, release_id = await released_world(texts=TEXTS)
    from survey.downloads.open_answers.keeping import released_texts
    from survey.results.readiness import wave_of

    again = await db.value("SELECT gen_random_uuid()")
    seed = await db.value("SELECT seed FROM release WHERE id = $1", release_id)
    await released_texts(await wave_of(world.wave_id), again, seed)
    texts = "SELECT string_agg(text, ';' ORDER BY position) FROM release_open_answer WHERE release_id = $1"
    assert await db.value(texts, release_id) == await db.value(texts, again)


async def test_are_read_on_a_page(client):
    _, release_id = await released_world(texts=(*TEXTS, "<script>alert(1)</script>"))
    text = (await client.get(f"/results/downloads/of/{release_id}/texts", caller=OWNER)).text
    assert text.count("<li lang=") == 13
    assert "&lt;script&gt;" in text
    assert "13 ý kiến" in text
    _, few = await released_world_again()
    assert "Không công bố" in (await client.get(f"/results/downloads/of/{few}/texts", caller=OWNER)).text


async def released_world_again():
    world = await make_world(code="again")
    await world.add_answers(ANSWERS)
    return world, await world.publish()
