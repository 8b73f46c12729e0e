"""Which cells of a wave's tables to hide, so that no reader works out a small or hidden base from all that is shown.

A cell is hidden when a base is below the minimum (0 too: empty and small look alike), when a layer says so, or when it
would show that a few people came since an earlier release. Then complements are hidden until, for every hidden cell of
every layer and for every growth between releases of which both cells are hidden, two tables were exhibited that agree
with everything published and differ by the minimum or more at that cell: safe by construction, whatever a solver claims
to be the best.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from survey.disclosure.complements import Complements
from survey.disclosure.large import LINEAR, Large
from survey.disclosure.tables import Layer, Mask, Numbers, Structure, primary_cells, tables_of

SMALL = 2500
"""So many cells of a layer are looked at as one, by linear programmes alone; more in parts and by simple moves."""

EACH_LAYER = 1500
"""So many cells of all layers may change layer by layer; with more, those of one release change alike."""


def protect(
    structure: Structure,
    layers: Sequence[Layer],
    minimum: int,
    *,
    seed: int,
    worth: Numbers | None = None,
    quick: bool = False,
) -> Mask:
    """Return the mask, True for hidden, that all layers share whose `hidden` is None.

    Layers have one shape, (structure.nodes, ...). The seed settles ties between cells of equal cost; the same seed
    gives the same mask. `worth` says how much cells are to readers, 1 each by default: by node, or by node and over how
    many of the further axes a cell is a total. Complements are rather sought where they are worth little. When nothing
    less is safe, everything is hidden. Of layers that are published already, cells that a reader knew before are left
    alone: nothing hidden now would take that back.
    `quick`: look for complements of more cells than `SMALL` by simple moves alone, which finds more than are needed.
    """
    distinct = _distinct(layers)
    shape = distinct[0].base.shape
    primary = primary_cells(distinct, minimum)
    if primary.all():
        return primary.reshape(shape)
    each = np.ones(structure.nodes) if worth is None else worth
    cost = _cost(distinct, each, np.random.default_rng(seed))
    together = all(layer.hidden is None for layer in distinct) or len(distinct) * primary.size > EACH_LAYER
    tables = tables_of(structure, distinct, together=together)
    if primary.size <= SMALL:
        search = Complements(tables, primary, minimum, cost)
        hopeless = search.protect()
        if search.any_ours(hopeless):
            return np.ones(shape, dtype=bool)
        search.tidy(primary, hopeless)
        return search.mask.reshape(shape)
    linear = 0 if quick else LINEAR
    return Large(structure, shape[1:], tables, minimum, cost, linear=linear).protect(primary).reshape(shape)


def _cost(layers: Sequence[Layer], worth: Numbers, rng: np.random.Generator) -> Numbers:
    """Return what hiding each cell costs: mostly what it is worth, a little its size."""
    axes = layers[0].base.shape[1:]
    largest = np.max([layer.base for layer in layers], axis=0).reshape(-1)
    if worth.ndim == 1:
        each = np.repeat(worth, largest.size // worth.size)
    else:
        is_total = [place == extent - 1 for place, extent in zip(np.indices(axes), axes, strict=True)]
        each = worth[:, sum(is_total, np.zeros(axes, dtype=np.int64))].reshape(-1)
    return each * (1 + 0.05 * np.log1p(largest) + 0.1 * rng.random(largest.size))


def _distinct(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers without repetitions: questions that everyone must answer have one and the same base."""
    first: dict[tuple[bytes | tuple[int, ...] | None, ...], int] = {}
    number: list[int] = []
    kept: list[Layer] = []
    for layer in layers:
        masks = [None if mask is None else mask.tobytes() for mask in (layer.hidden, layer.must_hide)]
        key = (layer.base.tobytes(), *masks, layer.within, layer.grows_from)
        if key not in first:
            first[key] = len(kept)
            kept.append(layer)
        number.append(first[key])
    return [
        replace(
            layer,
            within=tuple(sorted({number[other] for other in layer.within})),
            grows_from=tuple(sorted({number[other] for other in layer.grows_from})),
        )
        for layer in kept
    ]
