"""Whatever reason a job gives for what it did not make, people read it in their language."""

import ast
import re
from pathlib import Path

from archive_world import Union, add, contributor, picture, worker
from markupsafe import escape

from kit import db
from kit.identity import SYSTEM
from kit.testing import Ask, Client
from media_archive.renditions import reasons
from media_archive.renditions.reasons import REASONS
from media_archive.sharing import requests
from media_archive.speech.providers import TranscriberMissing
from media_archive.web.events import EVENTS

CODE = re.compile(r"(?:^|')([A-Z]+(?:_[A-Z]+)+)(?:'|$)")
# The name of a setting of tesseract's.
OTHERS = {"OMP_THREAD_LIMIT"}


def codes_in(file: Path) -> set[str]:
    """The codes in the texts of a module, in SQL as well."""
    texts = [node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    return {code for text in texts if isinstance(text, str) for code in CODE.findall(text)}


def test_every_code_that_a_job_gives_has_words_and_no_other():
    folder = Path(str(reasons.__file__)).parent
    files = {*folder.rglob("*.py"), *(folder.parent / "similarity").glob("*.py"), folder.parent / "speech" / "jobs.py"}
    given = {code for file in files - {Path(str(reasons.__file__))} for code in codes_in(file)}
    assert (given | {TranscriberMissing.code}) - OTHERS == set(REASONS)


def test_the_words_are_two_languages_to_follow_a_colon():
    for vi, en in REASONS.values():
        assert vi != en
        assert vi[0].islower()
        assert en[0].islower() or en.startswith("PDF")
        assert not (vi + en).endswith((".", " "))


async def test_each_is_told_in_the_graph_and_on_the_page(ask: Ask, client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh", picture(), visibility="public")
    document = "query ($id: ID!) { asset(id: $id) { renditions { reasonText } texts { reasonText } } }"
    nothing = (await ask(document, SYSTEM, id=asset_id)).field
    assert {one["reasonText"] for one in (*nothing["renditions"], *nothing["texts"])} == {None}
    for code, (vi, en) in REASONS.items():
        await db.execute("UPDATE rendition SET state = 'failed', reason = $1", code)
        await db.execute("UPDATE asset_text SET state = 'failed', reason = $1", code)
        field = (await ask(document, SYSTEM, id=asset_id)).field
        assert {one["reasonText"] for one in (*field["renditions"], *field["texts"])} == {vi}
        for language, words in (("vi", vi), ("en", en)):
            page = (await client.get(f"/archive/items/{asset_id}?lang={language}")).text
            assert page.count(str(escape(words))) == 2


async def test_whoever_may_do_something_about_it_sees_what_failed(client: Client, union: Union):
    asset_id = await add(union.factory, "Ảnh", picture(), visibility="public")
    await db.execute("UPDATE rendition SET state = 'failed', reason = 'CANNOT_BE_CLEANED' WHERE name = 'public'")
    told = "Không làm được bản cho người ngoài đơn vị: " + REASONS["CANNOT_BE_CLEANED"][0]
    for caller, sees in ((contributor(union.factory), True), (worker(union.factory), False)):
        page = (await client.get(f"/archive/items/{asset_id}", caller=caller)).text
        assert (told in page) is sees


def told_of_assets(file: Path) -> set[str]:
    """The actions that a module writes into the trail of a material, as far as they stand there as they are."""
    calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "tell_of_asset"]
    said = [argument.value for call in named for argument in call.args if isinstance(argument, ast.Constant)]
    return {text for text in said if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}


def test_whatever_is_told_of_a_material_has_words_in_its_history():
    folder = Path(str(requests.__file__)).parent.parent
    told = set[str]().union(*(told_of_assets(file) for file in folder.rglob("*.py")))
    assert {"asset.added", "consent.withdrawn"} <= told
    others = {"access.accepted", "access.declined", "royalty.charged", "royalty.reversed"}
    assert (told | others) - EVENTS.keys() == set()
