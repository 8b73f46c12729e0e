"""What a change of the tree would meet elsewhere: its preview tells, by the graph, of open waves and materials."""

UNITS = """query ($after: String) { units(first: 100, after: $after, level: "grassroots") {
  nodes { id code assetCount surveyWaves(first: 10) { nodes { state } } } pageInfo { hasNextPage endCursor } } }"""
DISSOLVE = """mutation ($unit: ID!) { previewReorganisation(input: {dissolve: {id: $unit}}) {
  __typename ... on Problem { code message }
  ... on PreviewReorganisationSuccess { preview { unitCount units { nodes { what unit { code assetCount
    newestAssets(first: 1) { unit { code } }
    surveyWaves(first: 10) { nodes { state programme { titleVi } } } } } } } } } }"""


def with_materials_and_an_open_wave(house, token) -> dict:
    """Return a unit at the grassroots that has materials, and whose people are being asked."""
    page = {"endCursor": None, "hasNextPage": True}
    while page["hasNextPage"]:
        found = house.data_of(UNITS, token, after=page["endCursor"])["units"]
        for unit in found["nodes"]:
            states = [wave["state"] for wave in unit["surveyWaves"]["nodes"]]
            if unit["assetCount"] and "open" in states:
                return unit
        page = found["pageInfo"]
    raise AssertionError("the demo has no such unit")


def test_a_preview_tells_of_open_waves_and_materials(house):
    admin = house.token("admin@TLD")
    unit = with_materials_and_an_open_wave(house, admin)
    told = house.data_of(DISSOLVE, admin, unit=unit["id"])["previewReorganisation"]
    assert told["__typename"] == "PreviewReorganisationSuccess", told
    assert told["preview"]["unitCount"] == 1
    (closed,) = told["preview"]["units"]["nodes"]
    assert closed["what"] == ["closed"]
    assert closed["unit"]["code"] == unit["code"]
    assert closed["unit"]["assetCount"] == unit["assetCount"]
    assert closed["unit"]["newestAssets"] == [{"unit": {"code": unit["code"]}}]
    waves = closed["unit"]["surveyWaves"]["nodes"]
    assert [wave["state"] for wave in waves] == [wave["state"] for wave in unit["surveyWaves"]["nodes"]]
    assert all(wave["programme"]["titleVi"] for wave in waves)
