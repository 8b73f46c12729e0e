"""The pages on which a union office prints slips and forms, corrects its mistakes, and makes slips void."""

import re
from io import BytesIO

import pypdfium2
import pytest
from survey_world import MINE, NORTH, PATHS, ROOT, SMALL, TINY, unit_id
from ways_world import contributor, offering, spent, submit

from kit import db
from kit.identity import SYSTEM
from kit.testing import caller_as, queries
from survey.programmes.service import waves

WRITTEN = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}")
SAME = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def wave(world):
    await offering(world, "open_link", "slip", "paper")
    return await world.open_wave()


def codes_in(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    return WRITTEN.findall(" ".join(page.get_textpage().get_text_range() for page in document))


async def post(client, path: str, caller=None, headers=None, **data: str):
    return await client.post(path, caller=caller or contributor(PATHS[MINE]), headers=headers or SAME, data=data)


async def batches() -> int:
    return await db.value("SELECT count(*) FROM slip_batch")


async def test_an_office_finds_its_waves_prints_and_the_slips_work(client, wave):
    office = contributor(PATHS[MINE])
    listed = (await client.get("/results/slips", caller=office)).text
    assert f'href="/results/slips/{wave.id}"' in listed
    form = (await client.get(f"/results/slips/{wave.id}", caller=office)).text
    # The office's own unit is filled in.
    assert 'name="unit" required maxlength="100" value="u4"' in form
    reply = await post(client, f"/results/slips/{wave.id}", unit="U4", amount="12", kind="slip")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/pdf")
    assert reply.headers["content-disposition"] == 'attachment; filename="phieu-ma-U4.pdf"'
    assert reply.headers["cache-control"] == "no-store"
    codes = codes_in(reply.content)
    assert len(set(codes)) == 12
    collector = await db.value("SELECT code FROM collector WHERE kind = 'slip'")
    await submit(collector, "printed", slip=codes[7])
    assert await spent() == 1
    after = (await client.get(f"/results/slips/{wave.id}", caller=office)).text
    assert "Công đoàn Mine (u4)" in after
    assert not any(code in after for code in codes)


async def test_forms_on_paper_are_printed_in_either_language(client, wave):
    for language, words in (("vi", "Tin có đến không?"), ("en", "Did news reach you?")):
        reply = await post(client, f"/results/slips/{wave.id}", unit="u4", amount="2", kind="paper", language=language)
        assert reply.headers["content-disposition"] == 'attachment; filename="phieu-giay-u4.pdf"'
        text = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(reply.content))
        assert words in text
        assert len(set(WRITTEN.findall(text))) == 2
    page = (await client.get(f"/results/slips/{wave.id}", caller=contributor(PATHS[MINE]))).text
    paper = await db.value("SELECT code FROM collector WHERE kind = 'paper'")
    assert f'href="/f/{paper}?batch=1"' in page


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"amount": ""}, 422, "Hãy nhập một số"),
        ({"amount": "mười"}, 422, "Hãy nhập một số"),
        ({"amount": "-3"}, 422, "Hãy nhập một số"),
        ({"amount": "1e3"}, 422, "Hãy nhập một số"),
        ({"amount": "120.5"}, 422, "Hãy nhập một số"),
        ({"amount": "٣"}, 422, "Hãy nhập một số"),
        ({"amount": "9999999"}, 422, "Hãy nhập một số"),
        ({"amount": "0"}, 422, "Phải từ 1 đến 10000"),
        ({"amount": "10.001"}, 422, "Phải từ 1 đến 10000"),
        ({"amount": "501", "kind": "paper"}, 422, "Nhiều nhất 500 bản một lần"),
        ({"amount": "241"}, 409, "Chỉ còn được in thêm 240 phiếu mã"),
        ({"unit": ""}, 404, "Không tìm thấy"),
        ({"unit": "<b>x</b>"}, 404, "Không tìm thấy “&lt;b&gt;x&lt;/b&gt;”."),
        ({"unit": "x\x00"}, 404, "Không tìm thấy"),
        ({"unit": "u5"}, 403, "không có quyền"),
        ({"replaces": "x"}, 404, "Không tìm thấy"),
    ],
)
async def test_what_is_wrong_is_said_beside_what_was_typed_and_nothing_is_made(client, wave, typed, status, words):
    reply = await post(client, f"/results/slips/{wave.id}", **{"unit": "u4", "amount": "3", "kind": "slip", **typed})
    assert (reply.status_code, words in reply.text) == (status, True)
    assert 'role="alert"' in reply.text
    assert await batches() == 0


async def test_what_was_typed_is_still_there(client, wave):
    reply = await post(
        client, f"/results/slips/{wave.id}?lang=en", unit="u4", amount="a lot", kind="paper", language="en"
    )
    assert 'value="a lot" aria-invalid="true" aria-describedby="fault"' in reply.text
    assert '<option value="paper" selected>' in reply.text
    assert "Please enter a number, such as 120" in reply.text
    # Not under the name that the field has in the graph.
    assert "amount:" not in reply.text


