"""A made-up wave for the disclosure bench: a tree of units and millions of answers spread over it log-normally."""

import numpy as np

from survey.disclosure import Layer, Structure

PROVINCES, REGIONS, SHARES = 34, 6, (0.97, 0.9, 0.75, 0.4)
AGES, GENDERS = 6, 2


def wave(units: int, answers: int, seed: int) -> tuple[Structure, list[Layer]]:
    """Return a tree (target, regions and provinces, units, groups of about `units` nodes) and its five layers.

    The layers are all who took part, and of them those who answered each of four questions.
    """
    rng = np.random.default_rng(seed)
    sums, leaves, nodes = _tree(units, rng)
    sizes = rng.lognormal(0.0, 1.3, size=len(leaves))
    cells = rng.dirichlet(np.full(AGES * GENDERS, 3.0), size=len(leaves)) * sizes[:, None]
    people = rng.multinomial(answers, (cells / cells.sum()).ravel()).reshape(len(leaves), AGES, GENDERS)
    structure = Structure(nodes, tuple(sums))
    layers = [Layer(_cube(people, leaves, structure))]
    for share in SHARES:
        some = rng.binomial(people, rng.beta(20 * share, 20 * (1 - share), size=(len(leaves), 1, 1)))
        layers.append(Layer(_cube(some, leaves, structure), within=(0,)))
    return structure, layers


def _tree(units: int, rng: np.random.Generator) -> tuple[list[tuple[int, tuple[int, ...]]], list[int], int]:
    sums: list[tuple[int, tuple[int, ...]]] = []
    provinces = list(range(1, 1 + PROVINCES))
    regions = list(range(1 + PROVINCES, 1 + PROVINCES + REGIONS))
    sums.append((0, tuple(provinces)))
    sums.append((0, tuple(regions)))
    sums += [(region, tuple(provinces[number::REGIONS])) for number, region in enumerate(regions)]
    nodes = 1 + PROVINCES + REGIONS
    leaves: list[int] = []
    below = max(2, round(units / PROVINCES / 3.5))
    for province in provinces:
        first, nodes = nodes, nodes + below
        sums.append((province, tuple(range(first, nodes))))
        for unit in range(first, first + below):
            groups = int(rng.integers(0, 6))
            if groups < 2:
                leaves.append(unit)
                continue
            sums.append((unit, tuple(range(nodes, nodes + groups))))
            leaves += range(nodes, nodes + groups)
            nodes += groups
    return sums, leaves, nodes


def _cube(people: np.ndarray, leaves: list[int], structure: Structure) -> np.ndarray:
    cube = np.zeros((structure.nodes, AGES + 1, GENDERS + 1), dtype=np.int64)
    cube[leaves, :AGES, :GENDERS] = people
    for whole, parts in reversed(structure.sums):
        cube[whole] = cube[list(parts)].sum(axis=0)
    cube[:, AGES] = cube[:, :AGES].sum(axis=1)
    cube[:, :, GENDERS] = cube[:, :, :GENDERS].sum(axis=2)
    return cube
