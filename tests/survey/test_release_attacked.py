"""Two releases of one wave, attacked by a reader who knows all that they say, and every weight besides."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from release_attacker import Published, ReleaseAttacker

from survey.questionnaires.definition import Choice, Text
from survey.results.columns import Answers, Ticks
from survey.results.composition import Composition, compose, count
from survey.results.material import Earlier, Material, packed, unpacked
from survey.results.nodes import Node
from survey.results.packing import steps
from survey.results.placement import Axes, Group, Placement
from survey.results.questions import Question

MINIMUM = 10
TARGET = "0000100002"
AXES = Axes(("young", "middle", "old"), ("female", "male"), ("north", "south"))
SAME = Text({"vi": "…", "en": "…"})
QUESTION = Question("q", "q", "single", SAME, tuple(Choice(code, SAME) for code in ("a", "b", "c")))


def groups(rng: np.random.Generator) -> tuple[Group, ...]:
    """Four provinces, two in each region, with three units each; some of them small."""
    found: list[Group] = []
    for province in range(4):
        for unit in range(3):
            size = int(rng.lognormal(5.2, 0.7))
            people = rng.multinomial(size, [0.2, 0.15, 0.25, 0.2, 0.1, 0.1])
            cells = [(age, gender) for age in AXES.age_band for gender in AXES.gender]
            found.append(
                Group(
                    f"{TARGET}{province:05d}{unit:05d}",
                    AXES.region[province % 2],
                    {cell: int(number) for cell, number in zip(cells, people, strict=True)},
                )
            )
    return tuple(found)


@dataclass(frozen=True)
class Wave:
    """A made-up wave: who answered what, in the order in which it came."""

    groups: tuple[Group, ...]
    rows: np.ndarray
    """Answer × (group, age, gender, choice)."""

    def release(self, first: int, *earlier: Composition) -> Composition:
        """Return the release of the first so many answers."""
        placement = Placement(AXES, self.groups, TARGET, b"salt")
        pieces = [placement.pieces.index((group.path, group.region)) for group in self.groups]
        rows = self.rows[:first]
        pattern = (rows[:, 3] + 1).astype(np.int32)
        patterns = np.concatenate([np.zeros((1, 3), dtype=bool), np.eye(3, dtype=bool)])
        answers = Answers(
            np.array(pieces, dtype=np.int32)[rows[:, 0]],
            rows[:, 1].astype(np.int32),
            rows[:, 2].astype(np.int32),
            (Ticks(pattern, patterns),),
            drawn=0,
        )
        material = Material(
            target=TARGET,
            sample="self_selected",
            questions=(QUESTION,),
            axes=AXES,
            groups=self.groups,
            pieces=placement.pieces,
            names_units=True,
            answers=answers,
            earlier=tuple(kept(release) for release in earlier),
        )
        return compose(material, minimum_base=MINIMUM, seed=5)


def kept(release: Composition) -> dict[str, Earlier]:
    return {code: unpacked(*packed(*each)) for code, each in release.kept()}


def made_up(seed: int) -> Wave:
    """Return a wave in which each unit answers and prefers in its own way."""
    rng = np.random.default_rng(seed)
    frame = groups(rng)
    rows: list[tuple[int, int, int, int]] = []
    for number, group in enumerate(frame):
        turnout, liking = rng.uniform(0.15, 0.6), rng.dirichlet([3, 2, 1])
        for (age, gender), people in group.people.items():
            answered = rng.binomial(people, turnout)
            place = (number, AXES.age_band.index(age), AXES.gender.index(gender))
            rows += [(*place, int(choice)) for choice in rng.choice(3, answered, p=liking)]
    return Wave(frame, rng.permutation(np.array(rows)))


def published(release: Composition) -> Published:
    """Return what a release says of the question, from its tables as they are stored."""
    nodes = release.counted.nodes
    number = {(node.path, node.region): at for at, node in enumerate(nodes.nodes) if not node.is_rest}
    ages, genders = len(AXES.age_band) + 1, len(AXES.gender) + 1
    n = np.full((len(nodes.nodes), ages, genders), np.nan)
    share = np.full((*n.shape, 3), np.nan)
    for table in release.tables():
        if table.question_code == "q":
            at = number[table.path, table.region]
            n[at] = numbers(table.n).reshape(n.shape[1:])
            share[at] = numbers(table.share).reshape(share.shape[1:]) / 1000
    # What a unit has besides its parts has no table, but is what anybody can subtract.
    for at, node in enumerate(nodes.nodes):
        if node.is_rest:
            n[at] = np.where(release.masks.by_question["q"][at], np.nan, release.tallies["q"].base[at])
    weights = release.weights.weight[list(nodes.places)]
    return Published(n, share, steps(np.nan_to_num(n, nan=1.0)) / 2000 + 1e-9, weights)


def by_node(release: Composition) -> dict[Node, np.ndarray]:
    return dict(zip(release.counted.nodes.nodes, published(release).n, strict=True))


def numbers(array: str | None) -> np.ndarray:
    assert array is not None
    return np.array([np.nan if number == "NULL" else float(number) for number in array.strip("{}").split(",")])


def two_releases(seed: int) -> tuple[np.ndarray, list[Published]]:
    wave = made_up(seed)
    first = wave.release(len(wave.rows) // 2)
    second = wave.release(len(wave.rows), first)
    return second.counted.nodes.made_of.toarray(), [published(first), published(second)]


def widths(attacker: ReleaseAttacker, seed: int) -> list[float]:
    """How far apart the least and the most of some hidden bases are, and of growth that both releases hide."""
    rng = np.random.default_rng(seed)
    found: list[float] = []
    for number in (0, 1):
        hidden = attacker.hidden(number)
        assert len(hidden) >= 8
        found += [attacker.width((1.0, number, tuple(place))) for place in rng.permutation(hidden)[:20].tolist()]
    both = sorted(set(attacker.hidden(0)) & set(attacker.hidden(1)))
    for place in rng.permutation(both)[:15].tolist():
        found.append(attacker.width((1.0, 1, tuple(place)), (-1.0, 0, tuple(place))))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_no_hidden_base_of_two_releases_is_narrowed_below_the_minimum(seed):
    made_of, tables = two_releases(seed)
    # Shares say nothing to a reader who does not know what the answers of hidden cells weigh.
    alone = [replace(table, rounding=np.full(table.n.shape, 1.0)) for table in tables]
    assert min(widths(ReleaseAttacker(made_of, alone), seed)) >= MINIMUM - 1e-4


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_who_knows_every_weight_learns_no_base_exactly(seed):
    """Shares are then equations about hidden cells; their rounding keeps these loose."""
    made_of, tables = two_releases(seed)
    assert min(widths(ReleaseAttacker(made_of, tables), seed)) >= 4


def test_what_both_releases_show_grew_by_nobody_or_by_the_minimum():
    for seed in range(1, 6):
        wave = made_up(seed)
        first = wave.release(len(wave.rows) // 2)
        second = wave.release(len(wave.rows), first)
        before, after = published(first), published(second)
        grown = (after.n - before.n)[~np.isnan(after.n) & ~np.isnan(before.n)]
        assert grown.size
        assert not ((grown > 0) & (grown < MINIMUM)).any()


def test_a_second_release_that_knew_nothing_of_the_first_would_give_people_away():
    """The control: the same attack finds what is not protected against."""
    narrow = 0
    for seed in range(1, 6):
        wave = made_up(seed)
        first, second = wave.release(len(wave.rows) - 40), wave.release(len(wave.rows))
        before, after = by_node(first), by_node(second)
        grown = np.concatenate([(after[node] - before[node]).ravel() for node in before.keys() & after.keys()])
        narrow += int(((grown > 0) & (grown < MINIMUM)).sum())
    assert narrow > 50


def test_counting_again_is_the_same_release():
    wave = made_up(1)
    tables = [list(wave.release(len(wave.rows)).tables()) for _ in range(2)]
    assert tables[0] == tables[1]
    assert count(wave.release(100).material, MINIMUM).participation.sum() == 100
