"""A made-up wave for the disclosure bench: a tree of units and millions of answers spread over it log-normally."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from kit.paths import label
from survey.results.material import Earlier
from survey.results.nodes import Nodes, Piece, nodes_of
from survey.results.protection import Wave
from survey.results.questions import PARTICIPATION
from survey.results.tabulation import Tally, by_node

PROVINCES, REGIONS, SHARES = 34, 6, (0.97, 0.9, 0.75, 0.4)
LIKINGS = ((0.9, 0.05, 0.03, 0.02), (0.4, 0.3, 0.2, 0.1), (0.7, 0.2, 0.1), (0.5, 0.5))
"""How the choices of each question share its answers on average; the first is one that nearly all answer alike."""
AGES, GENDERS = 6, 2
TARGET = label(1) + label(2)

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


def wave(units: int, answers: int, seed: int) -> Wave:
    """Return a wave of about `units` nodes: the target, its regions, provinces, units, and groups below these.

    Its questions are four, which 97 %, 90 %, 75 % and 40 % of those answered who took part.
    """
    rng = np.random.default_rng(seed)
    pieces = sorted(_pieces(units, rng))
    nodes = nodes_of(pieces, TARGET)
    sizes = rng.lognormal(0.0, 1.3, size=len(pieces))
    cells = rng.dirichlet(np.full(AGES * GENDERS, 3.0), size=len(pieces)) * sizes[:, None]
    people = rng.multinomial(answers, (cells / cells.sum()).ravel()).reshape(len(pieces), AGES, GENDERS)
    whole = by_node(people, nodes.made_of)
    tallies = {PARTICIPATION: Tally(whole, np.zeros((*whole.shape, 0), dtype=np.int64))}
    for number, (share, liking) in enumerate(zip(SHARES, LIKINGS, strict=True)):
        tallies[f"q{number}"] = _question(people, share, liking, nodes, rng)
    return Wave(nodes, tallies, 3 * whole + 1, ())


def grown(before: Wave, masks: Mapping[str, Mask], more: Wave) -> Wave:
    """Return a wave after its first release, which hid `masks`, and the answers of another of the same units."""
    nodes = before.nodes.nodes
    tallies = {
        code: Tally(tally.base + more.tallies[code].base, tally.chosen + more.tallies[code].chosen)
        for code, tally in before.tallies.items()
    }
    told = {code: Earlier(nodes, tally.base, masks[code]) for code, tally in before.tallies.items()}
    return Wave(before.nodes, tallies, before.people + more.people, (told,))


def _question(people: Counts, share: float, liking: tuple[float, ...], nodes: Nodes, rng: np.random.Generator) -> Tally:
    some = rng.binomial(people, rng.beta(20 * share, 20 * (1 - share), size=(len(people), 1, 1)))
    wanted = rng.dirichlet(30 * np.array(liking), size=len(people))[:, None, None, :]
    chosen = rng.multinomial(some, np.broadcast_to(wanted, (*some.shape, len(liking))))
    return Tally(by_node(some, nodes.made_of), by_node(chosen, nodes.made_of))


def _pieces(units: int, rng: np.random.Generator) -> Iterator[Piece]:
    """Yield where answers come from: groups of units, or units without any, of provinces."""
    below = max(2, round(units / PROVINCES / 3.5))
    for province in range(PROVINCES):
        region, above = f"region {province % REGIONS}", TARGET + label(10 + province)
        for unit in range(below):
            path = above + label(100 + unit)
            groups = int(rng.integers(0, 6))
            below_it = [path + label(number) for number in range(groups)] if groups > 1 else [path]
            yield from (Piece(each, region) for each in below_it)
