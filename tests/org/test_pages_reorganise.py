"""A change of the tree made by hand: filled in, looked at in full, made, and undone; without JavaScript."""

from html import unescape
from typing import Any

import pytest

from kit.testing import caller_as
from org.units.service import find_unit

HERE = {"origin": "http://127.0.0.1:8080", "sec-fetch-site": "same-origin"}
NEW = {
    "new-name_vi": "Công đoàn Giày Hà Nội",
    "new-code": "hn-100",
    "new-parent": "HN",
    "new-level": "grassroots",
    "new-kind": "enterprise",
}


@pytest.fixture
def chi(tree):
    """An admin of the whole tree."""
    return caller_as("admin", tree.top, subject="chi")


async def preview(client, caller, code: str, kind: str, **fields: str):
    asked = {"on": "2026-03-01", "step": "preview", **{name.replace("__", "-"): text for name, text in fields.items()}}
    return await client.get(f"/org/units/{code}/change/{kind}", params=asked, caller=caller)


def hidden(page: Any) -> dict[str, str]:
    """Return what the button that makes the change sends along."""
    form = page.text.split('<form method="post" action="/org')[1].split("</form>")[0]
    inputs = [part.split(">")[0] for part in form.split('<input type="hidden" ')[1:]]
    return {one.split('name="')[1].split('"')[0]: unescape(one.split('value="')[1].split('"')[0]) for one in inputs}


async def confirm(client, caller, code: str, kind: str, page: Any, **other: str):
    return await client.post(
        f"/org/units/{code}/change/{kind}", data={**hidden(page), **other}, caller=caller, headers=HERE
    )


async def test_a_unit_is_renamed_by_hand_and_the_renaming_undone(client, tree, chi, everything):
    form = await client.get("/org/units/HN/change/rename", caller=chi)
    assert 'value="Liên đoàn Lao động thành phố Hà Nội"' in form.text
    before = await everything()
    seen = await preview(client, chi, "HN", "rename", name_vi="LĐLĐ Hà Nội", decision_number="12/QĐ")
    assert seen.status_code == 200
    assert "<del>Liên đoàn Lao động thành phố Hà Nội</del>" in seen.text
    assert "<ins>LĐLĐ Hà Nội</ins>" in seen.text
    assert await everything() == before

    made = await confirm(client, chi, "HN", "rename", seen)
    assert made.status_code == 303
    assert (await find_unit(tree.hanoi["id"]))["name_vi"] == "LĐLĐ Hà Nội"
    page = await client.get(made.headers["location"], caller=chi)
    assert "Đã thực hiện." in page.text
    assert "<dd>12/QĐ</dd>" in page.text
    assert "<dd>01/03/2026</dd>" in page.text

    undoing = await client.get(f"{made.headers['location']}/undo", caller=chi)
    assert "<ins>Liên đoàn Lao động thành phố Hà Nội</ins>" in undoing.text
    undone = await client.post(f"{made.headers['location']}/undo", data=hidden(undoing), caller=chi, headers=HERE)
    assert (undone.status_code, undone.headers["location"]) == (303, made.headers["location"])
    assert "Thay đổi này đã được hoàn tác" in (await client.get(made.headers["location"])).text
    assert (await find_unit(tree.hanoi["id"]))["name_vi"] == "Liên đoàn Lao động thành phố Hà Nội"
