"""Tables of thousands of nodes: linear programmes in windows where these are few, and simple moves for the rest."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from survey.disclosure.complements import Complements
from survey.disclosure.moves import FAR, Flow, Indices, Lattice, Patterns
from survey.disclosure.spread import Spread
from survey.disclosure.tables import Mask, Numbers, Structure, Tables
from survey.disclosure.windows import Cutter, windows

Cell = TypeVar("Cell", bound=np.generic)

WINDOW = 12
"""How many nodes a window has."""

LINEAR = 200_000
"""How many hidden cells of all tables are looked at by linear programmes, at about a millisecond each."""


class Large:
    """Protects the tables of a lattice part by part; what was proven safe stays so while more is hidden elsewhere."""

    def __init__(
        self,
        structure: Structure,
        axes: tuple[int, ...],
        tables: Tables,
        minimum: int,
        cost: Numbers,
        *,
        linear: int = LINEAR,
    ) -> None:
        self._tables, self._minimum, self._cost = tables, minimum, cost
        self._structure, self._linear = structure, linear
        self._lattice, self._patterns = Lattice(structure), Patterns(axes)
        self._cutter = Cutter(structure, axes)

    def protect(self, primary: Mask) -> Mask:
        """Return a mask that hides at least `primary`, flat; everything when nothing less is safe."""
        # What an earlier release hides stays hidden: then all releases can move alike.
        mask = np.logical_or.reduce([primary, *(fixed for fixed in self._tables.fixed if fixed is not None)])
        alone = all(fixed is None for fixed in self._tables.fixed)
        safe = mask & self._is_wide(self._ours(mask)) if alone else np.zeros(mask.shape, dtype=bool)
        if int(mask.sum()) * len(self._tables.room) <= self._linear:
            for nodes in windows(self._structure, self._lattice, WINDOW):
                self._protect_window(nodes, mask, safe)
        flow = self._ours(mask)
        spread = Spread(flow, self._minimum, self._by_node(self._cost))
        everything = np.ones(mask.shape, dtype=bool)
        if not spread.protect(self._by_node(safe)):
            return everything
        mask = spread.mask().reshape(-1)
        return mask if self._earlier_is_safe(mask, safe) else everything

    def _protect_window(self, nodes: Indices, mask: Mask, safe: Mask) -> None:
        places = self._cutter.places(nodes)
        if not (mask[places] & ~safe[places]).any():
            return
        before = mask[places]
        cut = self._cutter.cut(self._tables, nodes)
        # Asking again for fewer cells finds hardly any among so few, and takes a quarter of the time.
        search = Complements(cut, before, self._minimum, self._cost[places], safe[places], asked_again=0)
        hopeless = search.protect()
        search.tidy(before, hopeless)
        mask[places] = search.mask
        safe[places] = search.mask
        safe[places[[search.audit.targets[place].cell for place in hopeless]]] = False

    def _ours(self, mask: Mask) -> Flow:
        """Return how far the tables of the common mask can move while those of earlier releases keep still."""
        return self._together([fixed is None for fixed in self._tables.fixed], mask)

    def _earlier_is_safe(self, mask: Mask, safe: Mask) -> bool:
        """Whether earlier tables stay safe: each moves together with all that hide at least as much."""
        hidden = self._tables.hidden(mask)
        for fixed in self._tables.fixed:
            if fixed is not None:
                moving = [bool((fixed <= other).all()) for other in hidden]
                if (fixed & ~safe & ~self._is_wide(self._together(moving, fixed))).any():
                    return False
        return True

    def _together(self, moving: list[bool], hidden: Mask) -> Flow:
        """Return how far the `moving` tables can move alike while all others keep still."""
        tables = self._tables
        down = np.min([room for room, moves in zip(tables.room, moving, strict=True) if moves], axis=0)
        up = np.full(hidden.shape, FAR)
        for relation in tables.relations:
            if moving[relation.upper] and not moving[relation.lower]:
                down = np.minimum(down, relation.slack)
            if moving[relation.lower] and not moving[relation.upper]:
                up = np.minimum(up, relation.slack)
        return self._flow(down, up, hidden)

    def _flow(self, down: Numbers, up: Numbers, hidden: Mask) -> Flow:
        return Flow(self._lattice, self._patterns, self._by_node(down), self._by_node(up), self._by_node(hidden))

    def _is_wide(self, flow: Flow) -> Mask:
        widths = np.array([flow.widths(node) for node in range(self._structure.nodes)])
        return (widths >= self._minimum).reshape(-1)

    def _by_node(self, cells: NDArray[Cell]) -> NDArray[Cell]:
        return cells.reshape(self._structure.nodes, -1)