async def test_a_batch_is_made_void(client, wave):
    codes = codes_in((await post(client, f"/results/slips/{wave.id}", unit="u4", amount="2", kind="slip")).content)
    batch = await db.value("SELECT id FROM slip_batch")
    path = f"/results/slips/{wave.id}/revoke"
    assert (await post(client, path, contributor(PATHS[SMALL]), batch=str(batch))).status_code == 403
    assert (await post(client, path, batch="x")).status_code == 404
    assert await db.value("SELECT revoked_at IS NULL FROM slip_batch")
    done = await post(client, path, batch=str(batch))
    assert (done.status_code, done.headers["location"]) == (303, f"/results/slips/{wave.id}")
    assert "đã hủy lúc" in (await client.get(done.headers["location"], caller=contributor(PATHS[MINE]))).text
    with pytest.raises(Exception, match="SLIP_REVOKED"):
        await submit(await db.value("SELECT code FROM collector WHERE kind = 'slip'"), "void", slip=codes[0])


async def test_only_from_our_own_pages(client, wave):
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        reply = await post(client, f"/results/slips/{wave.id}", headers=headers, unit="u4", amount="2", kind="slip")
        assert reply.status_code == 403
    assert await batches() == 0


async def test_who_is_not_signed_in_is_asked_to(client, wave):
    for reply in (
        await client.get("/results/slips"),
        await client.get(f"/results/slips/{wave.id}"),
        await client.post(f"/results/slips/{wave.id}", headers=SAME, data={"unit": "u4", "amount": "1"}),
        await client.post(f"/results/slips/{wave.id}/revoke", headers=SAME, data={"batch": str(wave.id)}),
    ):
        assert reply.status_code in (401, 404)
        assert "/auth/login" in reply.text
    assert await batches() == 0


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (caller_as("worker", PATHS[ROOT]), False),
        (caller_as("analyst", PATHS[ROOT]), False),
        (caller_as("contributor", PATHS[TINY]), True),
        (caller_as("editor", PATHS[NORTH]), True),
        (caller_as("admin", PATHS[ROOT]), True),
    ],
    ids=["worker", "analyst", "contributor", "editor", "admin"],
)
async def test_waves_are_shown_to_those_who_may_print(client, wave, caller, sees):
    assert (str(wave.id) in (await client.get("/results/slips", caller=caller)).text) is sees
    assert (await client.get(f"/results/slips/{wave.id}", caller=caller)).status_code == (200 if sees else 404)


async def test_waves_that_are_over_elsewhere_or_without_slips_are_not_shown(client, world):
    plain = await world.open_wave()
    office = contributor(PATHS[MINE])
    assert str(plain.id) not in (await client.get("/results/slips", caller=office)).text
    await waves.close_wave(SYSTEM, plain.id)
    await db.execute("UPDATE programme SET target_unit_id = $2 WHERE id = $1", world.programme.id, unit_id(SMALL))
    await offering(world, "slip")
    elsewhere = await world.planned_wave()
    assert str(elsewhere.id) not in (await client.get("/results/slips", caller=office)).text
    assert str(elsewhere.id) in (await client.get("/results/slips", caller=contributor(PATHS[NORTH]))).text
    assert (await client.get(f"/results/slips/{unit_id(7)}", caller=office)).status_code == 404


async def test_a_planned_wave_prints_too(client, world):
    await offering(world, "slip")
    planned = await world.planned_wave()
    reply = await post(client, f"/results/slips/{planned.id}", unit="u4", amount="1", kind="slip")
    assert reply.status_code == 200
    # Asked for what the wave does not offer.
    refused = await post(client, f"/results/slips/{planned.id}", unit="u4", amount="1", kind="paper")
    assert (refused.status_code, "không dùng cách trả lời đó" in refused.text) == (409, True)


async def test_batches_come_a_page_at_a_time_with_few_statements(client, wave):
    office = contributor(PATHS[MINE])
    await db.execute(
        "INSERT INTO slip_batch SELECT gen_random_uuid(), $1, $2, n, now() - n * interval '1 hour'"
        " FROM generate_series(1, 25) AS n",
        wave.id,
        unit_id(MINE),
    )
    with queries() as counted:
        first = (await client.get(f"/results/slips/{wave.id}", caller=office)).text
    assert counted.count == 4
    following = re.search(rf'href="(/results/slips/{wave.id}\?after=[^"]+)"', first)
    assert following
    rest = (await client.get(following[1], caller=office)).text
    assert (first.count("Hủy tập này"), rest.count("Hủy tập này")) == (20, 5)
    assert (await client.get(f"/results/slips/{wave.id}?after=x", caller=office)).status_code == 422
