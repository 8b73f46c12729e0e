"""R's `survey` computes every number of a release again, from the rows that the release's own job worked with."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path
from uuid import UUID

import pytest
from results_world import make_demo_world
from workings_world import make_varied_world, shown_cells, workings_in, write_cells

from kit import db
from survey.demo.simulate import simulate

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    shutil.which("Rscript") is None and "LOA_REFERENCE_DIR" not in os.environ, reason="Rscript is not installed"
)


async def released_to(folder: Path) -> Path:
    """Write what the only release shows beside its workings; return the folder of these."""
    (workings,) = (folder / "workings").iterdir()
    questions = json.loads((workings / "method.json").read_text(encoding="utf-8"))["questions"]
    cells = await shown_cells(UUID(workings.name), {each["code"]: tuple(each["codes"]) for each in questions})
    assert write_cells(cells, folder / "released.csv") > 0
    return workings


def asked_of_r(folder: Path, workings: Path) -> dict:
    outcome = folder / "outcome.json"
    arguments = [HERE / "release_beside_r.R", workings, folder / "released.csv", outcome]
    # Half a minute on a quiet machine.
    subprocess.run(["Rscript", *arguments], check=True, timeout=1200)
    return json.loads(outcome.read_text(encoding="utf-8"))


def assert_same(outcome: dict, *, answers: int) -> None:
    """Nothing differs, everything that is shown was compared, and hardly by rounding."""
    weights, cells = outcome["weights"], outcome["cells"]
    assert (weights["compared"], weights["differences"]) == (answers, 0)
    assert outcome["summary"]["differences"] == []
    assert cells["recomputed"] == cells["kept"] == cells["released"]
    for source in ("kept", "released"):
        assert outcome[source]["rows"] == cells["released"]
        assert differences(outcome[source]) == {}
    compared = {name: column["compared"] for name, column in outcome["released"]["columns"].items()}
    kept = {name: column["compared"] for name, column in outcome["kept"]["columns"].items()}
    # How many chose something is in no release.
    assert kept == compared | {"chosen": compared["share"]}
    assert compared["n"] == compared["people"] == cells["released"]
    assert compared["share"] == compared["error"] == compared["low"] == compared["high"] > 0
    assert compared["mean"] == compared["mean_error"] > 0
    assert max(column["worst"] for column in outcome["kept"]["columns"].values()) < 1e-9
    assert outcome["user_calls"]["compared"] > 100
    assert outcome["user_calls"]["worst"] < 1e-9


def differences(compared: dict) -> dict[str, int]:
    return {name: column["differences"] for name, column in compared["columns"].items() if column["differences"]}


@pytest.mark.slow
async def test_every_number_of_a_demo_release_is_rs(database, tmp_path):
    world = await make_demo_world()
    with workings_in(tmp_path / "workings"):
        await simulate(world.wave_id)
    outcome = asked_of_r(tmp_path, await released_to(tmp_path))
    assert_same(outcome, answers=5_000)
    assert outcome["cells"]["released"] > 20_000


# Most people are young, of whom few answered.
YOUNG = (
    "UPDATE frame_cell SET people = 6 * people WHERE age_band = 'under_25'",
    """DELETE FROM answer WHERE age_band = 'under_25' AND ctid NOT IN (
           SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY region, gender) AS n FROM answer
                             WHERE age_band = 'under_25') AS numbered WHERE n <= 10)""",
)


@pytest.mark.parametrize("sample", ["self_selected", "census"])
@pytest.mark.parametrize("is_raked", [False, True])
async def test_every_number_of_either_sample_however_weighted_is_rs(database, tmp_path, sample: str, is_raked: bool):
    world = await make_varied_world()
    if sample == "census":
        await db.execute("UPDATE wave SET ways = '{slip,credential,paper}'")
    if is_raked:
        for change in YOUNG:
            await db.execute(change)
    with workings_in(tmp_path / "workings"):
        release_id = await world.publish()
    workings = await released_to(tmp_path)
    method = json.loads(await db.value("SELECT method::text FROM release WHERE id = $1", release_id))
    assert json.loads((workings / "method.json").read_text(encoding="utf-8"))["method"] == method
    assert (method["sample"], method["weighting"] == "raked", bool(method["trimmed"])) == (sample, is_raked, is_raked)
    assert_same(asked_of_r(tmp_path, workings), answers=await db.value("SELECT count(*) FROM answer"))


def changed(path: Path, column: str, change, *, where=lambda row: True) -> None:
    """Change a column of a file's first row that has it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row = next(row for row in rows if row[column] != "" and where(row))
    row[column] = change(row[column])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def larger(number: str) -> str:
    return str(int(number) + 1)


async def test_a_number_that_is_one_off_is_found(database, tmp_path):
    world = await make_varied_world()
    with workings_in(tmp_path / "workings"):
        await world.publish()
    workings = await released_to(tmp_path)
    wrong = ("n", "people", "share", "low", "high", "error", "mean", "mean_error")
    for name in wrong:
        changed(tmp_path / "released.csv", name, larger)
    changed(workings / "cells.csv", "error", lambda error: repr(float(error) * (1 + 1e-8)))
    changed(workings / "answers.csv", "weight", lambda weight: repr(float(weight) * (1 + 1e-8)))
    outcome = asked_of_r(tmp_path, workings)
    assert differences(outcome["released"]) == dict.fromkeys(wrong, 1)
    assert differences(outcome["kept"]) == {"error": 1}
    assert outcome["weights"]["differences"] == 1


async def test_an_answer_that_says_something_else_is_found(database, tmp_path):
    world = await make_varied_world()
    with workings_in(tmp_path / "workings"):
        await world.publish()
    workings = await released_to(tmp_path)
    changed(workings / "answers.csv", "q.channel", lambda _: "board", where=lambda row: row["q.channel"] == "zalo")
    outcome = asked_of_r(tmp_path, workings)
    found = differences(outcome["released"])
    assert found["share"] >= 2
    assert differences(outcome["kept"])["chosen"] >= found["share"]
    assert "n" not in found


async def test_only_this_user_can_read_workings_and_no_release_keeps_any_unasked(database, tmp_path):
    world = await make_varied_world()
    with workings_in(tmp_path / "workings"):
        release_id = await world.publish()
    folder = tmp_path / "workings" / str(release_id)
    modes = {each.name: each.stat().st_mode & 0o777 for each in (folder.parent, folder, *folder.iterdir())}
    files = ("answers.csv", "people.csv", "strata.csv", "cells.csv", "method.json")
    assert modes == {"workings": 0o700, str(release_id): 0o700, **dict.fromkeys(files, 0o600)}
    await world.add_answers({("25_34", "male", "southeast"): (30, 30)})
    await world.publish()
    assert [each.name for each in folder.parent.iterdir()] == [str(release_id)]
