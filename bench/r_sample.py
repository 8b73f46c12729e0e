"""Data and designs as R's `survey` describes them, for the estimators to work on."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.r_language import Call, Name, NotUnderstood, Tree
from survey.estimation.design import Codes, Design, Floats, codes, sample
from survey.estimation.estimates import indicators

Column = NDArray[np.generic]
_OPERATORS = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal,
    "&": np.logical_and, "|": np.logical_or,
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """Columns of equal length, and how the rows were drawn."""

    columns: Mapping[str, Column]
    design: Design

    def column(self, tree: Tree) -> Column:
        """Return what an expression over the columns gives for each row."""
        if isinstance(tree, Name):
            return self._named(tree.text)
        if isinstance(tree, Call) and tree.function == "I":
            return self.column(tree.arguments[0])
        if isinstance(tree, Call) and tree.function == "!":
            return np.logical_not(self.column(tree.arguments[0]))
        if isinstance(tree, Call) and tree.function in _OPERATORS and len(tree.arguments) == 2:
            left, right = (self.column(each) for each in tree.arguments)
            return np.asarray(_OPERATORS[tree.function](left, right))
        if isinstance(tree, str | float):
            return np.array(tree)
        raise NotUnderstood(f"{tree} is no column")

    def _named(self, name: str) -> Column:
        if name in self.columns:
            return self.columns[name]
        plain = {plainly(each): each for each in self.columns}
        if plainly(name) not in plain:
            raise NotUnderstood(f"there is no column {name}")
        return self.columns[plain[plainly(name)]]

    def values(self, tree: Tree) -> Floats:
        """Return an expression's values as columns (n × k): numbers as they are, a factor by its levels."""
        column = self.column(tree)
        if column.dtype.kind in "fb":
            return column.astype(np.float64)[:, None]
        return indicators(codes(column))

    def groups(self, tree: Tree) -> tuple[list[str], Codes]:
        """Return the levels of an expression, or of several crossed, and each row's level."""
        column = self.column(tree)
        return [_shown(level) for level in np.unique(column)], codes(column)


def plainly(name: str) -> str:
    """Return a column's name without its punctuation: `sch.wide` is also called `schwide`."""
    return name.replace(".", "").replace("_", "").lower()


def terms(tree: Tree | None) -> list[Tree]:
    """Return the terms of a formula: `~a+b` has two, `~1` none."""
    if not (isinstance(tree, Call) and tree.function == "~"):
        raise NotUnderstood(f"{tree} is no formula")
    return [] if tree.arguments[-1] in (0.0, 1.0) else _summed(tree.arguments[-1])


def _summed(tree: Tree) -> list[Tree]:
    if isinstance(tree, Call) and tree.function == "+":
        return [*_summed(tree.arguments[0]), *_summed(tree.arguments[1])]
    return [tree]


def read(path: Path) -> dict[str, Column]:
    """Return the columns of a CSV file: numbers (nan where empty or NA) when all are, else texts."""
    with path.open(newline="", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    return {name: _typed([row[place] for row in rows]) for place, name in enumerate(names)}


def _typed(texts: list[str]) -> Column:
    try:
        return np.array([float(text) if text not in ("", "NA") else np.nan for text in texts])
    except ValueError:
        return np.array(texts)


def _inverse(chances: list[Column]) -> Floats | None:
    return 1 / np.prod([each.astype(np.float64) for each in chances], axis=0) if chances else None


def _shown(level: np.generic) -> str:
    value = level.item()
    return f"{value:g}" if isinstance(value, float) else str(value)


def sampled(call: Tree, tables: Mapping[str, Mapping[str, Column]]) -> Sample:
    """Return the sample that a call of `svydesign` describes."""
    if not isinstance(call, Call) or call.function != "svydesign":
        raise NotUnderstood(f"{call} is no design")
    data = call.option("data")
    if not isinstance(data, Name) or data.text not in tables:
        raise NotUnderstood(f"there is no data {data}")
    columns = tables[data.text]
    bare = Sample(columns, sample(size=len(next(iter(columns.values())))))

    def listed(*names: str) -> list[Column]:
        given = next((option for name in names if (option := call.option(name)) is not None), None)
        return [] if given is None else [bare.column(term) for term in terms(given)]

    weights, chances = listed("weights"), listed("probs", "prob")
    return Sample(
        columns,
        sample(
            size=bare.design.size,
            weights=weights[0] if weights else _inverse(chances),
            strata=listed("strata"),
            clusters=listed("id", "ids"),
            populations=listed("fpc"),
            nest=call.option("nest") == Name("TRUE"),
        ),
    )
