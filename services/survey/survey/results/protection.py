"""Which cells of a release are hidden: what would tell on a few people, and what would give that away.

Questions that nearly everybody answered hide and show the same cells as participation: what one of them hides, no other
gives away. Others hide more, within participation. Where all of a cell said the same, the cell is hidden for that
question, however large it is: everybody in it would be known to have said it. The earlier releases of the wave count as
known. How complements are chosen is `survey.disclosure`'s.

A large wave that grew little since its last release shows its upper nodes alone, as what came to the others would be
hidden nearly everywhere, and the search for what else to hide would take longer than a job may.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kit.paths import WIDTH
from survey.disclosure.protection import SMALL, protect
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

# What a total over an axis is worth beside the cells that it is the sum of; a little, or more cells would be hidden for
# it than are spared. The number of all people is read before everything else: what is enough without it is hidden.
TOTAL, WHOLE = 1.5, 1_000.0

# How cells are chosen, as a release's method says it. In version 2 a node's totals were worth what its cells are.
VERSION, TOTALS_LAST = 3, 3

# When more of a large wave's cells than this grew by fewer than the minimum, its upper nodes alone are shown.
MOSTLY = 2 / 3

# In more cells than this of people who all said the same, what else to hide is sought by simple moves alone.
ALIKE = 2_000


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
    version: int = VERSION
    """How cells are chosen: an older one, to compute an old release again."""


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
    rests = np.array([node.is_rest for node in wave.nodes.nodes])
    outside = (wave.people == 0) & ~rests[:, None, None]
    whole = wave.tallies[PARTICIPATION].base
    common = [code for code, tally in wave.tallies.items() if tally.base[0, -1, -1] >= COMMON * whole[0, -1, -1]]
    shared = _shared(wave, common, outside, minimum, seed)
    masks = dict.fromkeys(common, shared)
    for code, tally in wave.tallies.items():
        if code not in masks:
            masks[code] = _rarer(wave, code, tally.base, shared | outside, minimum, seed)
    return masks


def _shared(wave: Wave, common: Sequence[str], outside: Mask, minimum: int, seed: int) -> Mask:
    """Return what to hide of the questions that nearly all answered."""
    if any(_grew_little(wave, code, minimum) or _was_upper(wave, code) for code in common):
        return _upper(wave, common, outside, minimum, seed)
    layers: list[Layer] = []
    for code in common:
        _add(layers, wave, code, Layer(wave.tallies[code].base, must_hide=outside))
    structure = Structure(len(wave.nodes.nodes), wave.nodes.sums)
    mask = protect(structure, layers, minimum, seed=seed, worth=_worth(wave))
    if mask.all() and wave.earlier and mask.size > SMALL:
        return _upper(wave, common, outside, minimum, seed)
    return mask


def _grew_little(wave: Wave, code: str, minimum: int) -> bool:
    """Whether too few came to a question of a large wave since its last release for all nodes to be looked at."""
    base = wave.tallies[code].base
    if base.size <= SMALL or not _before(wave, code):
        return False
    return float(np.mean(_since(wave, code) < minimum)) > MOSTLY


def _was_upper(wave: Wave, code: str) -> bool:
    """Whether an earlier release of a large wave had upper nodes alone: what releases hide stays hidden."""
    below = np.ones(len(wave.nodes.nodes), dtype=np.bool_)
    below[next(_uppers(wave.nodes.nodes))] = False
    is_large = wave.tallies[code].base.size > SMALL
    return is_large and bool(below.any()) and any(mask[below].all() for _, mask in _before(wave, code))


def _upper(wave: Wave, common: Sequence[str], outside: Mask, minimum: int, seed: int) -> Mask:
    """Return what to hide when only the target, its regions and the units right below, or the target alone, are shown.

    Looked at is by how much each cell grew, as a table of its own: even who knew all of the earlier releases could not
    tell how many came to a hidden cell. What these hide stays hidden, so nobody learns more of them either: whatever
    change was possible in their tables is still, the same in the new ones. What came to a node below is free between
    nobody and all who came to the upper one.
    """
    hidden = np.ones(outside.shape, dtype=np.bool_)
    must_hide = outside.copy()
    for code in common:
        for _, mask in _before(wave, code):
            must_hide |= mask
    for kept in _uppers(wave.nodes.nodes):
        if hidden[kept].size <= SMALL:
            layers = [Layer(_since(wave, code)[kept], must_hide=must_hide[kept]) for code in common]
            mask = protect(within(wave.nodes, kept), layers, minimum, seed=seed, worth=_worth(wave, kept))
            if not mask.all():
                hidden[kept] = mask
                break
    return hidden


def _uppers(nodes: Sequence[Node]) -> Iterator[NDArray[np.int64]]:
    """Yield the nodes of the target and the units right below it, then those of the target; what is left of the
    lowest of them could not be told from what is below."""
    paths = np.array([len(node.path) for node in nodes])
    rests = np.array([node.is_rest for node in nodes])
    for depth in (paths.min() + WIDTH, paths.min()):
        yield np.flatnonzero((paths < depth) | ((paths == depth) & ~rests))


def _before(wave: Wave, code: str) -> list[tuple[Counts, Mask]]:
    """Return what each earlier release told of a question, by today's nodes."""
    return [aligned(release[code], wave.nodes.nodes) for release in wave.earlier if code in release]


