"""The measurements measure: every scenario runs on the demo, its answers are read, the figures are written."""

import asyncio
import subprocess
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from bench.org_tree import tree
from bench.org_tree.cells import publications
from bench.org_tree.questions import THEN, Knowledge, questions
from bench.org_tree.truth import Day
from bench.scenarios import SCENARIOS
from house_world import command, environment

from loa.place import ROOT


def test_every_scenario_runs_on_the_demo(house, tmp_path):
    file = tmp_path / "figures.json"
    printed = house.loa("bench", "--seconds", "0.2", "--rounds", "1", "--connections", "2", "--out", str(file))
    rows = orjson.loads(file.read_bytes())["rows"]
    assert [row["scenario"] for row in rows] == [scenario.name for scenario in SCENARIOS]
    for row in rows:
        assert row["requests_per_second"] > 0
        assert row["p50_ms"] <= row["p99_ms"]
        assert row["cpu_ms_per_request"]["gateway"] > 0
    assert "req/s" in printed


def test_another_server_is_measured_in_turn_and_compared(house, tmp_path):
    file = tmp_path / "figures.json"
    printed = house.loa(
        "bench", "unit", "--seconds", "0.2", "--rounds", "2", "--connections", "2",
        "--beside", f"{house.address('gateway')}/graphql", "--out", str(file),
    )  # fmt: skip
    loa, beside = orjson.loads(file.read_bytes())["rows"]
    assert (loa["server"], beside["server"]) == ("loa", "beside")
    assert len(loa["rounds"]) == len(beside["rounds"]) == 2
    assert "ratio" in printed


def test_a_wrong_answer_is_no_score(house):
    with pytest.raises(AssertionError, match="beside"):
        house.loa("bench", "unit", "--seconds", "0.2", "--rounds", "1", "--beside", f"{house.url}/healthz")


def test_a_quality_scenario_takes_any_folder_of_its_form(house, tmp_path):
    (tmp_path / "corpus.jsonl").write_bytes(
        b"\n".join(
            orjson.dumps({"_id": str(n), "title": title, "text": text})
            for n, (title, text) in enumerate(
                [("An toàn", "an toàn lao động trong mỏ"), ("Lương", "tiền lương tối thiểu")]
            )
        )
    )
    query = "an toàn lao động"
    (tmp_path / "queries.jsonl").write_bytes(
        orjson.dumps({"_id": "q", "text": query, "text_bare": "an toan lao dong", "text_nfd": query})
    )
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\t0\t1\n")
    (tmp_path / "accent_confusable.jsonl").write_bytes(
        orjson.dumps({"_id": "c", "text": "lao động", "relevant": ["0"]})
    )
    printed = house.loa("bench", "search", str(tmp_path))
    assert printed.count("1.0000") == 3


def test_the_readme_and_the_list_name_the_same(house):
    listed = house.loa("bench", "--list")
    assert all(scenario.name in listed for scenario in SCENARIOS)
    assert (ROOT / "bench").is_dir()


@pytest.mark.slow
async def test_the_organisation_tree_is_measured_beside_its_bare_sql_and_leaves_nothing(test_servers, tmp_path):
    before = await _databases(test_servers[0])
    figures = await asyncio.to_thread(_org_tree, test_servers, tmp_path)
    assert await _databases(test_servers[0]) == before
    questions = {one["question"]: one for one in figures["questions"]}
    assert {name for name, one in questions.items() if one["limit_ms"] == 10} == {
        "subtree sum by age × gender",
        "as-of subtree, first page",
        "as-of subtree, deep page",
        "as-of subtree, how many",
        "as-of subtree, all ids",
    }
    for name, one in questions.items():
        assert one["bare"]["times"] == 4
        assert 0 < one["bare"]["p50_ms"] <= one["bare"]["p95_ms"] <= one["bare"]["p99_ms"]
        if name != "as-of subtree, all ids":
            assert one["graph"]["times"] == one["http"]["times"] == 4
            assert one["ratio"] > 0
    moves = figures["moves"]
    assert (moves["units"], moves["limit_ms"]) == (40, 100)
    assert moves["bare"]["times"] == moves["service"]["times"] == 2
    assert moves["reader_quiet"]["times"] > 0


def _org_tree(test_servers: tuple[str, str], folder: Path) -> dict[str, Any]:
    """Measure the smallest tree on the servers of this test run; return what was written."""
    file = folder / "figures.json"
    servers = dict(zip(("LOA_DATABASE_URL", "LOA_REDIS_URL"), test_servers, strict=True))
    words = ("--units", "1000", "--asks", "4", "--moves", "1", "--out", str(file))
    done = subprocess.run(
        command("bench", "org-tree", *words),
        env=environment(folder / "data") | servers,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "graph / bare" in done.stdout
    # What was made for it is gone: the folder of its keys, and the database.
    assert list((folder / "data" / "bench").iterdir()) == []
    return orjson.loads(file.read_bytes())


async def _databases(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'loa_bench_%'")
    finally:
        await connection.close()
    return {row["datname"] for row in rows}


def test_a_grown_tree_is_the_same_each_time_and_has_the_sizes_it_is_known_for():
    first, again = tree.grow(2_000, seed=7), tree.grow(2_000, seed=7)
    assert first == again
    assert tree.grow(2_000, seed=8) != first
    now, then = Day(first, date(2026, 9, 1)), Day(first, THEN)
    assert sum(unit.closed_on is None for unit in first.units.values()) == len(now.subtree(1)) == 2_000
    assert len(now.subtree(first.moved)) == 80
    assert len(now.subtree(first.middling)) == 58
    assert {unit.level for unit in then.subtree(1)} > {"upper_direct"}
    assert "upper_direct" not in {unit.level for unit in now.subtree(1)}
    assert [unit.code for unit in now.ancestors(first.moved)] == ["TLD", "HCM"]


def test_a_wrong_answer_about_the_tree_is_no_score():
    grown = tree.grow(1_000, seed=7)
    known = Knowledge(grown, list(publications(grown, 7)), 7)
    for question in questions(known):
        assert not question.asked[0].is_right([str(uuid4())] * 21), question.name
