"""A large wave that grew little shows its upper nodes alone; neither that nor any other short cut gives people away."""

import time
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from disclosure_attacker import Reader

from kit.paths import WIDTH, label
from survey.disclosure.protection import SMALL, protect
from survey.disclosure.tables import Layer, Structure
from survey.results.material import Earlier
from survey.results.nodes import Nodes, Piece, nodes_of
from survey.results.protection import ALIKE, MOSTLY, Masks, Wave, protected, unanimous, worth
from survey.results.questions import PARTICIPATION
from survey.results.tabulation import Counts, Tally, by_node

MINIMUM, SECONDS = 10, 30
TARGET = label(1) + label(2)
AGES, GENDERS = 6, 2


def nodes_with(units: int) -> Nodes:
    """Six provinces of units in two regions; one province lies in both, and some answers name the province alone."""
    pieces: list[Piece] = []
    for province in range(6):
        path = TARGET + label(province)
        pieces += [
            Piece(path + label(unit), f"region {(province + unit * (province == 0)) % 2}") for unit in range(units)
        ]
    return nodes_of([*pieces, Piece(TARGET + label(3), "region 1")], TARGET)


@dataclass(frozen=True)
class Grown:
    """A wave's two releases: counts by node, and what each hides."""

    nodes: Nodes
    bases: tuple[dict[str, Counts], dict[str, Counts]]
    wave: Wave
    before: Masks
    masks: Masks
    seconds: float

    def reader(self, code: str) -> Reader:
        """Who knows a question of both releases."""
        masks = (self.before.of_bases[code], self.masks.of_bases[code])
        shown = [np.where(mask, np.nan, base[code]) for mask, base in zip(masks, self.bases, strict=True)]
        return Reader(shown, [(whole, list(parts)) for whole, parts in self.nodes.sums], [(0, 1)])

    def lowest(self) -> np.ndarray:
        """The nodes below the units right below the target."""
        return np.array([len(node.path) > len(TARGET) + WIDTH for node in self.nodes.nodes])


def tallies_of(pieces: Counts, nodes: Nodes, rng: np.random.Generator) -> tuple[dict[str, Tally], dict[str, Counts]]:
    """Counts of who took part, of a question that nearly all answered nearly alike, and of one that a third did."""
    whole = by_node(pieces, nodes.made_of)
    found = {PARTICIPATION: Tally(whole, np.zeros((*whole.shape, 0), dtype=np.int64))}
    for code, share, liking in (("alike", 0.97, 0.97), ("rarer", 0.33, 0.5)):
        some = rng.binomial(pieces, share)
        chosen = rng.binomial(some, liking)
        both = np.stack([chosen, some - chosen], axis=-1)
        found[code] = Tally(by_node(some, nodes.made_of), by_node(both, nodes.made_of))
    return found, {code: tally.base for code, tally in found.items()}


def added(first: dict[str, Tally], second: dict[str, Tally]) -> dict[str, Tally]:
    """Counts of all."""
    return {
        code: Tally(tally.base + second[code].base, tally.chosen + second[code].chosen) for code, tally in first.items()
    }


def earlier_of(nodes: Nodes, tallies: dict[str, Tally], masks: Masks) -> dict[str, Earlier]:
    """What the next release knows of one."""
    return {code: Earlier(nodes.nodes, tally.base, masks.of_bases[code]) for code, tally in tallies.items()}


@cache
def grown(units: int, share: float, still: int = 0) -> Grown:
    """A wave of so many units in each province, and its release after it grew by a share, but in the first pieces."""
    nodes, rng = nodes_with(units), np.random.default_rng(3)
    pieces = rng.negative_binomial(1.2, 0.015, size=(len(nodes.pieces), AGES, GENDERS))
    first, _ = tallies_of(pieces, nodes, rng)
    more = rng.poisson(share * pieces)
    more[:still] = 0
    second = added(first, tallies_of(more, nodes, rng)[0])
    people = 5 * second[PARTICIPATION].base + 1
    before = protected(Wave(nodes, first, people, ()), MINIMUM, 1)
    wave = Wave(nodes, second, people, (earlier_of(nodes, first, before),))
    started = time.process_time()
    masks = protected(wave, MINIMUM, 2)
    bases = tuple({code: tally.base for code, tally in each.items()} for each in (first, second))
    return Grown(nodes, (bases[0], bases[1]), wave, before, masks, time.process_time() - started)


def test_one_in_a_hundred_more_shows_the_upper_tables_in_bounded_time():
    made = grown(22, 0.01)
    mask, below = made.masks.of_bases[PARTICIPATION], made.lowest()
    assert mask.size > SMALL
    assert made.seconds < SECONDS
    assert mask[below].all()
    assert mask[~below].mean() < 0.5
    assert not mask[0, -1, -1]
    assert not made.before.of_bases[PARTICIPATION][below].all()


