"""Where an answer is counted: its piece of the organisation, its age band and its gender.

A response group has its region; only answers without a group are counted in the region that they say. People who did
not say a segment, or whose category is too rare to show, would be a handful in every row of a table, and each handful
would force a neighbouring column to be hidden; left out, their answers would not count. So each is placed in a category
at random, in proportion to the people of the wave's frame who agree with what the person did say: stochastic imputation
of the classifying variables, as in section 4.3 of R. J. A. Little and D. B. Rubin, "Statistical Analysis with Missing
Data" (Wiley, 2nd edition, 2002). The chance is drawn from the answer itself, so that it falls into the same place
whenever it is computed.
"""

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from survey.questionnaires.definition import NOT_SAID, SEGMENTS
from survey.results.nodes import Piece

# Age band, gender and region, in the order of SEGMENTS, as a person said them.
Said = tuple[str | None, str | None, str | None]

# A category that fewer than this share of the answers name is counted as not said. Where the tree is fine it would be a
# few people at each unit, and hide a neighbour at each.
RAREST = 0.01


@dataclass(frozen=True)
class Group:
    """A response group of the frame: where it lies, and its people by (age band, gender)."""

    path: str
    region: str | None
    people: Mapping[tuple[str, str], int]


class Axes(NamedTuple):
    """The categories by which tables are split, in their order; one that nobody named is the only one, `not_said`."""

    age_band: tuple[str, ...]
    gender: tuple[str, ...]
    region: tuple[str, ...]


class _Candidate(NamedTuple):
    """A cell of the frame in which somebody could belong."""

    place: tuple[int, int, int]
    people: int


def kept_axes(
    said: Iterable[tuple[Said, int]], order: Mapping[str, Sequence[str]], minimum_base: int, groups: Sequence[Group]
) -> Axes:
    """Return the categories that enough of the answers name (each kind of answer with its number), in a known order.

    Regions are those of the groups; of answers without groups those that they say.
    """
    counts: list[Counter[str]] = [Counter() for _ in SEGMENTS]
    for segment, number in said:
        for code, count in zip(segment, counts, strict=True):
            if code is not None:
                count[code] += number
    kept = [_kept(count, order.get(name, ()), minimum_base) for name, count in zip(SEGMENTS, counts, strict=True)]
    regions = {group.region for group in groups if group.region is not None}
    known = _ordered(regions.union(kept[2]) if kept[2] != (NOT_SAID,) else regions, order.get("region", ()))
    return Axes(kept[0], kept[1], known or (NOT_SAID,))


def _kept(count: Counter[str], order: Sequence[str], minimum_base: int) -> tuple[str, ...]:
    least = max(minimum_base, RAREST * count.total())
    return _ordered({code for code, number in count.items() if number >= least}, order) or (NOT_SAID,)


def _ordered(codes: set[str], order: Sequence[str]) -> tuple[str, ...]:
    known = [code for code in order if code in codes]
    return (*known, *sorted(codes.difference(known)))


class Placement:
    """Places answers, one by one; counts those that chance had to place."""

    def __init__(self, axes: Axes, groups: Sequence[Group], target: str, salt: bytes) -> None:
        self.drawn = 0
        self.has_ungrouped = False
        self._salt = salt
        self._seen: Counter[bytes] = Counter()
        self._groups = groups
        self._target = target
        # Without any region everybody is in the one that says so.
        self._regions = {code: code for code in axes.region if code != NOT_SAID}
        self._index = [{code: at for at, code in enumerate(codes)} for codes in (axes.age_band, axes.gender)]
        self._single = [codes == (NOT_SAID,) for codes in (axes.age_band, axes.gender)]
        pieces = {Piece(group.path, self._region_of(group)) for group in groups}
        pieces |= {Piece(target, region) for region in axes.region}
        self.pieces = tuple(sorted(pieces))
        self._number: dict[tuple[str, str], int] = {piece: number for number, piece in enumerate(self.pieces)}
        self._piece_of_group = [self._number[group.path, self._region_of(group)] for group in groups]
        self._frame = [self._cells(number) for number in range(len(groups))]
        self._whole: dict[str | None, list[_Candidate]] = {}

    def place(self, group: int | None, said: Said, values: str) -> tuple[int, int, int]:
        """Return an answer's piece, age band and gender, as numbers."""
        age, gender = (
            0 if single else index.get(code, -1) if code is not None else -1
            for single, index, code in zip(self._single, self._index, said[:2], strict=True)
        )
        if group is not None and age >= 0 and gender >= 0:
            return self._piece_of_group[group], age, gender
        self.has_ungrouped |= group is None
        region = self._regions.get(said[2] or "") if self._regions else NOT_SAID
        if group is None and age >= 0 and gender >= 0 and region:
            return self._number[self._target, region], age, gender
        return self._draw(group, (age, gender), region, said, values)

    def _draw(
        self, group: int | None, known: tuple[int, int], region: str | None, said: Said, values: str
    ) -> tuple[int, int, int]:
        self.drawn += 1
        chance = self._chance(group, said, values)
        cells = self._frame[group] if group is not None else self._everywhere(region)
        alike = [cell for cell in cells if all(k in (-1, at) for k, at in zip(known, cell.place[1:], strict=True))]
        if alike:
            ends = list(accumulate(cell.people for cell in alike))
            return alike[min(bisect_right(ends, chance * ends[-1]), len(alike) - 1)].place
        # Nobody in the frame is like this person: each category is as likely as the others.
        piece = self._piece_of_group[group] if group is not None else self._somewhere(region, chance)
        age, gender = (
            at if at >= 0 else int(chance * len(index)) for at, index in zip(known, self._index, strict=True)
        )
        return piece, age, gender

    def _chance(self, group: int | None, said: Said, values: str) -> float:
        """Return a number in 0…1; of equal answers the first, second … get different ones."""
        where = self._groups[group].path if group is not None else ""
        text = "\n".join((where, *(code or "" for code in said), values)).encode()
        digest = hashlib.sha256(self._salt + self._seen[text].to_bytes(8, "big") + text).digest()
        self._seen[text] += 1
        return int.from_bytes(digest[:8], "big") / 2**64

    def _cells(self, number: int) -> list[_Candidate]:
        """Return a group's people by the categories that are kept, in a fixed order."""
        found: Counter[tuple[int, int, int]] = Counter()
        for segment, people in self._groups[number].people.items():
            age, gender = (
                0 if single else index.get(code, -1)
                for single, index, code in zip(self._single, self._index, segment, strict=True)
            )
            if age >= 0 and gender >= 0 and people:
                found[self._piece_of_group[number], age, gender] += people
        return [_Candidate(place, people) for place, people in sorted(found.items())]

    def _everywhere(self, region: str | None) -> list[_Candidate]:
        """Return the whole frame, or a region's, as pieces of the target: for answers without a group."""
        if region not in self._whole:
            found: Counter[tuple[int, int, int]] = Counter()
            for group, cells in zip(self._groups, self._frame, strict=True):
                own = self._region_of(group)
                if region in (None, own) and (self._target, own) in self._number:
                    for cell in cells:
                        found[self._number[self._target, own], cell.place[1], cell.place[2]] += cell.people
            self._whole[region] = [_Candidate(place, people) for place, people in sorted(found.items())]
        return self._whole[region]

    def _somewhere(self, region: str | None, chance: float) -> int:
        regions = list(self._regions) or [NOT_SAID]
        return self._number[self._target, region or regions[int(chance * len(regions))]]

    def _region_of(self, group: Group) -> str:
        return self._regions.get(group.region or "", NOT_SAID)
