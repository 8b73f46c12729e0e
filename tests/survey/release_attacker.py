"""A reader of one question's releases who knows more than is published: every weight, and how every unit adds up.

Unknown are the answers by piece, age, gender and choice, in each release. What is published of them becomes linear
constraints: bases of shown cells exactly, weighted shares to within their rounding, no later count below an earlier
one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

Place = tuple[int, int, int]
"""A node, an age band and a gender; the last of either is their total."""


@dataclass(frozen=True)
class Published:
    """One release: by node, age band and gender with totals, NaN where hidden. `weights`: by piece, age and gender."""

    n: np.ndarray
    share: np.ndarray
    rounding: np.ndarray
    """By how much shares of a cell may be off."""
    weights: np.ndarray


class ReleaseAttacker:
    """Solves for the least and the most that a cell could be."""

    def __init__(self, made_of: np.ndarray, releases: Sequence[Published]) -> None:
        self._made_of, self._releases = made_of, releases
        pieces, ages, genders = releases[0].weights.shape
        self._shape = (pieces, ages, genders, releases[0].share.shape[-1])
        self._each = int(np.prod(self._shape))
        equal: list[tuple[csr_array, float]] = []
        below: list[tuple[csr_array, float]] = []
        for number, release in enumerate(releases):
            for place in map(tuple, np.argwhere(~np.isnan(release.n)).tolist()):
                equal.append((self._row(number, place, None), release.n[place]))
                for choice in range(self._shape[-1]):
                    if np.isnan(release.share[(*place, choice)]):
                        continue
                    # |share − Σ w chosen / Σ w| ≤ rounding, times Σ w, which is linear in the unknowns, too.
                    weighted = self._row(number, place, choice, release.weights)
                    size = self._row(number, place, None, release.weights)
                    share, off = release.share[(*place, choice)], release.rounding[place]
                    below.append((weighted - (share + off) * size, 0.0))
                    below.append(((share - off) * size - weighted, 0.0))
        self._equal, self._equals = vstack([row for row, _ in equal]).tocsr(), np.array([value for _, value in equal])
        self._below, self._most = vstack([row for row, _ in below]).tocsr(), np.array([value for _, value in below])
        if len(releases) > 1:
            self._grow()

    def width(self, *aims: tuple[float, int, Place]) -> float:
        """Return how far the least and the most of a weighted sum of bases (sign, release, place) lie apart."""
        aim = sum(sign * self._row(number, place, None) for sign, number, place in aims).toarray().ravel()
        least, most = (self._solve(sign * aim) for sign in (1.0, -1.0))
        return -most - least

    def hidden(self, number: int) -> list[Place]:
        """Return the cells of a release that are hidden."""
        return [tuple(place) for place in np.argwhere(np.isnan(self._releases[number].n)).tolist()]

    def _solve(self, aim: np.ndarray) -> float:
        found = linprog(
            aim,
            A_eq=self._equal,
            b_eq=self._equals,
            A_ub=self._below,
            b_ub=self._most + 1e-7,
            bounds=(0, 1e5),
            method="highs",
        )
        assert found.status == 0, found.message
        return found.fun

    def _row(self, number: int, place: Place, choice: int | None, weights: np.ndarray | None = None) -> csr_array:
        """Return the sum over a cell of one choice's answers, or of all, weighted or not."""
        node, age, gender = place
        inside = np.zeros(self._shape)
        ages = slice(None) if age == self._shape[1] else age
        genders = slice(None) if gender == self._shape[2] else gender
        chosen = slice(None) if choice is None else choice
        for piece in np.flatnonzero(self._made_of[node]):
            inside[piece, ages, genders, chosen] = 1
        if weights is not None:
            inside = inside * weights[..., None]
        row = np.zeros(self._each * len(self._releases))
        row[number * self._each : (number + 1) * self._each] = inside.ravel()
        return csr_array(row[None, :])

    def _grow(self) -> None:
        rows = np.arange(self._each)
        size = self._each * len(self._releases)
        for number in range(1, len(self._releases)):
            columns = np.concatenate([rows + (number - 1) * self._each, rows + number * self._each])
            signs = np.repeat([1.0, -1.0], self._each)
            order = coo_array((signs, (np.tile(rows, 2), columns)), shape=(self._each, size))
            self._below = vstack([self._below, order]).tocsr()
            self._most = np.concatenate([self._most, np.zeros(self._each)])