def _since(wave: Wave, code: str) -> Counts:
    """Return how many came to each cell of a question since the last release that had it; all, when none had."""
    base, before = wave.tallies[code].base, _before(wave, code)
    since = base - before[-1][0] if before else base
    if (since < 0).any():
        raise ValueError(f"{code}: an earlier release is not within this one")
    return since


def worth(nodes: Sequence[Node], version: int = VERSION) -> NDArray[np.float64]:
    """Return what the cells of each node are worth to readers; the first node is the target.

    By node and over how many axes a cell is a total; in version 2 by node alone.
    """
    target = nodes[0].path
    each = np.array([REST if node.is_rest else PUBLIC if node.path == target else 1.0 for node in nodes])
    if version < TOTALS_LAST:
        return each
    by_totals = each[:, None] * np.array([1.0, TOTAL, TOTAL * TOTAL])
    by_totals[0, -1] *= WHOLE
    return by_totals


def _worth(wave: Wave, kept: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return what the cells of the kept nodes (or all) are worth, the target's first."""
    nodes = wave.nodes.nodes if kept is None else [wave.nodes.nodes[at] for at in kept.tolist()]
    return worth(nodes, wave.version)


def _rarer(wave: Wave, code: str, base: Counts, must_hide: Mask, minimum: int, seed: int) -> Mask:
    """Return what to hide of a question that not all were asked: shown of the target's parts, or else its regions.

    Further down its bases are small, and bounded by those of participation, which are shown.
    """
    hidden = np.ones(base.shape, dtype=np.bool_)
    paths = np.array([len(node.path) for node in wave.nodes.nodes])
    little = _grew_little(wave, code, minimum)
    for depth in (paths.min() + WIDTH, paths.min()):
        kept = np.flatnonzero(paths <= depth)
        if little and base[kept].size > SMALL:
            continue
        structure = within(wave.nodes, kept)
        layers = [Layer(wave.tallies[PARTICIPATION].base[kept], hidden=must_hide[kept])]
        _add(layers, wave, code, Layer(base[kept], must_hide=must_hide[kept], within=(0,)), kept)
        mask = protect(structure, layers, minimum, seed=seed, worth=_worth(wave, kept))
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
    alike = int(np.sum((others == 0) & (tally.base > 0) & ~mask))
    if not alike:
        return mask
    kept = _told(wave.nodes.nodes, mask)
    more = protect(
        within(wave.nodes, kept),
        [Layer(others[kept], must_hide=mask[kept])],
        1,
        seed=seed,
        worth=_worth(wave, kept),
        quick=alike > ALIKE,
    )
    hidden = np.ones_like(mask)
    hidden[kept] = more
    return hidden


def _told(nodes: Sequence[Node], mask: Mask) -> NDArray[np.int64]:
    """Return the nodes that a mask's proof has to hold: of a large wave those as far down as anything is shown.

    Further down others may be anybody among those of the node above.
    """
    if mask.size <= SMALL:
        return np.arange(len(nodes))
    paths = np.array([len(node.path) for node in nodes])
    return np.flatnonzero(paths <= paths[~mask.all(axis=(1, 2))].max())