@pytest.mark.parametrize("code", [PARTICIPATION, "alike", "rarer"])
def test_who_knows_both_releases_narrows_nothing(code: str):
    made = grown(22, 0.01)
    mask = made.masks.of_bases[code]
    since = made.bases[1][code] - made.bases[0][code]
    both = ~mask & ~made.before.of_bases[code]
    assert not (both & (since > 0) & (since < MINIMUM)).any()
    reader, rng = made.reader(code), np.random.default_rng(4)
    upper = np.flatnonzero(mask & ~made.lowest()[:, None, None])
    cells = [*rng.permutation(upper)[:10].tolist(), *rng.permutation(reader.hidden(1))[:10].tolist()]
    assert min(float(np.ptp(reader.interval((1, 1, cell)))) for cell in cells) >= MINIMUM - 1e-5
    hidden = rng.permutation(reader.hidden(0))[:10].tolist()
    assert min(float(np.ptp(reader.interval((1, 0, cell)))) for cell in hidden) >= MINIMUM - 1e-5
    for cell in rng.permutation(np.intersect1d(reader.hidden(0), reader.hidden(1)))[:10].tolist():
        least, most = reader.interval((1, 1, cell), (-1, 0, cell))
        nobody = since.flat[cell] == 0 and most < 1e-5
        assert nobody or most - least >= MINIMUM - 1e-5


def test_nobody_learns_that_all_of_an_upper_cell_said_the_same():
    made = grown(22, 0.01)
    tally, mask = made.wave.tallies["alike"], made.masks.by_question["alike"]
    others = tally.base - tally.chosen.max(axis=-1)
    assert not (~mask & (others == 0)).any()
    reader = Reader([np.where(mask, np.nan, others)], [(whole, list(parts)) for whole, parts in made.nodes.sums])
    cells = np.random.default_rng(5).permutation(reader.hidden(0))[:25].tolist()
    assert min(float(np.ptp(reader.interval((1, 0, cell)))) for cell in cells) >= 1 - 1e-5


def test_the_same_seed_hides_the_same_cells():
    made = grown(22, 0.01)
    again = protected(made.wave, MINIMUM, 2)
    assert all((again.by_question[code] == mask).all() for code, mask in made.masks.by_question.items())
    assert all((again.of_bases[code] == mask).all() for code, mask in made.masks.of_bases.items())


def test_a_wave_that_grew_much_shows_units_below():
    made = grown(22, 0.6)
    mask = made.masks.of_bases[PARTICIPATION]
    assert mask.size > SMALL
    assert mask[made.lowest()].mean() < 0.9


def test_a_wave_of_which_nothing_would_be_shown_shows_the_upper_tables():
    """Nobody came to nearly two of the provinces, so what they hide can't be uncertain anew."""
    made = grown(22, 0.1, still=40)
    mask, below = made.masks.of_bases[PARTICIPATION], made.lowest()
    since = made.bases[1][PARTICIPATION] - made.bases[0][PARTICIPATION]
    assert np.mean(since < MINIMUM) < MOSTLY
    assert mask[below].all()
    assert mask[~below].mean() < 0.6


def test_a_small_wave_is_looked_at_as_one_however_little_it_grew():
    made = grown(6, 0.01)
    base, before = made.bases[1], made.before.of_bases[PARTICIPATION]
    assert base[PARTICIPATION].size <= SMALL
    layers = [
        layer
        for code in (PARTICIPATION, "alike")
        for layer in (Layer(made.bases[0][code], hidden=before), Layer(base[code]))
    ]
    layers[1::2] = [
        Layer(layer.base, must_hide=np.zeros_like(before), grows_from=(2 * number,))
        for number, layer in enumerate(layers[1::2])
    ]
    structure = Structure(len(made.nodes.nodes), made.nodes.sums)
    mask = protect(structure, layers, MINIMUM, seed=2, worth=worth(made.nodes.nodes))
    assert (made.masks.of_bases[PARTICIPATION] == mask).all()


def test_what_such_a_release_hid_stays_hidden_when_more_came():
    made = grown(22, 0.01)
    rng = np.random.default_rng(6)
    pieces = rng.negative_binomial(1.2, 0.015, size=(len(made.nodes.pieces), AGES, GENDERS))
    tallies = added(dict(made.wave.tallies), tallies_of(pieces, made.nodes, rng)[0])
    last = earlier_of(made.nodes, dict(made.wave.tallies), made.masks)
    wave = Wave(made.nodes, tallies, 9 * tallies[PARTICIPATION].base + 1, (*made.wave.earlier, last))
    mask = protected(wave, MINIMUM, 3).of_bases[PARTICIPATION]
    assert mask[made.lowest()].all()
    assert not (~mask & (made.masks.of_bases[PARTICIPATION] | made.before.of_bases[PARTICIPATION])).any()
    assert not mask[0, -1, -1]


def test_nobody_learns_that_all_said_the_same_where_thousands_of_cells_did():
    nodes, rng = nodes_with(90), np.random.default_rng(8)
    tallies, _ = tallies_of(rng.poisson(16, size=(len(nodes.pieces), AGES, GENDERS)), nodes, rng)
    tally = tallies["alike"]
    others, small = tally.base - tally.chosen.max(axis=-1), tally.base < MINIMUM
    assert np.sum((others == 0) & ~small) > ALIKE
    mask = unanimous(Wave(nodes, tallies, tally.base, ()), tally, small, 1)
    assert not (~mask & (others == 0)).any()
    assert not mask.all()
    reader = Reader([np.where(mask, np.nan, others)], [(whole, list(parts)) for whole, parts in nodes.sums])
    cells = rng.permutation(reader.hidden(0))[:10].tolist()
    assert min(float(np.ptp(reader.interval((1, 0, cell)))) for cell in cells) >= 1 - 1e-5
