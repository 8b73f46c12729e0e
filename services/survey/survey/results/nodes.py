"""The nodes for which a release has tables: the units of a wave's frame, and their parts in different regions.

A *piece* is what answers can tell of where they come from: the path of a response group and a region. A *node* is made
of pieces: a unit is all pieces at or below its path, a unit's region those of them in the region. So tables of nodes
add up in two ways, by the tree and by region, which whoever hides cells has to know.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from kit.paths import WIDTH, parents


class Piece(NamedTuple):
    """Where answers come from: the path of their response group (or of the target), and their region."""

    path: str
    region: str


class Node(NamedTuple):
    """What tables are made for: a unit, or a unit's part in a region.

    A `rest` is what a unit has besides its parts: it has no table, but gives itself away as a difference.
    """

    path: str
    region: str | None = None
    is_rest: bool = False


@dataclass(frozen=True)
class Nodes:
    """All nodes of a wave, the target's first.

    `sums` are (whole, parts): in every cell the whole is the sum of its parts. `places` are the pieces' places: the
    parts of the target that weights bring to their size.
    """

    pieces: tuple[Piece, ...]
    nodes: tuple[Node, ...]
    sums: tuple[tuple[int, tuple[int, ...]], ...]
    made_of: csr_array
    """1 where a node (row) is made of a piece (column)."""
    places: tuple[int, ...]
    place_names: tuple[str, ...]
    lies_in: tuple[str | None, ...]
    """Of each node without a region of its own: the region in which all of it lies, if it is one."""


@dataclass
class _Unit:
    children: list[str] = field(default_factory=list[str])
    own: list[int] = field(default_factory=list[int])
    regions: set[str] = field(default_factory=set[str])


def large_units(answers: Mapping[Piece, int], target: str, least: int) -> frozenset[str]:
    """Return the paths of the units that at least so many answers came from; what is left of a unit is as many, too.

    A unit of a few people would be a table of hidden cells, each of which hides others: better its people count with
    those of other small units, as one.
    """
    totals: Counter[str] = Counter()
    for piece, number in answers.items():
        for path in (*parents(piece.path), piece.path):
            totals[path] += number
    large = {path for path, number in totals.items() if path.startswith(target) and number >= least} | {target}
    below: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(large - {target}):
        below[max((each for each in parents(path) if each in large), key=len)].append(path)
    # From the bottom up: a unit that joins the rest of the one above takes what is below it along.
    for path in sorted(large, key=lambda each: (-len(each), each)):
        children = sorted((child for child in below[path] if child in large), key=lambda each: (totals[each], each))
        rest = totals[path] - sum(totals[child] for child in children)
        for child in children:
            if not 0 < rest < least:
                break
            large -= {each for each in large if each.startswith(child)}
            rest += totals[child]
    return frozenset(large)


def nodes_of(
    pieces: Iterable[Piece], target: str, *, names_units: bool = True, units: frozenset[str] | None = None
) -> Nodes:
    """Return the nodes of pieces that all lie at or below a target's path, in a fixed order.

    `names_units`: whether every answer names a response group. Otherwise only regions can be places: of the people
    who were asked by one link for all nobody knows the unit. `units`: the paths of those that have tables; the others
    count with the rest of the unit above. By default all do.
    """
    ordered = tuple(sorted(set(pieces)))
    paths = [piece.path for piece in ordered]
    tree = _units(ordered, target, units)
    found: dict[Node, list[int]] = {}
    sums: list[tuple[Node, tuple[Node, ...]]] = []
    for path in sorted(tree):
        unit = tree[path]
        whole = Node(path)
        found[whole] = list(range(*_range(paths, path)))
        own = _by_region(ordered, unit.own) if unit.children else {}
        rests = {Node(path, region, is_rest=True): indices for region, indices in own.items()}
        found |= rests
        if unit.children and len(unit.regions) == 1:
            sums.append((whole, (*map(Node, unit.children), *rests)))
        if len(unit.regions) > 1:
            # That it is the sum of its children, too, follows from what its regions are the sums of.
            parts = [Node(path, region) for region in sorted(unit.regions)]
            found |= {part: [i for i in found[whole] if ordered[i].region == part.region] for part in parts}
            sums.append((whole, tuple(parts)))
            sums += [(part, below) for part in parts if (below := _below(part, unit, tree, rests))]
    number = {node: index for index, node in enumerate(found)}
    places, names = _places(ordered, tree[target] if names_units else None, target)
    return Nodes(
        pieces=ordered,
        nodes=tuple(found),
        sums=tuple((number[whole], tuple(number[part] for part in parts)) for whole, parts in sums),
        made_of=_matrix(found.values(), len(ordered)),
        places=places,
        place_names=names,
        lies_in=tuple(None if node.region else _only(tree[node.path].regions) for node in found),
    )


def _by_region(pieces: Sequence[Piece], indices: Sequence[int]) -> dict[str, list[int]]:
    regions: defaultdict[str, list[int]] = defaultdict(list)
    for index in indices:
        regions[pieces[index].region].append(index)
    return dict(sorted(regions.items()))


def _only(regions: set[str]) -> str | None:
    return min(regions) if len(regions) == 1 else None


def _units(pieces: Sequence[Piece], target: str, units: frozenset[str] | None) -> dict[str, _Unit]:
    """Return the units that have tables and pieces at or below them, by path, from the target down."""
    tree: defaultdict[str, _Unit] = defaultdict(_Unit)
    tree[target].regions = set()
    for index, piece in enumerate(pieces):
        above = [path for path in (*parents(piece.path), piece.path) if path.startswith(target)]
        own = [path for path in above if units is None or path in units or path == target]
        for path in own:
            tree[path].regions.add(piece.region)
        tree[own[-1]].own.append(index)
    for path in sorted(tree):
        if path != target:
            tree[max((each for each in parents(path) if each in tree), key=len)].children.append(path)
    return dict(tree)


def _below(part: Node, unit: _Unit, units: dict[str, _Unit], rests: Iterable[Node]) -> tuple[Node, ...]:
    """Return what a unit's part in a region is the sum of; nothing where the unit has no units below."""
    if not unit.children:
        return ()
    inside = [path for path in unit.children if part.region in units[path].regions]
    below = [Node(path, part.region if len(units[path].regions) > 1 else None) for path in inside]
    return (*below, *(rest for rest in rests if rest.region == part.region))


# With more parts than this a target's parts are too small to be weighted one by one.
MOST_PLACES = 120


def _places(pieces: Sequence[Piece], unit: _Unit | None, target: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return each piece's place, and the places' names: units right below the target if these are known, or regions."""
    children = unit.children if unit and len(unit.children) <= MOST_PLACES else []
    above = {child: child for child in children}
    width = len(target) + WIDTH
    names: dict[str, int] = {}
    places: list[int] = []
    for piece in pieces:
        name = above.get(piece.path[:width], target) if children else piece.region
        places.append(names.setdefault(name, len(names)))
    return tuple(places), tuple(names)


def _range(paths: Sequence[str], path: str) -> tuple[int, int]:
    """Return where those at or below a path begin and end in sorted paths."""
    return bisect_left(paths, path), bisect_left(paths, path + "~")


def _matrix(made_of: Iterable[Sequence[int]], pieces: int) -> csr_array:
    rows = list(made_of)
    columns = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
    starts = np.cumsum([0, *map(len, rows)])
    return csr_array((np.ones(len(columns)), columns, starts), shape=(len(rows), pieces))
