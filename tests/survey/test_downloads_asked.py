"""Asking for a file, seeing how far it is, and fetching it: each person their own; killed workers; expiry; limits."""

from uuid import uuid4

import asyncpg
import pytest
from downloads_world import (
    BELOW,
    OTHER_OWNER,
    OWNER,
    REQUEST,
    STATUS,
    STRANGER,
    WORKER,
    made,
    released_world,
)

from kit import db
from kit.identity import ANONYMOUS
from kit.storage import storage
from kit.testing import queries
from survey.downloads import making, progress, service
from survey.downloads.jobs import download_requested, downloads_expired, downloads_left


async def asked_by_graph(ask, caller, release_id, **more):
    wish = {"releaseId": str(release_id), "kind": "tables", "format": "csv", **more}
    return await ask(REQUEST, caller, input=wish)


async def count():
    return await db.value("SELECT count(*) FROM download")


async def test_is_asked_for_made_and_fetched(ask, client, job_queue):
    _, release_id = await released_world()
    reply = await asked_by_graph(ask, WORKER, release_id)
    found = reply.field["download"]
    assert (found["state"], found["done"], found["url"]) == ("waiting", 0, None)
    await job_queue.run_all()
    told = (await ask(STATUS, WORKER, id=found["id"])).field
    assert (told["state"], told["done"], told["problem"]) == ("ready", 100, None)
    response = await client.get(told["url"], caller=WORKER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="needs-1-1-tables.csv"'
    assert response.headers["cache-control"] == "private, no-store"
    assert len(response.content) == told["fileSize"]
    assert response.content.startswith(b"\xef\xbb\xbfprogramme,wave,release,")


async def test_is_nobody_elses(ask, client, job_queue):
    _, release_id = await released_world()
    found, _ = await made(job_queue, release_id, "tables", "csv")
    for caller in (OTHER_OWNER, STRANGER, WORKER, ANONYMOUS):
        assert (await ask(STATUS, caller, id=str(found.id))).code == "NOT_FOUND"
        assert (await client.get(found.url, caller=caller)).status_code in (401, 404)
    assert (await client.get(found.url, caller=OWNER)).status_code == 200


async def test_is_not_fetched_by_who_may_see_the_release_no_longer(client, job_queue):
    _, release_id = await released_world(is_public=False)
    found, _ = await made(job_queue, release_id, "tables", "csv")
    demoted = type(OWNER)(OWNER.subject, (), 1)
    assert (await client.get(found.url, caller=demoted)).status_code == 404


@pytest.mark.parametrize(
    ("caller", "more", "code"),
    [
        (ANONYMOUS, {}, "SIGN_IN_REQUIRED"),
        (WORKER, {"kind": "extract", "format": "sav"}, "FORBIDDEN"),
        (BELOW, {"kind": "extract", "format": "sav"}, "FORBIDDEN"),
        (STRANGER, {"kind": "extract", "format": "csv"}, "FORBIDDEN"),
        (OWNER, {"kind": "answers"}, "INVALID_INPUT"),
        (OWNER, {"format": "sav"}, "INVALID_INPUT"),
        (OWNER, {"kind": "report", "format": "csv"}, "INVALID_INPUT"),
        (OWNER, {"fileLanguage": "fr"}, "INVALID_INPUT"),
        (OWNER, {"releaseId": str(uuid4())}, "NOT_FOUND"),
        (OWNER, {"unitId": str(uuid4())}, "NOT_FOUND"),
        (OWNER, {"unitId": "x"}, "NOT_FOUND"),
    ],
)
async def test_refusals_change_nothing(ask, job_queue, caller, more, code):
    _, release_id = await released_world()
    before = await db.value("SELECT count(*) FROM audit")
    assert (await asked_by_graph(ask, caller, release_id, **more)).code == code
    assert await count() == 0
    assert await db.value("SELECT count(*) FROM audit") == before
    assert job_queue.waiting == []


async def test_what_is_internal_is_for_the_owners_analysts(ask, job_queue):
    _, release_id = await released_world(is_public=False)
    assert (await asked_by_graph(ask, WORKER, release_id)).code == "NOT_FOUND"
    assert (await asked_by_graph(ask, OWNER, release_id)).code is None


async def test_units_are_for_who_may_read_their_tables(ask, job_queue):
    world, release_id = await released_world()
    units = {
        region: await db.value("SELECT unit_id FROM frame_unit WHERE response_group_id = $1", group)
        for region, group in world.groups.items()
    }
    codes = {
        (caller.subject, region): (await asked_by_graph(ask, caller, release_id, unitId=str(unit_id))).code
        for caller in (OWNER, BELOW, WORKER, STRANGER)
        for region, unit_id in units.items()
    }
    assert {key for key, code in codes.items() if code is None} == {
        ("owner", "southeast"),
        ("owner", "mekong_delta"),
        ("below", "southeast"),
    }
    assert set(codes.values()) == {None, "NOT_FOUND"}


async def test_asking_twice_is_one_file(job_queue):
    _, release_id = await released_world()
    wish = {"kind": "tables", "format": "csv", "language": "vi"}
    first = await service.ask_download(OWNER, release_id, **wish)
    assert (await service.ask_download(OWNER, release_id, **wish)).id == first.id
    assert (await service.ask_download(OTHER_OWNER, release_id, **wish)).id != first.id
    assert await count() == 2


async def test_three_wait_at_most(job_queue):
    _, release_id = await released_world()
    for file_format in ("csv", "xlsx", "parquet"):
        await service.ask_download(OWNER, release_id, kind="tables", format=file_format, language="vi")
    with pytest.raises(service.DownloadLimitReached):
        await service.ask_download(OWNER, release_id, kind="report", format="pdf", language="vi")
    assert await count() == 3


async def test_a_killed_worker_is_followed_by_another(job_queue):
    _, release_id = await released_world()
    asked = await service.ask_download(OWNER, release_id, kind="tables", format="csv", language="vi")
    # A worker took it up and was heard of just now.
    await db.execute("UPDATE download SET claimed_at = now(), attempts = 1, asked_at = now() - interval '10 minutes'")
    await download_requested(str(asked.id))
    assert (await service.download(OWNER, asked.id)).state == "waiting"
    await downloads_left()
    assert job_queue.waiting == []
    # It was not heard of since.
    await db.execute("UPDATE download SET claimed_at = now() - interval '2 minutes'")
    await downloads_left()
    assert [ids for _, ids in job_queue.waiting] == [(str(asked.id),)]
    await job_queue.run_all()
    found = await service.download(OWNER, asked.id)
    assert (found.state, found.attempts) == ("ready", 2)


async def test_a_worker_that_was_overtaken_changes_nothing(job_queue):
    _, release_id = await released_world()
    found, _ = await made(job_queue, release_id, "tables", "csv")
    late = service.Download(**{**found.__dict__, "attempts": 0})
    await making._finish(late, "refused", problem="GAVE_UP")
    await progress.hold(late, 7)
    assert await service.download(OWNER, found.id) == found


@pytest.mark.committed
async def test_what_goes_wrong_leaves_the_file_to_the_next_try_at_once(job_queue):
    _, release_id = await released_world()
    asked = await service.ask_download(OWNER, release_id, kind="tables", format="csv", language="vi")
    await db.execute("ALTER TABLE term RENAME TO term_elsewhere")
    with pytest.raises(asyncpg.UndefinedTableError):
        await download_requested(str(asked.id))
    await db.execute("ALTER TABLE term_elsewhere RENAME TO term")
    assert (await service.download(OWNER, asked.id)).state == "waiting"
    await download_requested(str(asked.id))
    assert (await service.download(OWNER, asked.id)).state == "ready"


async def test_what_ends_its_worker_each_time_is_given_up(job_queue):
    _, release_id = await released_world()
    asked = await service.ask_download(OWNER, release_id, kind="tables", format="csv", language="vi")
    await db.execute("UPDATE download SET attempts = 3")
    await download_requested(str(asked.id))
    found = await service.download(OWNER, asked.id)
    assert (found.state, found.problem, found.url) == ("refused", "GAVE_UP", None)


async def test_expires_and_is_removed(client, job_queue):
    _, release_id = await released_world()
    found, _ = await made(job_queue, release_id, "tables", "csv")
    await storage().put("downloads/not-a-download/1", b"x")
    await downloads_expired()
    assert await storage().size(found.key) is not None
    await db.execute("UPDATE download SET asked_at = asked_at - interval '25 hours'")
    assert (await client.get(found.url, caller=OWNER)).status_code == 404
    await downloads_expired()
    assert await storage().size(found.key) is None
    assert (await service.download(OWNER, found.id)).state == "expired"
    # Nobody knows it, but it is young.
    assert await storage().size("downloads/not-a-download/1") == 1


async def test_lists_ones_own_newest_first_by_pages(ask, job_queue):
    _, release_id = await released_world()
    asked = [
        await service.ask_download(OWNER, release_id, kind="tables", format=each, language="vi")
        for each in ("csv", "xlsx", "parquet")
    ]
    await service.ask_download(WORKER, release_id, kind="tables", format="csv", language="vi")
    document = """query ($after: String) { surveyDownloads(first: 2, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    with queries() as statements:
        first = (await ask(document, OWNER)).field
    assert statements.count == 1
    assert [node["id"] for node in first["nodes"]] == [str(asked[2].id), str(asked[1].id)]
    rest = (await ask(document, OWNER, after=first["pageInfo"]["endCursor"])).field
    assert [node["id"] for node in rest["nodes"]] == [str(asked[0].id)]
    assert (await ask(document, OWNER, after="WyJ4IiwieSJd")).code == "INVALID_INPUT"


async def test_is_asked_for_and_watched_on_pages(client, job_queue):
    _, release_id = await released_world()
    address = f"/results/downloads/of/{release_id}"
    assert (await client.get(address)).status_code == 401
    text = (await client.get(address, caller=OWNER)).text
    assert 'value="report.pdf"' in text
    assert 'value="extract.sav"' in text
    assert 'value="extract.sav"' not in (await client.get(address, caller=WORKER)).text
    assert "Tệp từng phiếu" not in (await client.get(address, caller=WORKER)).text
    posted = await client.post(address, caller=OWNER, data={"file": "tables.csv", "language": "vi"})
    assert (posted.status_code, posted.headers["location"]) == (303, "/results/downloads")
    assert "Đang tạo: 0%" in (await client.get("/results/downloads", caller=OWNER)).text
    await job_queue.run_all()
    text = (await client.get("/results/downloads?lang=en", caller=OWNER)).text
    found = await db.value("SELECT id FROM download")
    assert f'href="/results/downloads/{found}/file">Fetch</a>' in text
    assert "None yet." in (await client.get("/results/downloads?lang=en", caller=WORKER)).text


async def test_the_page_of_a_unit_names_it_and_offers_no_single_answers(client, job_queue):
    world, release_id = await released_world()
    unit = await db.row(
        "SELECT id, name_vi FROM unit WHERE id = (SELECT unit_id FROM frame_unit WHERE response_group_id = $1)",
        world.groups["southeast"],
    )
    address = f"/results/downloads/of/{release_id}"
    text = (await client.get(f"{address}?unit={unit['id']}", caller=OWNER)).text
    assert f"<strong>{unit['name_vi']}</strong>" in text
    assert f'<input type="hidden" name="unit" value="{unit["id"]}">' in text
    assert "extract." not in text
    for wrong in (uuid4(), "x"):
        assert (await client.get(f"{address}?unit={wrong}", caller=OWNER)).status_code == 404
    assert (await client.get(f"{address}?unit={unit['id']}", caller=WORKER)).status_code == 404
    # A mistake does not lose the unit.
    again = await client.post(address, caller=OWNER, data={"file": "tables.sav", "unit": str(unit["id"])})
    assert again.status_code == 422
    assert f"<strong>{unit['name_vi']}</strong>" in again.text
    await client.post(address, caller=OWNER, data={"file": "tables.csv", "unit": str(unit["id"])})
    listed = (await client.get("/results/downloads", caller=OWNER)).text
    assert f'<a href="{address}?unit={unit["id"]}">' in listed
    assert f"công bố lần 1 · {unit['name_vi']}" in listed


async def test_the_page_says_when_single_answers_can_be_taken_out(client):
    _, release_id = await released_world(state="open")
    text = (await client.get(f"/results/downloads/of/{release_id}", caller=OWNER)).text
    assert "extract." not in text
    assert "chỉ có khi đợt khảo sát đã kết thúc" in text


async def test_the_list_takes_two_statements_however_many_files(client, job_queue):
    _, release_id = await released_world()
    for file_format in ("csv", "xlsx", "parquet"):
        await service.ask_download(OWNER, release_id, kind="tables", format=file_format, language="vi")
    with queries() as asked:
        assert (await client.get("/results/downloads", caller=OWNER)).text.count("<progress") == 3
    assert asked.count == 2


async def test_pages_say_what_is_wrong(client):
    _, release_id = await released_world()
    address = f"/results/downloads/of/{release_id}"
    wrong = await client.post(address, caller=OWNER, data={"file": "tables.sav"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    assert (await client.post(address, caller=WORKER, data={"file": "extract.sav"})).status_code == 403
    assert (await client.post(address, data={"file": "tables.csv"})).status_code == 401
    foreign = {"sec-fetch-site": "cross-site"}
    assert (await client.post(address, caller=OWNER, data={}, headers=foreign)).status_code == 403
    assert (await client.get("/results/downloads?after=x", caller=OWNER)).status_code == 422
    for garbage in ("of/x", "of/x/texts", "x/file"):
        assert "Không làm được" in (await client.get(f"/results/downloads/{garbage}", caller=OWNER)).text
    nowhere = f"/results/downloads/of/{uuid4()}"
    assert (await client.get(nowhere, caller=OWNER)).status_code == 404
    assert (await client.post(nowhere, caller=OWNER, data={"file": "tables.sav"})).status_code == 404
    assert (await client.post(address, data={"file": "tables.sav"})).status_code == 401
    assert (await client.post(address, caller=OWNER, data={"file": "tables.sav", "unit": "x"})).status_code == 404
    assert await count() == 0


async def test_tells_the_trail_who_asked_for_what(ask, job_queue):
    world, release_id = await released_world()
    await asked_by_graph(ask, OWNER, release_id, kind="report", format="pdf")
    row = await db.row("SELECT subject, action, kind, thing_id, after::text FROM audit ORDER BY id DESC LIMIT 1")
    assert (row["subject"], row["action"], row["thing_id"]) == ("owner", "report.requested", str(world.wave_id))
    assert '"format": "pdf"' in row["after"]
