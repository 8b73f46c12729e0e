"""Lattices of nodes with their tables, for tests of disclosure control."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from disclosure_attacker import Reader

from survey.disclosure import Layer, Structure


@dataclass(frozen=True)
class World:
    """A structure whose `leaves` are the nodes that aren't sums; wholes stand after their parts."""

    structure: Structure
    leaves: list[int]

    def cube(self, people: np.ndarray) -> np.ndarray:
        """Counts of (leaf, a, b) with all their margins."""
        base = np.zeros((self.structure.nodes, *(extent + 1 for extent in people.shape[1:])), dtype=np.int64)
        base[(self.leaves, *(slice(0, extent) for extent in people.shape[1:]))] = people
        for whole, parts in self.structure.sums:
            base[whole] = base[list(parts)].sum(axis=0)
        for axis in range(1, base.ndim):
            line = np.moveaxis(base, axis, 0)
            line[-1] = line[:-1].sum(axis=0)
        return base


def reader_of(world: World, layers: list[Layer], mask: np.ndarray) -> Reader:
    """A reader of the layers, of which those with no mask of their own are shown with `mask`."""
    shown = [np.where(mask if layer.hidden is None else layer.hidden, np.nan, layer.base) for layer in layers]
    at_most = [(number, upper) for number, layer in enumerate(layers) for upper in layer.within]
    at_most += [(earlier, number) for number, layer in enumerate(layers) for earlier in layer.grows_from]
    sums = [(whole, list(parts)) for whole, parts in world.structure.sums]
    return Reader(shown, sums, at_most)


def union_tree() -> tuple[World, np.ndarray]:
    """The reference tree: 40 units in 5 provinces, by sex and age."""
    rows = _rows("synthetic_union_tree_counts.csv")
    units, sexes, ages = (sorted({row[name] for row in rows}) for name in ("unit", "sex", "age"))
    provinces = sorted({row["prov"] for row in rows})
    sums = [
        (len(units) + place, tuple(sorted({units.index(row["unit"]) for row in rows if row["prov"] == province})))
        for place, province in enumerate(provinces)
    ]
    total = len(units) + len(provinces)
    sums.append((total, tuple(range(len(units), total))))
    people = np.zeros((len(units), len(sexes), len(ages)), dtype=np.int64)
    for row in rows:
        people[units.index(row["unit"]), sexes.index(row["sex"]), ages.index(row["age"])] += int(row["n"])
    world = World(Structure(total + 1, tuple(sums)), list(range(len(units))))
    return world, world.cube(people)


def norwegian(year: int) -> tuple[World, np.ndarray]:
    """Statistics Norway's example: age by country, and countries once more by membership of the EU."""
    countries, ages = ["Spain", "Portugal", "Iceland"], ["young", "old"]
    world = World(Structure(6, ((3, (0, 1)), (4, (2,)), (5, (0, 1, 2)), (5, (3, 4)))), [0, 1, 2])
    people = np.zeros((3, 2), dtype=np.int64)
    for row in _rows(f"ssb_example1_{year}.csv"):
        people[countries.index(row["geo"]), ages.index(row["age"])] += int(row["freq"])
    return world, world.cube(people)


def random_world(rng: np.random.Generator) -> World:
    """A target of two regions and three provinces, the provinces of units, some units of groups."""
    leaves: list[int] = []
    sums: list[tuple[int, tuple[int, ...]]] = []
    nodes = 0
    provinces: list[int] = []
    for _ in range(3):
        units: list[int] = []
        for _ in range(int(rng.integers(1, 4))):
            groups = int(rng.integers(1, 4))
            leaves += range(nodes, nodes + groups)
            if groups == 1:
                units.append(nodes)
            else:
                sums.append((nodes + groups, tuple(range(nodes, nodes + groups))))
                units.append(nodes + groups)
            nodes += groups + (groups > 1)
        sums.append((nodes, tuple(units)))
        provinces.append(nodes)
        nodes += 1
    regions = [nodes, nodes + 1]
    sums += [(regions[0], tuple(provinces[:2])), (regions[1], tuple(provinces[2:]))]
    sums += [(nodes + 2, tuple(provinces)), (nodes + 2, tuple(regions))]
    return World(Structure(nodes + 3, tuple(sums)), leaves)


def _rows(name: str) -> list[dict[str, str]]:
    path = Path(os.environ["LOA_REFERENCE_DIR"]) / "survey-reference" / "sdc" / name
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
