"""Parts of a large lattice that are small enough for linear programmes: some sisters, and all that is beneath them.

Nothing outside a window moves, so whatever is proven safe within it is safe.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from survey.disclosure.moves import Indices, Lattice
from survey.disclosure.tables import Structure, Tables, equations


def windows(structure: Structure, lattice: Lattice, most: int) -> list[Indices]:
    """Return sets of nodes without a node in common, each of neighbouring sisters and all beneath them.

    They depend on the structure alone: what a window proved of an earlier release it proves again with a later one.
    A window has `most` nodes or little more; a node with more than that beneath it is in no window.
    """
    beneath = _beneath(structure, lattice, most)
    taken = np.zeros(structure.nodes, dtype=bool)
    found: list[Indices] = []
    for node in reversed(lattice.upwards):
        sisters = [int(s) for s in lattice.sisters[lattice.parents[node]] if not taken[s] and len(beneath[s]) <= most]
        if taken[node] or not sisters:
            continue
        for chunk in _chunks(sisters, [len(beneath[sister]) for sister in sisters], most):
            nodes = np.unique(np.concatenate([beneath[sister] for sister in chunk]))
            nodes = nodes[~taken[nodes]]
            taken[nodes] = True
            found.append(nodes)
    return found


def _chunks(sisters: list[int], sizes: list[int], most: int) -> list[list[int]]:
    chunks: list[list[int]] = [[]]
    filled = 0
    for sister, size in zip(sisters, sizes, strict=True):
        if filled + size > most and len(chunks[-1]) > 1:
            chunks.append([])
            filled = 0
        chunks[-1].append(sister)
        filled += size
    if len(chunks) > 1 and len(chunks[-1]) == 1:
        alone = chunks.pop()  # it would have nobody to exchange with
        chunks[-1] += alone
    return chunks


def _beneath(structure: Structure, lattice: Lattice, most: int) -> list[Indices]:
    """Return each node with all beneath it; once these are more than `most`, only more than `most` of them."""
    found: list[Indices] = [np.empty(0, dtype=np.int64)] * structure.nodes
    for node in lattice.upwards:
        parts = [found[part] for number in lattice.wholes[node] for part in structure.sums[number][1]]
        found[node] = np.unique(np.concatenate([np.array([node]), *parts]))[: most + 1]
    return found


class Cutter:
    """Cuts the tables of windows out of the tables of all."""

    def __init__(self, structure: Structure, axes: tuple[int, ...]) -> None:
        self._structure, self._axes = structure, axes
        self._cells = int(np.prod(axes, dtype=np.int64))
        self._sums: list[list[int]] = [[] for _ in range(structure.nodes)]
        for number, (whole, parts) in enumerate(structure.sums):
            for node in (whole, *parts):
                self._sums[node].append(number)

    def places(self, nodes: Indices) -> Indices:
        """Return the flat cells of some nodes."""
        return (nodes[:, None] * self._cells + np.arange(self._cells)).reshape(-1)

    def cut(self, tables: Tables, nodes: Indices) -> Tables:
        """Return the tables of some nodes, of which all others keep still."""
        places = self.places(nodes)
        relations = [replace(r, slack=r.slack[places], nobody=r.nobody[places]) for r in tables.relations]
        fixed = [None if mask is None else mask[places] for mask in tables.fixed]
        room = [numbers[places] for numbers in tables.room]
        inner = Structure(len(nodes), tuple(self._inner(nodes.tolist())))
        return replace(tables, room=room, fixed=fixed, relations=relations, sums=equations(inner, self._axes))

    def _inner(self, nodes: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
        place = {node: number for number, node in enumerate(nodes)}
        numbers = sorted({number for node in nodes for number in self._sums[node]})
        sums = [self._structure.sums[number] for number in numbers]
        return [(place.get(whole, -1), tuple(place[part] for part in parts if part in place)) for whole, parts in sums]
