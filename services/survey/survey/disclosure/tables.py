"""What is published of one wave: counts of nodes by further axes, in layers, and what is known of their sums.

Everything here is about *feasible changes*: a reader who knows all that is shown can still believe in any table that
differs from the true one by a change f with E f = 0 (sums over nodes and axes), f = 0 where a cell is shown, no count
below zero, and no layer above one that it lies within. Two changes that differ by the minimum at a cell are the proof
that the cell is safe; this is the feasibility interval of A. Hundepool et al., "Statistical Disclosure Control"
(Wiley, 2012), chapter 4.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron, vstack

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Structure:
    """The nodes that tables are published for, and how they add up.

    Each of `sums` is (whole, parts): in every cell the node `whole` is the sum of the nodes `parts`. A node may be a
    whole several times (by children, by regions) and a part several times.
    """

    nodes: int
    sums: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Layer:
    """One base per node and cell: shape (nodes, a + 1, b + 1, ...), each further axis with its total last.

    `must_hide`: cells that are hidden whatever their size.
    `hidden`: not None for a layer that is published already, with this mask, which stays.
    `within`: indices of the layers that this one's people are among, cell by cell (this base <= theirs).
    `grows_from`: indices of earlier releases of this base: they lie within this layer, and the people who came since,
    a difference of 1 to minimum - 1, are a small group of their own. Earlier releases of those count as well.
    """

    base: Counts
    must_hide: Mask | None = None
    hidden: Mask | None = None
    within: tuple[int, ...] = ()
    grows_from: tuple[int, ...] = ()


@dataclass(frozen=True)
class Growth:
    """An earlier release (an index of a layer) of a later layer."""

    earlier: int
    later: int


def growths(layers: Sequence[Layer]) -> list[Growth]:
    """Return every pair of an earlier release and a later one, also over several releases."""
    pairs: list[Growth] = []
    for later, layer in enumerate(layers):
        waiting, seen = list(layer.grows_from), set[int]()
        while waiting:
            earlier = waiting.pop()
            if earlier not in seen:
                seen.add(earlier)
                waiting += layers[earlier].grows_from
        pairs += [Growth(earlier, later) for earlier in sorted(seen)]
    return pairs


def primary_cells(layers: Sequence[Layer], minimum: int) -> Mask:
    """Return the cells that a common mask must hide whatever stands around them, flat."""
    ours = [layer for layer in layers if layer.hidden is None]
    mask = np.logical_or.reduce([layer.base < minimum for layer in ours])
    for layer in ours:
        if layer.must_hide is not None:
            mask |= layer.must_hide
    for pair in growths(layers):
        earlier, later = layers[pair.earlier], layers[pair.later]
        if later.hidden is None:
            since = later.base - earlier.base
            open_before = np.ones(since.shape, dtype=bool) if earlier.hidden is None else ~earlier.hidden
            mask |= open_before & (since > 0) & (since < minimum)
    return mask.reshape(-1)


def equations(structure: Structure, axes: tuple[int, ...]) -> csr_array:
    """Return E, a row for each sum over parts or along an axis: parts count 1 each and their whole -1, to 0 together.

    A column is a cell (node, axes...) in C order.
    """
    cells = prod(axes)
    blocks = [csr_array(kron(eye_array(structure.nodes), _lines(axes)))] if axes else []
    if structure.sums:
        blocks.append(csr_array(kron(_node_sums(structure), eye_array(cells))))
    if not blocks:
        return csr_array((0, structure.nodes * cells))
    rows = csr_array(vstack(blocks))
    rows.eliminate_zeros()  # kron keeps some
    return rows


@cache
def _lines(axes: tuple[int, ...]) -> csr_array:
    """Return the sums along the axes of one node."""
    lines: list[csr_array] = []
    for axis, extent in enumerate(axes):
        before, after = eye_array(prod(axes[:axis])), eye_array(prod(axes[axis + 1 :]))
        line = np.ones((1, extent))
        line[0, -1] = -1.0
        lines.append(csr_array(kron(kron(before, line), after)))
    return csr_array(vstack(lines))


def _node_sums(structure: Structure) -> csr_array:
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, (whole, parts) in enumerate(structure.sums):
        rows += [row] * len(parts)
        columns += parts
        values += [1.0] * len(parts)
        if whole >= 0:  # else a whole that keeps still
            rows.append(row)
            columns.append(whole)
            values.append(-1.0)
    return csr_array((values, (rows, columns)), shape=(len(structure.sums), structure.nodes))


@dataclass(frozen=True)
class Relation:
    """Table `lower` lies within table `upper`; at least `slack` people of the upper one are not in the lower, by cell.

    When `upper` is a later release of `lower` it `grows`; `nobody` says in which cells nobody came to any layer of it.
    """

    lower: int
    upper: int
    slack: Numbers
    nobody: Mask
    grows: bool


@dataclass(frozen=True)
class Tables:
    """Tables that may change together: how far each cell can fall, and which of them share the mask being made.

    A table stands for one layer, or for several that change alike (then a cell falls as far as the smallest of them).
    """

    room: list[Numbers]
    fixed: list[Mask | None]
    relations: list[Relation]
    sums: csr_array = field(repr=False)

    def hidden(self, mask: Mask) -> list[Mask]:
        """Return what each table hides when the common mask is `mask`."""
        return [mask if fixed is None else fixed for fixed in self.fixed]


def tables_of(structure: Structure, layers: Sequence[Layer], *, together: bool) -> Tables:
    """Return the layers as tables: each alone, or those with one and the same mask `together`, which is stricter.

    Strict, because layers that change alike are only some of a reader's possibilities: what is safe in fewer
    possibilities is safe in all.
    """
    place, masks = _places(layers, together=together)
    room: list[Numbers] = [np.full(layers[0].base.size, np.inf) for _ in masks]
    for layer, table in zip(layers, place, strict=True):
        room[table] = np.minimum(room[table], layer.base.reshape(-1))
    slacks: dict[tuple[int, int], Numbers] = {}
    nobody: dict[tuple[int, int], Mask] = {}
    grow: set[tuple[int, int]] = set()
    for lower, upper, grows in _within(layers):
        slack = (layers[upper].base - layers[lower].base).reshape(-1).astype(np.float64)
        if (slack < 0).any():
            raise ValueError(f"layer {lower} is not within layer {upper}")
        key = (place[lower], place[upper])
        if key[0] == key[1]:
            continue
        slacks[key] = np.minimum(slacks[key], slack) if key in slacks else slack
        nobody[key] = nobody[key] & (slack == 0) if key in nobody else slack == 0
        if grows:
            grow.add(key)
    relations = [Relation(*key, slacks[key], nobody[key], key in grow) for key in sorted(slacks)]
    return Tables(room, masks, relations, equations(structure, layers[0].base.shape[1:]))


def _places(layers: Sequence[Layer], *, together: bool) -> tuple[list[int], list[Mask | None]]:
    """Return which table each layer belongs to, and the fixed mask of each table."""
    place: list[int] = []
    masks: list[Mask | None] = []
    known: dict[bytes, int] = {}
    for number, layer in enumerate(layers):
        mask = None if layer.hidden is None else layer.hidden.reshape(-1)
        key = (b"" if mask is None else b"=" + mask.tobytes()) if together else str(number).encode()
        if key not in known:
            known[key] = len(masks)
            masks.append(mask)
        place.append(known[key])
    return place, masks


def _within(layers: Sequence[Layer]) -> list[tuple[int, int, bool]]:
    """Return (lower, upper, whether upper is a later release of lower) for all that lies within."""
    pairs = [(pair.earlier, pair.later, True) for pair in growths(layers)]
    grown = {(lower, upper) for lower, upper, _ in pairs}
    for lower, layer in enumerate(layers):
        pairs += [(lower, upper, False) for upper in layer.within if (lower, upper) not in grown]
    return pairs
