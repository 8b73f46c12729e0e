"""A release's tables as they are stored: whole numbers in arrays, null where a cell is hidden.

An array is written as PostgreSQL reads it, all nodes of a question at once: millions of numbers one by one would take
as long as computing them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from survey.results.nodes import Nodes
from survey.results.rounding import ERROR_UNIT, MEAN_UNIT, SHARE_UNIT, STEPS
from survey.results.tabulation import Counts, Tally
from survey.weighting.shares import Shares

Mask = NDArray[np.bool_]

# Stands for a hidden number until it is written; no count and no rounded figure is as low.
_HIDDEN = -(2**31)


class Table(NamedTuple):
    """One row of a release: a question's cells at one node, arrays as text; see the table `release_table`."""

    question_code: str
    path: str
    region: str | None
    lies_in: str | None
    n: str
    people: str
    share: str | None = None
    low: str | None = None
    high: str | None = None
    error: str | None = None
    mean: str | None = None
    mean_error: str | None = None


@dataclass(frozen=True)
class Packer:
    """Packs one question after another; `people` are the frame's, by node with totals."""

    nodes: Nodes
    people: Counts

    def packed(self, code: str, tally: Tally, mask: Mask, shares: Shares | None) -> Iterator[Table]:
        """Yield a question's tables, those with something to show; participation has no shares."""
        shown = [at for at, node in enumerate(self.nodes.nodes) if not node.is_rest and not bool(mask[at].all())]
        if not shown:
            return
        hidden = mask[shown].reshape(len(shown), -1)
        columns = [_arrays(tally.base[shown], hidden), _arrays(self.people[shown], hidden)]
        if shares is not None:
            step = steps(tally.base[shown])
            parts = (shares.share, shares.low, shares.high)
            columns += [_arrays(_rounded(part[shown], SHARE_UNIT, step[..., None]), hidden) for part in parts]
            columns.append(_arrays(_rounded(shares.error[shown], ERROR_UNIT, step[..., None]), hidden))
            if shares.mean is not None and shares.mean_error is not None:
                columns.append(_arrays(_rounded(shares.mean[shown], MEAN_UNIT, step), hidden))
                finer = np.maximum(step // 10, 1)
                columns.append(_arrays(_rounded(shares.mean_error[shown], MEAN_UNIT, finer), hidden))
        for at, *arrays in zip(shown, *columns, strict=True):
            node = self.nodes.nodes[at]
            yield Table(code, node.path, node.region, self.nodes.lies_in[at], *arrays)


def _arrays(values: NDArray[np.int64], hidden: Mask) -> list[str]:
    """Return an array for each node (nodes × cells [× choices]), null where a cell is hidden (nodes × cells)."""
    if not len(values):
        return []
    flat = values.reshape(*hidden.shape, -1)
    filled = np.where(hidden[..., None], _HIDDEN, flat).reshape(len(values), -1)
    text = orjson.dumps(np.ascontiguousarray(filled), option=orjson.OPT_SERIALIZE_NUMPY)
    rows = text.replace(str(_HIDDEN).encode(), b"NULL")[2:-2].split(b"],[")
    return [f"{{{row.decode()}}}" for row in rows]


def steps(base: Counts) -> NDArray[np.int64]:
    """Return, for cells of so many answers, of how many thousandths their shares are multiples."""
    return np.select([base >= least for least, _ in STEPS], [step for _, step in STEPS])


def _rounded(values: NDArray[np.float64], unit: int, step: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return values in whole units, to multiples of a step; an error's step is a tenth of its share's."""
    return (np.rint(np.nan_to_num(values) * unit / step) * step).astype(np.int64)


class Digest:
    """The SHA-256 of tables in their order, to show that computing again gives the same."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, tables: Sequence[Table]) -> None:
        """Take some more tables."""
        for table in tables:
            self._sha256.update(orjson.dumps(list[Any](table)))

    @property
    def hex(self) -> str:
        """The digest of all tables taken."""
        return self._sha256.hexdigest()
