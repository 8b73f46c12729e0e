"""Simple changes: people move from one place of a table to another, and from one node to its sisters.

On the further axes a move is a product of one step for each axis: somebody more in a category and in its total, or
from one category to another. Over nodes the same move, forwards in one node and backwards in its sisters, leaves the
sums as they are; a node that is itself a sum passes its move on to its parts. How far such a move can go is a flow in
a tree, found by minima and sums. It is a kind of the hypercube method (S. Giessing, D. Repsilber, "Tools and
strategies to protect multiple tables with the GHQUAR cell suppression engine", 2002) that counts what several sisters
together can give.
"""

from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from survey.disclosure.tables import Mask, Numbers, Structure

FAR = 1e9
"""As far as anything goes: nothing limits a move."""

Indices = NDArray[np.int64]


class Patterns:
    """All moves on the further axes; `plus` and `minus` name the cells of each, filled up with a cell that isn't."""

    def __init__(self, axes: tuple[int, ...]) -> None:
        self.cells = int(np.prod(axes, dtype=np.int64))
        found = [_product(axes, steps) for steps in product(*(_steps(extent) for extent in axes))]
        self.plus = self._filled([plus for plus, _ in found])
        self.minus = self._filled([minus for _, minus in found])
        self.every = np.concatenate([self.plus, self.minus], axis=1)

    def widths(self, rise: Numbers, fall: Numbers) -> Numbers:
        """Return how wide each cell's interval is when each move goes so far forwards and so far backwards."""
        up, down = np.zeros(self.cells + 1), np.zeros(self.cells + 1)
        for cells, forwards, backwards in ((self.plus, rise, fall), (self.minus, fall, rise)):
            np.maximum.at(up, cells, forwards[:, None])
            np.maximum.at(down, cells, backwards[:, None])
        return (up + down)[:-1]

    def _filled(self, lists: list[list[int]]) -> Indices:
        longest = max(1, *(len(cells) for cells in lists))
        return np.array([cells + [self.cells] * (longest - len(cells)) for cells in lists], dtype=np.int64)


def _steps(extent: int) -> list[dict[int, int]]:
    last = extent - 1
    more = [{category: 1, last: 1} for category in range(last)] or [{last: 1}]
    return more + [{first: 1, second: -1} for first, second in combinations(range(last), 2)]


def _product(axes: tuple[int, ...], steps: tuple[dict[int, int], ...]) -> tuple[list[int], list[int]]:
    plus: list[int] = []
    minus: list[int] = []
    for entries in product(*(step.items() for step in steps)):
        place = int(np.ravel_multi_index([index for index, _ in entries], axes)) if axes else 0
        sign = int(np.prod([sign for _, sign in entries]))
        (plus if sign > 0 else minus).append(place)
    return plus, minus


class Lattice:
    """The nodes as a family: `sisters` are parts of the same sums; those of one sum take what its whole passes on."""

    def __init__(self, structure: Structure) -> None:
        sums_of: list[list[int]] = [[] for _ in range(structure.nodes)]
        self.wholes: list[list[int]] = [[] for _ in range(structure.nodes)]
        self.beside: list[list[int]] = [[] for _ in range(structure.nodes)]
        """Wholes that a node is a part of besides the tree's: they go along when it moves, and only then."""
        self.made_beside: dict[int, tuple[int, ...]] = {}
        """The parts of such a whole."""
        for number in _sums_beside(structure):
            whole, parts = structure.sums[number]
            self.made_beside[whole] = parts
            for part in parts:
                self.beside[part].append(whole)
        for number, (whole, parts) in enumerate(structure.sums):
            if whole in self.made_beside:
                continue
            self.wholes[whole].append(number)
            for part in parts:
                sums_of[part].append(number)
        self.parents = [tuple(sums) for sums in sums_of]
        groups: dict[tuple[int, ...], list[int]] = {}
        for node, sums in enumerate(self.parents):
            groups.setdefault(sums, []).append(node)
        self.sisters = {sums: np.array(nodes) for sums, nodes in groups.items()}
        self.whole = [whole for whole, _ in structure.sums]
        self.parts = [self.sisters.get((number,), np.empty(0, dtype=np.int64)) for number in range(len(structure.sums))]
        self.upwards = self._upwards(structure)

    def _upwards(self, structure: Structure) -> list[int]:
        """Return the nodes, parts before their wholes."""
        waiting = [sum(len(structure.sums[number][1]) for number in numbers) for numbers in self.wholes]
        ready = [node for node, count in enumerate(waiting) if count == 0]
        for node in ready:
            for number in self.parents[node]:
                whole = self.whole[number]
                waiting[whole] -= 1
                if waiting[whole] == 0:
                    ready.append(whole)
        return ready


