"""The README keeps its word: every command and every query in it is run, every file it names exists."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from house_world import House, command

from loa.place import ROOT

README = (ROOT / "README.md").read_text()
QUERIES = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line]


def test_every_query_answers(house):
    assert len(QUERIES) == 6
    ids = house.data_of('{ units(first: 1, query: "Hà Nội") { nodes { id } } }')["units"]["nodes"]
    token = house.token("editor@EVN")
    for query in QUERIES:
        answer = house.ask(query, token, id=ids[0]["id"]) if "$id" in query else house.ask(query, token)
        assert "errors" not in answer, (query, answer["errors"])


def test_the_walked_query_joins_three_services(house):
    unit = house.data_of(QUERIES[0])["unitByCode"]
    assert unit["nameVi"] == "Công đoàn Điện lực Việt Nam"
    assert unit["subtreeCount"] > 9
    assert [wave["number"] for wave in unit["surveyWaves"]["nodes"]] == [2, 1]
    assert len(unit["newestAssets"]) == 3


def test_the_tree_of_the_day_before_is_another_one(house):
    [query] = [query for query in QUERIES if "BeforeTheMergers" in query]
    answer = house.data_of(query)
    before, after = answer["unitByCode"]["subtreeCount"], answer["unitByCode"]["asOf"]["subtreeCount"]
    assert before < after
    assert answer["former"]["closedOn"] == "2025-07-01"
    [went] = answer["former"]["successors"]["nodes"]
    assert (float(went["share"]), went["unit"]["name"]) == (1.0, "Liên đoàn Lao động Thành phố Hồ Chí Minh")


def test_every_command_works(house, tmp_path):
    # What a command line of the README must have done here; a line that is not listed fails the test.
    proofs: dict[str, Callable[[], None]] = {
        "python run.py up": lambda: _answers(house.url),
        "python run.py demo": lambda: _says(house.loa("demo"), "demo"),
        "python run.py test": _collects_tests,
        "python run.py token --as editor@EVN": lambda: _says(house.token("editor@EVN"), "."),
        "python run.py check": _names_steps,
        "python run.py bench --list": lambda: _says(house.loa("bench", "--list"), "join-three"),
        "python run.py migrate": lambda: _says(house.loa("migrate"), "migrate org"),
        "python run.py replay survey": lambda: _says(house.loa("replay", "survey"), "survey reads org"),
        "python run.py archive import FOLDER --unit CODE": lambda: _says(_imported(house, tmp_path), "1 added, 0 were"),
    }
    assert set(COMMANDS) == set(proofs)
    for line in COMMANDS:
        proofs[line]()


def test_run_py_is_the_command_line(house):
    """What the tests call directly, `python run.py` calls as well."""
    done = subprocess.run(
        [sys.executable, "run.py", "bench", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "join-three" in done.stdout


def test_the_open_survey_is_where_it_says(house):
    path = re.search(r"\(http://127\.0\.0\.1:8080(/f/\w+)\)", README).group(1)
    page = httpx.get(house.url + path)
    assert page.status_code == 200
    assert 'method="post"' in page.text


@pytest.mark.parametrize(
    "name",
    sorted(set(re.findall(r"`((?:services|libs|gateway|cli|deploy|docs)/[\w./-]+)`|\]\((docs/[\w./-]+)\)", README))),
)
def test_named_files_exist(name):
    path = name[0] or name[1]
    assert (ROOT / path).exists(), path


def _answers(url: str) -> None:
    assert httpx.get(f"{url}/healthz").json()["ready"] is True


def _says(printed: str, part: str) -> None:
    assert part in printed


def _imported(house: House, folder: Path) -> str:
    (folder / "Nội quy.txt").write_text("Nội quy lao động của nhà máy", "utf-8")
    return house.loa("archive", "import", str(folder), "--unit", "EVN")


def _collects_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/kit"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _names_steps() -> None:
    done = subprocess.run(command("check", "imports"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
