"""The measurements measure: every scenario runs on the demo, its answers are read, the figures are written."""

import orjson
import pytest
from bench.scenarios import SCENARIOS

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