def _sums_beside(structure: Structure) -> list[int]:
    """Return the sums that stand beside the tree: of wholes that are parts of nothing, while all of their parts are.

    Such a whole is a unit whose parts in different regions belong to the regions of what is above it.
    """
    count = [0] * structure.nodes
    for _, parts in structure.sums:
        for part in parts:
            count[part] += 1
    return [
        number
        for number, (whole, parts) in enumerate(structure.sums)
        if not count[whole] and all(count[part] > 1 for part in parts)
    ]


class Flow:
    """How far each move can go in each node, given how far each cell may fall (`down`) and rise (`up`).

    `own_*` is the node by itself if all were hidden; `sub_*` what it and its parts can really do; shape (nodes, moves).
    """

    def __init__(self, lattice: Lattice, patterns: Patterns, down: Numbers, up: Numbers, hidden: Mask) -> None:
        self.lattice, self.patterns = lattice, patterns
        self.hidden = np.concatenate([hidden, np.ones((len(hidden), 1), dtype=bool)], axis=1)
        down, up = (
            np.concatenate([np.minimum(room, FAR), np.full((len(room), 1), FAR)], axis=1) for room in (down, up)
        )
        self.own_rise = np.minimum(_least(down, patterns.minus), _least(up, patterns.plus))
        self.own_fall = np.minimum(_least(down, patterns.plus), _least(up, patterns.minus))
        self.free = np.ones(self.own_rise.shape, dtype=bool)
        for column in patterns.every.T:
            self.free &= self.hidden[:, column]
        alone = self.free.copy()
        for node, wholes in enumerate(lattice.beside):
            for whole in wholes:
                self.free[node] &= alone[whole]
        self.sub_rise, self.sub_fall = np.zeros_like(self.own_rise), np.zeros_like(self.own_rise)
        for node in lattice.upwards:
            self.gather(node)

    def gather(self, node: int) -> None:
        """Take anew what a node and its parts can do."""
        rise, fall = self.own_rise[node], self.own_fall[node]
        for number in self.lattice.wholes[node]:
            parts = self.lattice.parts[number]
            rise = np.minimum(rise, self.sub_rise[parts].sum(axis=0))
            fall = np.minimum(fall, self.sub_fall[parts].sum(axis=0))
        self.sub_rise[node], self.sub_fall[node] = rise * self.free[node], fall * self.free[node]

    def allowed(self, node: int) -> tuple[Numbers, Numbers]:
        """Return how far all around a node lets its moves rise and fall: sisters that do the opposite, or its whole."""
        parents = self.lattice.parents[node]
        if not parents:
            far = np.full(self.own_rise.shape[1], FAR)
            return far, far
        sisters = self.lattice.sisters[parents]
        rise = self.sub_fall[sisters].sum(axis=0) - self.sub_fall[node]
        fall = self.sub_rise[sisters].sum(axis=0) - self.sub_rise[node]
        if len(parents) == 1:
            more = self._passed(self.lattice.whole[parents[0]], parents[0])
            rise, fall = rise + more[0], fall + more[1]
        return np.minimum(rise, FAR), np.minimum(fall, FAR)

    def _passed(self, whole: int, by: int) -> tuple[Numbers, Numbers]:
        """Return how far a whole can go along with a part of the sum `by`."""
        free = self.free[whole]
        if not free.any():
            nothing = np.zeros(len(free))
            return nothing, nothing
        rise, fall = self.allowed(whole)
        rise, fall = np.minimum(rise, self.own_rise[whole]), np.minimum(fall, self.own_fall[whole])
        for number in self.lattice.wholes[whole]:
            if number != by:
                parts = self.lattice.parts[number]
                rise = np.minimum(rise, self.sub_rise[parts].sum(axis=0))
                fall = np.minimum(fall, self.sub_fall[parts].sum(axis=0))
        return rise * free, fall * free

    def open(self, node: int) -> None:
        """Take anew which moves a node can make, since more of it is hidden."""
        every = self.patterns.every
        self.free[node] = self.hidden[node][every].all(axis=1)
        for whole in self.lattice.beside[node]:
            self.free[node] &= self.hidden[whole][every].all(axis=1)

    def widths(self, node: int) -> Numbers:
        """Return how wide the intervals of a node's cells are at least."""
        parts = self.lattice.made_beside.get(node)
        if parts is not None:
            # It moves as one of its parts does, none of which moves what it doesn't hide.
            return np.max([self._own_widths(part) for part in parts], axis=0)
        return self._own_widths(node)

    def _own_widths(self, node: int) -> Numbers:
        rise, fall = self.allowed(node)
        return self.patterns.widths(np.minimum(rise, self.sub_rise[node]), np.minimum(fall, self.sub_fall[node]))


def _least(room: Numbers, cells: Indices) -> Numbers:
    least = np.full((len(room), len(cells)), FAR)
    for column in cells.T:
        np.minimum(least, room[:, column], out=least)
    return least
