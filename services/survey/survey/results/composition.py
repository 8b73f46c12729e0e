"""A release's tables, made from its material: counted, protected, weighted, and only then given shares and intervals.

Nothing here reads or writes; the same material, rules and seed give the same tables, in the same order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey.questionnaires.definition import NOT_SAID
from survey.results.material import Material
from survey.results.nodes import Node, Nodes, Piece, large_units, nodes_of
from survey.results.packing import Packer, Table
from survey.results.placement import Axes, Group
from survey.results.protection import VERSION, Masks, Wave, protected
from survey.results.questions import PARTICIPATION, Question
from survey.results.tabulation import Counts, Size, Tally, by_node, cells_of, participation, tallied
from survey.weighting.frame import Weights, weigh
from survey.weighting.shares import Nodes as Prepared
from survey.weighting.shares import Shares, prepare

CONFIDENCE = 0.95
# A unit has tables of its own when so many times the minimum answered in it; a table of fewer would be mostly hidden.
LARGE = 5


@dataclass(frozen=True)
class Counted:
    """All counts by piece, and the nodes that they are summed to."""

    nodes: Nodes
    size: Size
    participation: Counts
    people: Counts
    """By piece, age band and gender as kept."""
    everyone: Counts
    """By node, with totals that hold the people of categories that are not kept, too."""
    tallies: tuple[Tally, ...]


@dataclass(frozen=True)
class Composition:
    """A release before it is stored. `tables` can be walked through once and give the digest afterwards."""

    material: Material
    counted: Counted
    tallies: Mapping[str, Tally]
    """By question and node, with totals; participation has no choices."""
    weights: Weights
    prepared: Prepared
    masks: Masks
    minimum_base: int
    version: int
    """How cells were chosen."""

    @property
    def answers_used(self) -> int:
        """How many answers it counts."""
        return self.material.answers.count

    @property
    def people(self) -> int:
        """How many people the frame holds."""
        return int(self.counted.everyone[0, -1, -1])

    @property
    def method(self) -> dict[str, Any]:
        """How its numbers were made, as the graph and the pages tell it."""
        drawn = self.material.answers.drawn
        return {
            "sample": self.material.sample,
            **_described(self.weights),
            "interval": "wilson",
            "confidence": CONFIDENCE,
            "hidden_below": self.minimum_base,
            "protection": "small_cells, lines, audit by linear programming",
            "placed": drawn if drawn >= self.minimum_base else None,
            "version": self.version,
        }

    @property
    def cells(self) -> tuple[int, int]:
        """How many cells are shown and hidden, over all questions."""
        wanted = np.array([not node.is_rest for node in self.counted.nodes.nodes])
        hidden = sum(int(mask[wanted].sum()) for mask in self.masks.by_question.values())
        every = sum(mask[wanted].size for mask in self.masks.by_question.values())
        return every - hidden, hidden

    def tables(self) -> Iterator[Table]:
        """Yield all tables, question by question: those in which everything is hidden are left out."""
        packer, masks = Packer(self.counted.nodes, self.counted.everyone), self.masks.by_question
        yield from packer.packed(PARTICIPATION, self.tallies[PARTICIPATION], masks[PARTICIPATION], None)
        for question, counts in zip(self.material.questions, self.counted.tallies, strict=True):
            code = question.code
            yield from packer.packed(code, self.tallies[code], masks[code], self.estimates(question, counts))

    def kept(self) -> Iterator[tuple[str, tuple[Sequence[Node], Counts, NDArray[np.bool_]]]]:
        """Yield, by question, what the wave's next release has to know: the nodes, the bases and what is hidden."""
        for code, tally in self.tallies.items():
            yield code, (self.counted.nodes.nodes, tally.base, self.masks.of_bases[code])

    def estimates(self, question: Question, counts: Tally) -> Shares:
        """Return a question's shares and errors at full length, by node."""
        return self.prepared.estimate(counts.base, counts.chosen, question.points or None)


def compose(material: Material, *, minimum_base: int, seed: int, version: int = VERSION) -> Composition:
    """Count, weigh and protect; the seed only settles which of equally good cells are hidden.

    `version`: that of an old release's method, 2 or more, to compute it again.
    """
    counted = count(material, minimum_base)
    places = np.array(counted.nodes.places)
    weights = weigh(_by_place(counted.people, places), _by_place(counted.participation, places), minimum=minimum_base)
    tallies = _by_question(counted, material.questions)
    wave = Wave(counted.nodes, tallies, counted.everyone, material.earlier, version)
    prepared = prepare(weights, places, counted.nodes.made_of, material.sample)
    masks = protected(wave, minimum_base, seed)
    return Composition(material, counted, tallies, weights, prepared, masks, minimum_base, version)


