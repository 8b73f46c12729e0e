"""The product's main job, through the front door: the demo's wave is answered, counted, protected, and joined in one graph."""

import re
from html.parser import HTMLParser

import httpx
import pytest

RESULT = """query($wave: ID!) { surveyResult(waveId: $wave, question: "reached", by: ["age_band", "gender", "region"]) {
  release { number isSimulated } cells { ageBand gender region cell { __typename
    ... on SurveyShownCell { base choices { code share low high } } } } } }"""
GLANCE = """query($code: String!) { unitByCode(code: $code) { nameVi
  surveyWaves(first: 2) { nodes { number state participation { expected answered rate } } }
  newestAssets(first: 5) { title unit { name } } } }"""


class Form(HTMLParser):
    """The fields of the form on a page, as a browser without JavaScript sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        # What has no name is not sent, but for the page's script.
        if tag == "input" and given.get("type") in ("radio", "checkbox") and "name" in given:
            self.choices.setdefault(given["name"], []).append(given["value"])


@pytest.fixture(scope="session")
def closed_wave(house):
    waves = house.data_of(
        "{ surveyProgrammes(first: 1) { nodes { waves(first: 5) { nodes { id state latestRelease { number } } } } } }"
    )
    (closed,) = [w for w in waves["surveyProgrammes"]["nodes"][0]["waves"]["nodes"] if w["state"] == "closed"]
    assert closed["latestRelease"] == {"number": 1}
    return closed["id"]


def test_a_worker_answers_without_javascript_and_is_thanked(house):
    page = httpx.get(f"{house.url}/f/nhucau")
    form = Form(page.text)
    assert len(form.choices) >= 15
    answers = {name: codes[0] for name, codes in form.choices.items()}
    reply = httpx.post(f"{house.url}/f/nhucau", data={**form.hidden, **answers})
    assert reply.status_code == 303
    receipt = re.fullmatch(r"/f/nhucau/thanks\?r=([0-9A-Z-]{19})", reply.headers["location"])[1]
    thanks = httpx.get(f"{house.url}{reply.headers['location']}")
    assert thanks.status_code == 200
    assert "Cảm ơn" in thanks.text
    assert receipt in thanks.text
    told = house.data_of("query ($receipt: String!) { surveyReceipt(receipt: $receipt) }", receipt=receipt)
    assert told == {"surveyReceipt": "received"}
    assert "set-cookie" not in {*page.headers, *reply.headers, *thanks.headers}


def test_a_missing_answer_comes_back_with_the_others_kept(house):
    form = Form(httpx.get(f"{house.url}/f/nhucau").text)
    answers = {name: codes[1] for name, codes in form.choices.items() if name != "reached"}
    reply = httpx.post(f"{house.url}/f/nhucau", data={**form.hidden, **answers})
    assert reply.status_code == 422
    assert 'href="#q-reached"' in reply.text
    assert len(re.findall(r"\schecked\b", reply.text)) >= len(answers) - 8  # follow-ups that do not apply are dropped


def test_one_query_gives_a_result_by_age_gender_and_region(house, closed_wave):
    result = house.data_of(RESULT, wave=closed_wave)["surveyResult"]
    assert result["release"] == {"number": 1, "isSimulated": True}
    shown = [c for c in result["cells"] if c["cell"]["__typename"] == "SurveyShownCell"]
    hidden = [c for c in result["cells"] if c["cell"]["__typename"] == "SurveyHiddenCell"]
    assert len(shown) > 40
    assert hidden
    for cell in shown:
        base, choices = cell["cell"]["base"], cell["cell"]["choices"]
        assert base >= 10
        # Of up to 50 answers shares are multiples of a twentieth.
        assert abs(sum(choice["share"] for choice in choices) - 1) <= 0.025 * len(choices)
        assert all(choice["low"] <= choice["share"] <= choice["high"] for choice in choices)


def test_the_results_page_shows_the_same(house, closed_wave):
    result = house.data_of(RESULT.replace('["age_band", "gender", "region"]', '["gender"]'), wave=closed_wave)
    page = httpx.get(f"{house.url}/results/information_needs/1?question=reached&by=gender").text
    for cell in result["surveyResult"]["cells"]:
        if cell["cell"]["__typename"] == "SurveyShownCell":
            assert f"{cell['cell']['base']:,}".replace(",", ".") in page
    assert "<svg" in page


def test_one_query_joins_a_unit_its_waves_and_its_materials(house):
    unit = house.data_of(GLANCE, house.token("analyst@EVN"), code="EVN")["unitByCode"]
    assert unit["nameVi"] == "Công đoàn Điện lực Việt Nam"
    latest, first = unit["surveyWaves"]["nodes"]
    assert (latest["number"], latest["state"], first["number"], first["state"]) == (2, "open", 1, "closed")
    assert first["participation"]["expected"] > 1000
    assert 0 < first["participation"]["answered"] < first["participation"]["expected"]
    assert first["participation"]["answered"] % 5 == 0
    assert len(unit["newestAssets"]) == 5


def test_a_stranger_learns_no_participation(house):
    unit = house.data_of(GLANCE, code="EVN")["unitByCode"]
    assert [wave["participation"] for wave in unit["surveyWaves"]["nodes"]] == [None, None]
