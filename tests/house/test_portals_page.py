"""What the page for portals says to ask of the archive is asked of a running house."""

import re
from datetime import UTC, datetime, timedelta

from house_world import House

from loa.place import ROOT

OPERATIONS = re.findall(r"```graphql\n(.*?)```", (ROOT / "docs" / "portals.md").read_text("utf-8"), re.DOTALL)
FIND = """{ unitByCode(code: "EVN") { id newestAssets(first: 1) { id } } searchAssets(query: "an toan", first: 1) {
    nodes { asset { id } } } }"""


def test_every_query_finds_something_and_every_mutation_is_an_operation(house: House):
    token = house.token("editor@EVN")
    found = house.data_of(FIND, token)
    asset = found["unitByCode"]["newestAssets"][0]["id"]
    known = {
        "asset": asset,
        "source": found["searchAssets"]["nodes"][0]["asset"]["id"],
        "unit": found["unitByCode"]["id"],
        "until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        "q": "an toan",
    }
    assert len(OPERATIONS) == 11
    for document in OPERATIONS:
        given = {name: value for name, value in known.items() if f"${name}:" in document}
        if document.startswith("mutation"):
            # Asked by nobody, so that it changes nothing: a document that does not hold has no such answer.
            [told] = house.data_of(document, **given).values()
            assert told["code"] == "SIGN_IN_REQUIRED", document
        else:
            [told] = house.data_of(document, token, **given).values()
            assert told, document
