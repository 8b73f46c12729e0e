"""Weights and weighted estimates made of counts equal those that R's `survey` makes of the single answers."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from weighting_world import CHOICES, FEW, MISSING, PLENTY, TICKS, UNEVEN, VALUES, Wave, made_up

from survey.weighting.frame import Weights, levels_of_cells, weigh
from survey.weighting.shares import prepare

HERE = Path(__file__).parent

WORLDS = {"post_stratified": PLENTY, "collapsed": FEW, "raked": UNEVEN}
SAMPLES = ("self_selected", "census")
COLUMNS = [
    *(f"scale{choice}" for choice in range(CHOICES)),
    *(f"tick{tick}" for tick in range(TICKS)),
    "number",
]


def rows_of(wave: Wave, weights: Weights) -> list[dict[str, object]]:
    at = (wave.place[wave.piece], wave.age, wave.gender)
    stratum = weights.stratum[at]
    people = [weights.people[weights.stratum == code].sum() for code in range(weights.stratum.max() + 1)]
    rows = []
    for row, code in enumerate(stratum):
        columns: dict[str, object] = {
            "piece": wave.piece[row], "age": wave.age[row], "gender": wave.gender[row],
            "stratum": code, "there": people[code], "one": 1,
        }  # fmt: skip
        if weights.raking:
            levels = (weights.raking.place, weights.raking.age_band, weights.raking.gender)
            names = ("place_level", "age_level", "gender_level")
            columns |= {name: level[axis[row]] for name, level, axis in zip(names, levels, at, strict=True)}
        scale = wave.scale[row]
        for choice in range(CHOICES):
            columns[f"scale{choice}"] = "" if scale == MISSING else int(scale == choice)
        columns["number"] = "" if scale == MISSING else VALUES[scale]
        for tick in range(TICKS):
            columns[f"tick{tick}"] = "" if wave.ticks[row, tick] == MISSING else wave.ticks[row, tick]
        rows.append(columns)
    return rows


def case_of(wave: Wave, weights: Weights, sample: str) -> dict[str, object]:
    def totals(table):
        return [float(weights.people[table == code].sum()) for code in range(table.max() + 1)]

    tables = {"stratum": weights.stratum}
    if weights.raking:
        levels = levels_of_cells((weights.raking.place, weights.raking.age_band, weights.raking.gender))
        tables = dict(zip(("place_level", "age_level", "gender_level"), levels, strict=True))
    return {
        "census": sample == "census",
        "raked": weights.raking is not None,
        "rounds": 60,
        "totals": {name: totals(table) for name, table in tables.items()},
        "nodes": wave.nodes,
        "ages": wave.people.shape[1],
        "genders": wave.people.shape[2],
        "columns": COLUMNS,
    }


def asked_of_r(folder: Path, cases: dict[str, tuple[Wave, Weights]]) -> dict[str, dict]:
    for name, (wave, weights) in cases.items():
        rows = rows_of(wave, weights)
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    described = {name: case_of(*each, name.split("-")[1]) for name, each in cases.items()}
    asked, answered = folder / "cases.json", folder / "answers.json"
    asked.write_text(json.dumps(described), encoding="utf-8")
    subprocess.run(["Rscript", HERE / "weighting_beside_r.R", asked, folder, answered], check=True, timeout=120)
    return json.loads(answered.read_text(encoding="utf-8"))


@pytest.mark.skipif(
    shutil.which("Rscript") is None and "LOA_REFERENCE_DIR" not in os.environ, reason="Rscript is not installed"
)
def test_r_gives_the_same_weights_shares_means_and_errors_for_every_cell_of_every_node(tmp_path):
    cases = {}
    for seed, (kind, (people, answers)) in enumerate(WORLDS.items()):
        wave, weights = made_up(seed, people, answers), weigh(people, answers)
        assert weights.kind == kind
        cases |= {f"{kind}-{sample}": (wave, weights) for sample in SAMPLES}
    assert cases["raked-census"][1].trimming.share > 0
    cells = 0
    for name, found in asked_of_r(tmp_path, cases).items():
        wave, weights = cases[name]
        nodes = prepare(weights, wave.place, wave.parts, name.split("-")[1])
        at = (wave.place[wave.piece], wave.age, wave.gender)
        np.testing.assert_allclose(weights.weight[at], found["weights"], rtol=1e-9)
        scale = nodes.estimate(*wave.counted(wave.scale_columns), VALUES)
        ticks = nodes.estimate(*wave.counted(wave.ticks))
        shares = np.concatenate([scale.share, ticks.share, scale.mean[..., None]], axis=-1)
        errors = np.concatenate([scale.error, ticks.error, scale.mean_error[..., None]], axis=-1)
        nothing = [np.nan] * (2 * len(COLUMNS))
        wanted = np.array([[[cell or nothing for cell in row] for row in node] for node in found["cells"]])
        np.testing.assert_allclose(shares, wanted[..., : len(COLUMNS)], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(errors, wanted[..., len(COLUMNS) :], rtol=1e-9, atol=1e-12, err_msg=name)
        cells += int(np.isfinite(wanted[..., 0]).sum())
    assert cells == 356
