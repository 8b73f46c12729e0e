"""Complements for tables with too many cells for linear programmes: the cheapest simple move for each exposed cell."""

import numpy as np

from survey.disclosure.moves import Flow, Indices
from survey.disclosure.tables import Mask, Numbers

NEVER = np.inf


class Spread:
    """Hides, for one exposed cell after the other, the cells of the cheapest move that goes as far as the minimum."""

    def __init__(self, flow: Flow, minimum: int, cost: Numbers) -> None:
        self.flow, self._minimum = flow, minimum
        self._cost = np.concatenate([cost, np.zeros((len(cost), 1))], axis=1)
        self._own = self._prices(np.arange(len(cost)))
        # What it costs that a node and its parts can rise, and fall, by the minimum.
        self._rise, self._fall = np.zeros_like(self._own), np.zeros_like(self._own)
        for node in flow.lattice.upwards:
            self._price(node)

    def protect(self, safe: Mask) -> bool:
        """Hide until simple moves prove every hidden cell safe that isn't `safe` already; return whether they do.

        What is hidden here moves by the minimum itself, so nodes needn't be looked at twice.
        """
        return all(self._protect_node(node, safe[node]) for node in reversed(self.flow.lattice.upwards))

    def _protect_node(self, node: int, safe: Mask) -> bool:
        doubtful = self.flow.hidden[node, :-1] & ~safe
        while True:
            narrow = (
                np.flatnonzero(doubtful & (self.flow.widths(node) < self._minimum)) if doubtful.any() else doubtful[:0]
            )
            if not len(narrow):
                return True
            if not self._protect_cell(node, int(narrow[0])):
                return False

    def _protect_cell(self, node: int, cell: int) -> bool:
        parts = self.flow.lattice.made_beside.get(node)
        if parts is not None:
            return any(self._protect_cell(part, cell) for part in self._cheapest_first(parts, cell))
        moves = np.flatnonzero((self.flow.patterns.every == cell).any(axis=1))
        rise = self._rise[node, moves] + self._beside(node, moves, rising=True)
        fall = self._fall[node, moves] + self._beside(node, moves, rising=False)
        rising = bool(rise.min() <= fall.min())
        prices = rise if rising else fall
        if not np.isfinite(prices.min()):
            return self._protect_both_ways(node, cell, moves)
        move = int(moves[np.argmin(prices)])
        self._hide_below(node, move, rising=rising)
        self._hide_beside(node, move, rising=rising)
        return True

    def _cheapest_first(self, parts: tuple[int, ...], cell: int) -> list[int]:
        moves = np.flatnonzero((self.flow.patterns.every == cell).any(axis=1))
        prices = [
            float(
                min(
                    (self._rise[part, moves] + self._beside(part, moves, rising=True)).min(),
                    (self._fall[part, moves] + self._beside(part, moves, rising=False)).min(),
                )
            )
            for part in parts
        ]
        return [parts[at] for at in np.argsort(prices, kind="stable").tolist()]

    def _protect_both_ways(self, node: int, cell: int, moves: Indices) -> bool:
        """Hide for a cell that goes far enough in no one direction, but rising and falling together."""
        room = self.flow.own_rise[node, moves] + self.flow.own_fall[node, moves]
        beside = [self._beside(node, moves, rising=rising) for rising in (True, False)]
        prices = np.where(room >= self._minimum, self._own[node, moves] + beside[0] + beside[1], NEVER)
        if not np.isfinite(prices.min()):
            return False
        move = int(moves[np.argmin(prices)])
        for rising in (True, False):
            self._hide_below(node, move, rising=rising)
            self._hide_beside(node, move, rising=rising)
        return bool(self.flow.widths(node)[cell] >= self._minimum)

    def _beside(self, node: int, moves: Indices, *, rising: bool) -> Numbers:
        """Return what it costs that all around lets a node rise, or fall, by the minimum."""
        return np.minimum(self._sister(node, moves, rising=rising)[0], self._along(node, moves, rising=rising))

    def _sister(self, node: int, moves: Indices, *, rising: bool) -> tuple[Numbers, Indices]:
        """Return the price of the cheapest sister that goes the other way, and which it is; nothing if they can."""
        lattice, flow = self.flow.lattice, self.flow
        sisters = lattice.sisters[lattice.parents[node]]
        others = sisters[sisters != node]
        if not len(others) or not lattice.parents[node]:
            price = 0.0 if not lattice.parents[node] else NEVER
            return np.full(len(moves), price), np.zeros(len(moves), dtype=np.int64)
        able = (flow.sub_fall if rising else flow.sub_rise)[np.ix_(others, moves)].sum(axis=0) >= self._minimum
        prices = (self._fall if rising else self._rise)[np.ix_(others, moves)]
        return np.where(able, 0.0, prices.min(axis=0)), others[prices.argmin(axis=0)]

    def _along(self, node: int, moves: Indices, *, rising: bool) -> Numbers:
        """Return what it costs that the whole goes along."""
        parents = self.flow.lattice.parents[node]
        if len(parents) != 1:
            return np.full(len(moves), NEVER)
        whole = self.flow.lattice.whole[parents[0]]
        own = self.flow.own_rise if rising else self.flow.own_fall
        price = np.where(own[whole, moves] >= self._minimum, self._own[whole, moves], NEVER)
        for number in self.flow.lattice.wholes[whole]:
            if number != parents[0]:
                price = price + self._parts(number, rising=rising)[0][moves]
        return price + self._beside(whole, moves, rising=rising)

    def _parts(self, number: int, *, rising: bool) -> tuple[Numbers, Indices]:
        """Return the price of the cheapest part that can rise, or fall, and which it is; nothing if they can."""
        parts = self.flow.lattice.parts[number]
        if not len(parts):
            size = self._own.shape[1]
            return np.full(size, NEVER), np.zeros(size, dtype=np.int64)
        able = (self.flow.sub_rise if rising else self.flow.sub_fall)[parts].sum(axis=0) >= self._minimum
        prices = (self._rise if rising else self._fall)[parts]
        return np.where(able, 0.0, prices.min(axis=0)), parts[prices.argmin(axis=0)]

    def _hide_below(self, node: int, move: int, *, rising: bool) -> None:
        self._hide(node, move)
        for number in self.flow.lattice.wholes[node]:
            self._hide_part(number, move, rising=rising)
        self._renew(node)

    def _hide_part(self, number: int, move: int, *, rising: bool) -> None:
        able = self.flow.sub_rise if rising else self.flow.sub_fall
        if able[self.flow.lattice.parts[number], move].sum() < self._minimum:
            self._hide_below(int(self._parts(number, rising=rising)[1][move]), move, rising=rising)

    def _hide_beside(self, node: int, move: int, *, rising: bool) -> None:
        if not self.flow.lattice.parents[node]:
            return
        moves = np.array([move])
        sister, which = self._sister(node, moves, rising=rising)
        if sister[0] <= self._along(node, moves, rising=rising)[0]:
            if sister[0] > 0:
                self._hide_below(int(which[0]), move, rising=not rising)
            self._renew_above(node)
            return
        by = self.flow.lattice.parents[node][0]
        whole = self.flow.lattice.whole[by]
        self._hide(whole, move)
        for number in self.flow.lattice.wholes[whole]:
            if number != by:
                self._hide_part(number, move, rising=rising)
        self._renew(whole)
        self._hide_beside(whole, move, rising=rising)

    def _hide(self, node: int, move: int) -> None:
        flow = self.flow
        flow.hidden[[node, *flow.lattice.beside[node]], flow.patterns.every[move][:, None]] = True
        flow.open(node)
        self._own[node] = self._prices(np.array([node]))[0]

    def _renew_above(self, node: int) -> None:
        for number in self.flow.lattice.parents[node]:
            whole = self.flow.lattice.whole[number]
            self._renew(whole)
            self._renew_above(whole)

    def _renew(self, node: int) -> None:
        self.flow.gather(node)
        self._price(node)

    def _price(self, node: int) -> None:
        flow, own = self.flow, self._own[node]
        rise = np.where(flow.own_rise[node] >= self._minimum, own, NEVER)
        fall = np.where(flow.own_fall[node] >= self._minimum, own, NEVER)
        for number in flow.lattice.wholes[node]:
            rise = rise + self._parts(number, rising=True)[0]
            fall = fall + self._parts(number, rising=False)[0]
        self._rise[node], self._fall[node] = rise, fall

    def _prices(self, nodes: Indices) -> Numbers:
        prices = np.zeros((len(nodes), len(self.flow.patterns.every)))
        shown = np.where(self.flow.hidden[nodes], 0.0, self._cost[nodes])
        for column in self.flow.patterns.every.T:
            prices += shown[:, column]
        for at, node in enumerate(nodes.tolist()):
            for whole in self.flow.lattice.beside[node]:
                prices[at] += np.where(self.flow.hidden[whole], 0.0, self._cost[whole])[self.flow.patterns.every].sum(
                    axis=1
                )
        return prices

    def mask(self) -> Mask:
        """Return what is hidden."""
        return self.flow.hidden[:, :-1].copy()
