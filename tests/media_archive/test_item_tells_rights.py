"""A material's page tells under which licence it may be used, whose it is, and that it is hidden."""

from archive_world import Union, add, editor

from kit import db
from kit.testing import Client


async def test_licence_and_holder_are_told_where_they_are_known(client: Client, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    path = f"/archive/items/{asset_id}"
    assert "Quyền" not in (await client.get(path)).text
    await db.execute("UPDATE asset SET licence = 'cc_by_4', rights_holder = 'Báo <Lao Động>'")
    page = (await client.get(path)).text
    assert (
        '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0 (ghi tên tác giả)</a>' in page
    )
    assert "Báo &lt;Lao Động&gt;" in page
    assert "CC BY 4.0 (name the author)" in (await client.get(f"{path}?lang=en")).text


async def test_editors_are_told_that_it_is_hidden(client: Client, union: Union):
    asset_id = await add(union.factory, "Bản tin", visibility="public")
    await db.execute("UPDATE asset SET hidden = 'rights_expired'")
    page = await client.get(f"/archive/items/{asset_id}", caller=editor(union.factory))
    assert f'href="/archive/items/{asset_id}/share">Xem vì sao</a>' in page.text
    assert (await client.get(f"/archive/items/{asset_id}")).status_code == 404
