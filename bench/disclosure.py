"""How much disclosure control hides beside GaussSuppression, whether it withstands an attack, and what it costs."""

import csv
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from bench.disclosure_tree import grown, wave
from survey.disclosure import Layer, Structure, protect
from survey.results.protection import Wave, of_bases, unanimous
from survey.results.questions import PARTICIPATION

TABLE = "synthetic_union_tree_counts.csv"
REFERENCE = {5: 281, 10: 359}
"""Cells that GaussSuppression hides when bases of 1 to 4, and of 1 to 9, are small, and empty cells are shown."""
MINIMUM = 10
GROWTH = 100
"""One answer more for so many, in the release that follows."""


def run(folder: Path | None, *, scale: bool, nodes: int, answers: int) -> bool:
    """Print the figures; return whether the attack failed and the bound of 1.25 is kept."""
    if scale:
        _scale(nodes, answers)
        return True
    assert folder is not None
    kept = [_compare(*_tree(folder / TABLE), minimum) for minimum in REFERENCE]
    return all(kept)


def _compare(structure: Structure, base: np.ndarray, minimum: int) -> bool:
    started = time.perf_counter()
    mask = protect(structure, [Layer(base)], minimum, seed=1)
    seconds = time.perf_counter() - started
    small, people = base < minimum, base > 0
    ratio = (mask & people).sum() / REFERENCE[minimum]
    width = _narrowest(structure, base, mask)
    click.echo(
        f"minimum {minimum:2}: {base.size} cells, {small.sum()} small ({(small & ~people).sum()} of them empty), "
        f"{(mask & ~small).sum()} complements, {mask.sum()} hidden in {seconds:.1f} s; "
        f"with people in them {(mask & people).sum()}, {ratio:.2f} of GaussSuppression's {REFERENCE[minimum]} "
        f"(which shows empty cells); attack: narrowest interval {width:g}"
    )
    return ratio <= 1.25 and width >= minimum - 1e-6


def _narrowest(structure: Structure, base: np.ndarray, mask: np.ndarray) -> float:
    """Return the width of the narrowest interval a reader finds; written apart from what is measured."""
    cells = np.arange(base.size).reshape(base.shape)
    lines = [
        line
        for whole, parts in structure.sums
        for line in np.stack([cells[node].ravel() for node in (*parts, whole)], axis=1)
    ]
    for axis in range(1, base.ndim):
        lines += list(np.moveaxis(cells, axis, -1).reshape(-1, base.shape[axis]))
    hidden = np.flatnonzero(mask)
    rows = np.zeros((len(lines), base.size))
    for row, line in zip(rows, lines, strict=True):
        row[line] = 1.0
        row[line[-1]] = -1.0
    known = rows @ np.where(mask, 0, base).ravel()
    kept = rows[:, hidden].any(axis=1)
    equal = csr_array(rows[np.ix_(kept, hidden)])
    widths = []
    for place in range(len(hidden)):
        aim = np.zeros(len(hidden))
        aim[place] = 1.0
        least, most = (
            linprog(sign * aim, A_eq=equal, b_eq=-known[kept], bounds=(0, 1e6), method="highs").fun for sign in (1, -1)
        )
        widths.append(-most - least)
    return min(widths, default=float("inf"))


def _scale(nodes: int, answers: int) -> None:
    made = wave(nodes, answers, seed=1)
    masks = _release(made)
    click.echo(f"the release after 1 in {GROWTH} more:")
    _release(grown(made, masks, wave(nodes, answers // GROWTH, seed=1)))


def _release(made: Wave) -> dict[str, np.ndarray]:
    whole = made.tallies[PARTICIPATION].base
    click.echo(f"{len(whole):,} nodes, {whole.size:,} cells, {whole[0, -1, -1]:,} answers, minimum {MINIMUM}")
    with _timed() as spent:
        masks = of_bases(made, MINIMUM, seed=1)
    click.echo(f"what is hidden for bases, of all questions:{spent}")
    for code, tally in made.tallies.items():
        _tell(code, tally.base, masks[code])
    for code, tally in list(made.tallies.items())[1:]:
        with _timed() as spent:
            more = unanimous(made, tally, masks[code], seed=1)
        alike = (tally.chosen.max(axis=-1) == tally.base) & ~masks[code]
        click.echo(
            f"  {code}: {alike.sum():,} cells of people who all said the same, "
            f"{(more & ~masks[code] & ~alike).sum():,} complements,{spent}"
        )
    return masks


def _tell(code: str, base: np.ndarray, mask: np.ndarray) -> None:
    small = base < MINIMUM
    complements = mask & ~small
    click.echo(
        f"  {code}: {small.sum():,} small, {complements.sum():,} complements, {mask.mean():.0%} of cells hidden; "
        f"of those with {MINIMUM} people or more {complements.sum() / (~small).sum():.0%}"
    )


@dataclass
class _Spent:
    seconds: float = 0.0
    peak: float = 0.0

    def __str__(self) -> str:
        return f" in {self.seconds:.1f} s of the processor; peak memory {self.peak:.2f} GiB"


@contextmanager
def _timed() -> Iterator[_Spent]:
    spent, started = _Spent(), time.process_time()
    yield spent
    spent.seconds = time.process_time() - started
    spent.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _tree(file: Path) -> tuple[Structure, np.ndarray]:
    with file.open(encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    units, sexes, ages, provinces = (sorted({row[name] for row in rows}) for name in ("unit", "sex", "age", "prov"))
    total = len(units) + len(provinces)
    base = np.zeros((total + 1, len(sexes) + 1, len(ages) + 1), dtype=np.int64)
    for row in rows:
        for node in (units.index(row["unit"]), len(units) + provinces.index(row["prov"]), total):
            base[node, sexes.index(row["sex"]), ages.index(row["age"])] += int(row["n"])
    base[:, -1] = base[:, :-1].sum(axis=1)
    base[:, :, -1] = base[:, :, :-1].sum(axis=2)
    parts: dict[str, set[int]] = {province: set() for province in provinces}
    for row in rows:
        parts[row["prov"]].add(units.index(row["unit"]))
    sums = [(len(units) + place, tuple(sorted(parts[province]))) for place, province in enumerate(provinces)]
    return Structure(total + 1, (*sums, (total, tuple(range(len(units), total))))), base
