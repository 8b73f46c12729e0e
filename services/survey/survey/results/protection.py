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

from kit.paths import WIDTH
from survey.disclosure.protection import protect
from survey.disclosure.tables import Layer, Structure
from survey.results.material import Earlier
from survey.results.nodes import Node, Nodes
from survey.results.questions import PARTICIPATION
from survey.results.tabulation import Counts, Tally

Mask = NDArray[np.bool_]

# Questions that at least this share of all people answered are hidden and shown alike.
COMMON = 0.8

# What a cell is worth beside a unit's: everybody reads the target's and its regions', while what is left of a unit has
# no table. Nothing is free, or more would be hidden of it than is needed.
PUBLIC, REST = 3.0, 0.3


@dataclass(frozen=True)
class Masks:
    """What is hidden of each question (True), by node, age band and gender with totals."""

    by_question: Mapping[str, Mask]
    of_bases: Mapping[str, Mask]
    """What is hidden for the number of answers alone. Later releases take the rest as known: that all of a cell said
    the same says nothing of how many they are, which participation shows, and would be a base nothing can protect."""


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
    masks = of_bases(wave, minimum, seed)
    return Masks(
        {
            code: unanimous(wave, tally, masks[code], seed) if code != PARTICIPATION else masks[code]
            for code, tally in wave.tallies.items()
        },
        masks,
    )


def of_bases(wave: Wave, minimum: int, seed: int) -> dict[str, Mask]:
    """Return, by question, what is hidden for the number of its answers."""
    structure = Structure(len(wave.nodes.nodes), wave.nodes.sums)
    rests = np.array([node.is_rest for node in wave.nodes.nodes])
    outside = (wave.people == 0) & ~rests[:, None, None]
    whole = wave.tallies[PARTICIPATION].base
    common = [code for code, tally in wave.tallies.items() if tally.base[0, -1, -1] >= COMMON * whole[0, -1, -1]]
    layers: list[Layer] = []
    for code in common:
        _add(layers, wave, code, Layer(wave.tallies[code].base, must_hide=outside))
    shared = protect(structure, layers, minimum, seed=seed, worth=worth(wave.nodes.nodes))
    masks = dict.fromkeys(common, shared)
    for code, tally in wave.tallies.items():
        if code not in masks:
            masks[code] = _rarer(wave, code, tally.base, shared | outside, minimum, seed)
    return masks


def worth(nodes: Sequence[Node]) -> NDArray[np.float64]:
    """Return what the cells of each node are worth to readers; the first node is the target."""
    target = nodes[0].path
    return np.array([REST if node.is_rest else PUBLIC if node.path == target else 1.0 for node in nodes])


def _rarer(wave: Wave, code: str, base: Counts, must_hide: Mask, minimum: int, seed: int) -> Mask:
    """Return what to hide of a question that not all were asked: shown of the target's parts, or else its regions.

    Further down its bases are small, and bounded by those of participation, which are shown.
    """
    hidden = np.ones(base.shape, dtype=np.bool_)
    paths = np.array([len(node.path) for node in wave.nodes.nodes])
    for depth in (paths.min() + WIDTH, paths.min()):
        kept = np.flatnonzero(paths <= depth)
        structure = within(wave.nodes, kept)
        layers = [Layer(wave.tallies[PARTICIPATION].base[kept], hidden=must_hide[kept])]
        _add(layers, wave, code, Layer(base[kept], must_hide=must_hide[kept], within=(0,)), kept)
        mask = protect(structure, layers, minimum, seed=seed, worth=worth([wave.nodes.nodes[at] for at in kept]))
        if not mask.all():
            hidden[kept] = mask
            return hidden
    return hidden


def within(nodes: Nodes, kept: NDArray[np.int64]) -> Structure:
    """Return how some nodes add up, as far as they do among themselves."""
    place = {node: at for at, node in enumerate(kept.tolist())}
    sums = [(whole, parts) for whole, parts in nodes.sums if whole in place and all(part in place for part in parts)]
    return Structure(len(kept), tuple((place[whole], tuple(place[part] for part in parts)) for whole, parts in sums))


def _add(layers: list[Layer], wave: Wave, code: str, layer: Layer, kept: NDArray[np.int64] | None = None) -> None:
    """Append a question's layer of the kept nodes (or all), behind those of its earlier releases."""
    nodes = wave.nodes.nodes if kept is None else [wave.nodes.nodes[at] for at in kept.tolist()]
    before: list[int] = []
    for release in wave.earlier:
        if code in release:
            base, hidden = aligned(release[code], nodes)
            layers.append(Layer(base, hidden=hidden, grows_from=tuple(before[-1:])))
            before.append(len(layers) - 1)
    layers.append(Layer(layer.base, layer.must_hide, layer.hidden, layer.within, tuple(before[-1:])))


def aligned(earlier: Earlier, nodes: Sequence[Node]) -> tuple[Counts, Mask]:
    """Return an earlier release's bases and mask by today's nodes; one that it did not have was not shown."""
    number = {node: at for at, node in enumerate(earlier.nodes)}
    places = np.array([number.get(node, -1) for node in nodes])
    known = (places >= 0)[:, None, None]
    return np.where(known, earlier.base[places], 0), np.where(known, earlier.hidden[places], True)


def unanimous(wave: Wave, tally: Tally, mask: Mask, seed: int) -> Mask:
    """Return the mask with the cells in which all chose the same, and those that would give this away.

    Others are people, too: that there are none must stay as uncertain as that there is one. Of all choices at once,
    as far as each can change: what is proven with as few others as of what most said holds for every choice.
    """
    others = tally.base - tally.chosen.max(axis=-1, initial=0)
    if not np.any((others == 0) & (tally.base > 0) & ~mask):
        return mask
    structure = Structure(len(wave.nodes.nodes), wave.nodes.sums)
    return protect(structure, [Layer(others, must_hide=mask)], 1, seed=seed, worth=worth(wave.nodes.nodes))
