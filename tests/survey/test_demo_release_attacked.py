"""The demo's release withstands a reader with linear programming who knows everything that it says."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pytest
from demo_frame import make_whole_demo_world
from release_reader import Reader, Table
from results_world import OWNER_PATH, step_of
from workings_world import workings_in

from kit import db
from kit.paths import WIDTH
from survey.demo.simulate import simulate
from survey.results.material import unpacked

# Making the release takes a third of the time: the tests share one, so they share a process.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo_release")]

MINIMUM = 10
EACH, WITH_SHARES = 40, 8
"""So many hidden cells of each question are attacked, drawn by chance; of participation all."""


@dataclass(frozen=True)
class Released:
    """The demo's release as it is stored, and what its reader knows of the organisation."""

    nodes: list[tuple[str, str | None, bool]]
    """Of what there could be tables: path, region, whether it is what a unit has besides its parts."""
    made: np.ndarray
    """Of which smallest parts each node is made."""
    tables: dict[str, Table]
    bases: dict[str, np.ndarray]
    """What no reader knows."""
    weights: np.ndarray
    """Of each part by age and gender; no reader knows these either."""

    def hidden(self, code: str) -> np.ndarray:
        """The numbers of a question's hidden cells."""
        return np.flatnonzero(np.isnan(self.tables[code].n))


_made: list[Released] = []


@pytest.fixture
async def released(database, tmp_path) -> Released:
    if not _made:
        world = await make_whole_demo_world()
        with workings_in(tmp_path / "workings"):
            assert await simulate(world.wave_id) == 5_000
        (workings,) = (tmp_path / "workings").iterdir()
        _made.append(await read(world.wave_id, workings))
    return _made[0]


async def read(wave_id, workings: Path) -> Released:
    kept = await db.rows("SELECT question_code, nodes::text AS nodes, base, hidden FROM release_base")
    earlier = {row["question_code"]: unpacked(row["nodes"], row["base"], row["hidden"]) for row in kept}
    nodes = [(node.path, node.region, node.is_rest) for node in earlier["*"].nodes]
    groups = await db.rows("SELECT path, region FROM response_group WHERE wave_id = $1", wave_id)
    parts = sorted(
        {(_deepest(nodes, group["path"]), group["region"], _place(nodes, group["path"])) for group in groups}
    )
    axes = orjson.loads(await db.value("SELECT axes::text FROM release"))
    codes = [row["code"] for row in await db.rows("SELECT DISTINCT question_code AS code FROM release_table")]
    shape = (len(nodes), len(axes["age_band"]) + 1, len(axes["gender"]) + 1)
    return Released(
        nodes=nodes,
        made=np.array([[_holds(node, part) for part in parts] for node in nodes], dtype=float),
        tables={code: await _table(code, nodes, shape) for code in sorted(codes)},
        bases={code: each.base for code, each in earlier.items()},
        weights=np.array([_weights(workings, part[2], axes) for part in parts]),
    )


def _deepest(nodes: list[tuple[str, str | None, bool]], path: str) -> str:
    """The smallest unit with tables that a group's people are counted in."""
    return max((each for each, _, _ in nodes if path.startswith(each)), key=len)


def _place(nodes: list[tuple[str, str | None, bool]], path: str) -> str:
    """The unit right below the target whose people are weighted together; the target, if it has no tables."""
    right_below = path[: len(OWNER_PATH) + WIDTH]
    return right_below if any(each == right_below for each, _, _ in nodes) else OWNER_PATH


def _holds(node: tuple[str, str | None, bool], part: tuple[str, str, str]) -> bool:
    path, region, is_rest = node
    return part[0].startswith(path) and region in (None, part[1]) and (not is_rest or part[0] == path)


