"""Which cells of a release are hidden: what would tell on a few people, and what would give that away.

Questions that nearly everybody answered hide and show the same cells as participation: what one of them hides, no other
gives away. Others hide more, within participation. Where all of a cell said the same, the cell is hidden for that
question, however large it is: everybody in it would be known to have said it. The earlier releases of the wave count as
known. How complements are chosen is `survey.disclosure`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey.disclosure.protection import protect
from survey.disclosure.tables import Layer, Structure
from survey.results.material import Earlier
from survey.results.nodes import Node, Nodes
from survey.results.questions import PARTICIPATION
from survey.results.tabulation import Counts, Tally

Mask = NDArray[np.bool_]

# Questions that at least this share of all people answered are hidden and shown alike.
COMMON = 0.8


@dataclass(frozen=True)
class Masks:
    """What is hidden of each question (True), by node, age band and gender with totals."""

    by_question: Mapping[str, Mask]


@dataclass(frozen=True)
class Wave:
    """What is protected: bases and choices by question, participation first, and what each release before showed."""

    nodes: Nodes
    tallies: Mapping[str, Tally]
    people: Counts
    """By node with totals: where the frame has nobody, nobody is shown."""
    earlier: Sequence[Mapping[str, Earlier]]


def protected(wave: Wave, minimum: int, seed: int) -> Masks:
    """Return what to hide."""
    structure = Structure(len(wave.nodes.nodes), wave.nodes.sums)
    rests = np.array([node.is_rest for node in wave.nodes.nodes])
    outside = (wave.people == 0) & ~rests[:, None, None]
    whole = wave.tallies[PARTICIPATION].base
    common = [code for code, tally in wave.tallies.items() if tally.base[0, -1, -1] >= COMMON * whole[0, -1, -1]]
    layers: list[Layer] = []
    for code in common:
        _add(layers, wave, code, Layer(wave.tallies[code].base, must_hide=outside))
    shared = protect(structure, layers, minimum, seed=seed)
    masks = dict.fromkeys(common, shared)
    for code, tally in wave.tallies.items():
        if code not in masks:
            known = [Layer(whole, hidden=shared)]
            _add(known, wave, code, Layer(tally.base, must_hide=shared | outside, within=(0,)))
            masks[code] = protect(structure, known, minimum, seed=seed)
    return Masks(
        {
            code: masks[code] | _unanimous(structure, tally, masks[code], seed)
            if code != PARTICIPATION
            else masks[code]
            for code, tally in wave.tallies.items()
        }
    )


def _add(layers: list[Layer], wave: Wave, code: str, layer: Layer) -> None:
    """Append a question's layer, behind those of its earlier releases."""
    before: list[int] = []
    for release in wave.earlier:
        if code in release:
            base, hidden = aligned(release[code], wave.nodes.nodes)
            layers.append(Layer(base, hidden=hidden, grows_from=tuple(before[-1:])))
            before.append(len(layers) - 1)
    layers.append(Layer(layer.base, layer.must_hide, layer.hidden, layer.within, tuple(before[-1:])))


def aligned(earlier: Earlier, nodes: Sequence[Node]) -> tuple[Counts, Mask]:
    """Return an earlier release's bases and mask by today's nodes; one that it did not have was not shown."""
    number = {node: at for at, node in enumerate(earlier.nodes)}
    places = np.array([number.get(node, -1) for node in nodes])
    known = (places >= 0)[:, None, None]
    return np.where(known, earlier.base[places], 0), np.where(known, earlier.hidden[places], True)


def _unanimous(structure: Structure, tally: Tally, mask: Mask, seed: int) -> Mask:
    """Return the cells in which all chose the same, and those that would give this away."""
    hidden = mask
    for choice in range(tally.chosen.shape[-1]):
        others = tally.base - tally.chosen[..., choice]
        if np.any((others == 0) & (tally.base > 0) & ~hidden):
            # Others are people, too: that there are none must stay as uncertain as that there is one.
            hidden = protect(structure, [Layer(others, must_hide=hidden)], 1, seed=seed)
    return hidden