def count(material: Material, minimum_base: int) -> Counted:
    """Return all counts of the answers and of the frame."""
    answers, axes = material.answers, material.axes
    size = Size(len(material.pieces), len(axes.age_band), len(axes.gender))
    people = _people(material.groups, material.pieces, axes)
    cells = cells_of(answers, size)
    taking_part = participation(cells, size)
    used = np.flatnonzero(people.sum(axis=(1, 2)) + taking_part.sum(axis=(1, 2)))
    units = _units_with_tables(material, taking_part, minimum_base)
    pieces = [material.pieces[at] for at in used]
    nodes = nodes_of(pieces, material.target, names_units=material.names_units, units=units)
    kept = np.array([material.pieces.index(piece) for piece in nodes.pieces])
    tallies = [tallied(cells, ticks, size) for ticks in answers.ticks]
    return Counted(
        nodes=nodes,
        size=Size(len(kept), size.age_bands, size.genders),
        participation=taking_part[kept],
        people=people[kept, :-1, :-1],
        everyone=_everyone(people[kept], nodes),
        tallies=tuple(Tally(each.base[kept], each.chosen[kept]) for each in tallies),
    )


def _units_with_tables(material: Material, taking_part: Counts, minimum_base: int) -> frozenset[str]:
    """Return the units that the wave's first release has tables of, or those that enough answers came from."""
    if material.earlier:
        return frozenset(node.path for node in material.earlier[0][PARTICIPATION].nodes)
    answers = dict(zip(material.pieces, taking_part.sum(axis=(1, 2)).tolist(), strict=True))
    return large_units(answers, material.target, LARGE * minimum_base)


def _people(groups: Sequence[Group], pieces: Sequence[Piece], axes: Axes) -> Counts:
    """Return the frame's people by piece, age band and gender; the last place of both holds what is not kept."""
    number = {piece: at for at, piece in enumerate(pieces)}
    index = [{code: at for at, code in enumerate(codes)} for codes in (axes.age_band, axes.gender)]
    single = [codes == (NOT_SAID,) for codes in (axes.age_band, axes.gender)]
    regions = set(axes.region)
    people = np.zeros((len(pieces), len(axes.age_band) + 1, len(axes.gender) + 1), dtype=np.int64)
    for group in groups:
        piece = number[Piece(group.path, group.region if group.region in regions and group.region else NOT_SAID)]
        for segment, number_of_people in group.people.items():
            age, gender = (
                0 if alone else codes.get(code, -1) for alone, codes, code in zip(single, index, segment, strict=True)
            )
            people[piece, age, gender] += number_of_people
    return people


def _everyone(people: Counts, nodes: Nodes) -> Counts:
    """Return the frame's people by node with totals, which hold everybody."""
    every = by_node(people, nodes.made_of)
    # The categories that are not kept stand before the totals.
    return np.delete(np.delete(every, -2, axis=1), -2, axis=2)


def _by_question(counted: Counted, questions: Sequence[Question]) -> Mapping[str, Tally]:
    made_of = counted.nodes.made_of
    whole = by_node(counted.participation, made_of)
    found = {PARTICIPATION: Tally(whole, np.zeros((*whole.shape, 0), dtype=np.int64))}
    for question, counts in zip(questions, counted.tallies, strict=True):
        found[question.code] = Tally(by_node(counts.base, made_of), by_node(counts.chosen, made_of))
    return found


def _by_place(counts: Counts, places: NDArray[np.int64]) -> Counts:
    summed = np.zeros((int(places.max()) + 1, *counts.shape[1:]), dtype=np.int64)
    np.add.at(summed, places, counts)
    return summed


def _described(weights: Weights) -> dict[str, Any]:
    """Return how the answers were weighted, as the graph and the pages tell it."""
    trimming = weights.trimming
    return {
        "weighting": weights.kind,
        "post_strata": int(weights.stratum.max()) + 1,
        "effective_size": round(weights.effective_size, 1),
        "design_effect": round(weights.design_effect, 3),
        "trimmed": None if trimming is None else round(trimming.share, 4),
        "moved": None if trimming is None else round(trimming.moved, 4),
        "margin_missed": None if trimming is None else round(trimming.miss, 4),
    }