async def _table(code: str, nodes: list[tuple[str, str | None, bool]], shape: tuple[int, ...]) -> Table:
    rows = await db.rows(
        "SELECT DISTINCT frame_unit.path, release_table.* FROM release_table JOIN release ON release.id = release_id"
        " JOIN frame_unit ON frame_unit.wave_id = release.wave_id AND frame_unit.unit_id = release_table.unit_id"
        " WHERE question_code = $1",
        code,
    )
    choices = 0 if code == "*" else len(rows[0]["share"]) // len(rows[0]["n"])
    n, people, share = np.full(shape, np.nan), np.full(shape, np.nan), np.full((*shape, choices), np.nan)
    for row in rows:
        at = nodes.index((row["path"], row["region"], False))
        n[at], people[at] = _numbers(row["n"], shape[1:]), _numbers(row["people"], shape[1:])
        if choices:
            share[at] = _numbers(row["share"], share.shape[1:]) / 1_000
    off = np.array([step_of(0 if np.isnan(base) else int(base)) / 2 for base in n.reshape(-1)]).reshape(shape)
    return Table(n, people, share if choices else None, off if choices else None)


def _numbers(array: list[int | None], shape: tuple[int, ...]) -> np.ndarray:
    return np.array([np.nan if number is None else number for number in array], dtype=float).reshape(shape)


def _weights(workings: Path, place: str, axes: dict[str, list[str]]) -> list[list[float]]:
    with (workings / "strata.csv").open(encoding="utf-8", newline="") as file:
        found = {
            (row["age_band"], row["gender"]): float(row["weight"])
            for row in csv.DictReader(file)
            if row["place"] == place
        }
    return [[found[age, gender] for gender in axes["gender"]] for age in axes["age_band"]]


def narrowed(released: Released, reader: Reader, cells: np.ndarray) -> Iterator[tuple[int, float, float]]:
    """Yield the cells that a reader narrows to less than the minimum, with the least and the most that they can be.

    What a unit has besides its parts has no table: the reader may find its base if that is no smaller than the minimum.
    So may they where a cell is hidden since all said the same: participation shows how many they are.
    """
    size = released.bases["*"][0].size
    shown = ~np.isnan(released.tables["*"].n.reshape(-1))
    for cell in cells.tolist():
        least, most = reader.interval(cell)
        is_no_secret = released.nodes[cell // size][2] or shown[cell]
        if most - least < MINIMUM - 1e-5 and not (is_no_secret and least > MINIMUM - 1e-5):
            yield cell, least, most


def test_all_that_is_shown_narrows_no_hidden_base_below_the_minimum(released):
    participation = released.tables["*"]
    assert min(np.nanmin(table.n) for table in released.tables.values()) >= MINIMUM
    reader = Reader(released.made, participation)
    assert len(reader.hidden) > 500
    assert list(narrowed(released, reader, reader.hidden)) == []
    rng = np.random.default_rng(1)
    for code, table in released.tables.items():
        if code != "*":
            reader = Reader(released.made, participation, table)
            cells = rng.permutation(reader.hidden)[:EACH]
            assert (code, list(narrowed(released, reader, cells))) == (code, [])


def test_who_also_knew_every_weight_would_find_no_base_by_the_shares(released):
    rng = np.random.default_rng(2)
    for code in ("reached", "phone"):
        reader = Reader(released.made, released.tables["*"], released.tables[code], released.weights)
        cells = rng.permutation(reader.hidden)[:WITH_SHARES]
        assert (code, list(narrowed(released, reader, cells))) == (code, [])


def test_the_same_reader_finds_small_bases_where_only_these_are_hidden(released):
    """The control: without complements most small bases are known exactly."""
    base = released.bases["*"]
    rests = np.array([is_rest for _, _, is_rest in released.nodes])
    shown = np.where((base < MINIMUM) | rests[:, None, None], np.nan, base)
    reader = Reader(released.made, Table(shown, np.full(shown.shape, np.nan)))
    found = [cell for cell, least, most in narrowed(released, reader, reader.hidden) if most - least < 1e-5]
    exact = [base.reshape(-1)[cell] for cell in found]
    assert all(number < MINIMUM for number in exact)
    assert len(found) > 50
