"""Where to count people who did not say their age band, gender or region, or whose category is too rare to show.

As a column of their own they would be a handful in every row, and each handful would force a neighbouring column to be
hidden; left out, their answers would not count. So each is placed in a category at random, in proportion to the people
of the wave's frame who agree with what the person did say: stochastic imputation of the classifying variables, as in
section 4.3 of R. J. A. Little and D. B. Rubin, "Statistical Analysis with Missing Data" (Wiley, 2nd edition, 2002).
The chance is drawn from the answer itself, so that it falls into the same place whenever it is computed.
"""

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from survey.questionnaires.definition import NOT_SAID, SEGMENTS

# Age band, gender and region, in the order of SEGMENTS: as said, and as placed.
Said = tuple[str | None, str | None, str | None]
Place = tuple[str, str, str]
Values = Mapping[str, Any]


class FrameCell(NamedTuple):
    """How many people of a wave's frame are of one segment; the region of a response group may be unknown."""

    age_band: str
    gender: str
    region: str | None
    people: int

    @property
    def segment(self) -> Said:
        """The cell's age band, gender and region."""
        return (self.age_band, self.gender, self.region)


def placed(
    said: Sequence[Said], values: Sequence[Values], frame: Sequence[FrameCell], minimum_base: int, salt: bytes
) -> tuple[list[Place], int]:
    """Return a place for each answer, in their order, and how many of them were drawn.

    A category with fewer than `minimum_base` answers counts as not said. A segment in which no category is left has
    the one category `not_said`, in which everybody is.
    """
    kept = [_kept([segment[axis] for segment in said], minimum_base) for axis in range(len(SEGMENTS))]
    usable = [
        cell
        for cell in frame
        if all(code in codes for code, codes in zip(cell.segment, kept, strict=True) if codes != [NOT_SAID])
    ]
    places: list[Place] = []
    drawn = 0
    for segment, chance in zip(said, _chances(values, salt), strict=True):
        known = [
            NOT_SAID if codes == [NOT_SAID] else code if code in codes else None
            for code, codes in zip(segment, kept, strict=True)
        ]
        drawn += None in known
        places.append(_place(known, usable, kept, chance))
    return places, drawn


def _kept(codes: Sequence[str | None], minimum_base: int) -> list[str]:
    sizes = Counter(code for code in codes if code is not None)
    return sorted(code for code, size in sizes.items() if size >= minimum_base) or [NOT_SAID]


def _chances(values: Sequence[Values], salt: bytes) -> list[float]:
    """Return a number in 0…1 for each answer; of equal answers the first, second … get different ones."""
    seen: Counter[bytes] = Counter()
    chances: list[float] = []
    for answer in values:
        text = orjson.dumps(answer, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(salt + seen[text].to_bytes(8, "big") + text).digest()
        seen[text] += 1
        chances.append(int.from_bytes(digest[:8], "big") / 2**64)
    return chances


def _place(
    known: Sequence[str | None], frame: Sequence[FrameCell], kept: Sequence[Sequence[str]], chance: float
) -> Place:
    if None in known:
        alike = [cell for cell in frame if cell.people and _agrees(cell, known, kept)]
        if alike:
            # In a fixed order, or the same chance would mean another place next time.
            alike.sort()
            ends = list(accumulate(cell.people for cell in alike))
            cell = alike[min(bisect_right(ends, chance * ends[-1]), len(alike) - 1)]
            known = [code if code is not None else cell.segment[axis] for axis, code in enumerate(known)]
        else:
            # Nobody in the frame is like this person: each category is as likely as the others.
            known = [
                code if code is not None else codes[int(chance * len(codes))]
                for code, codes in zip(known, kept, strict=True)
            ]
    age_band, gender, region = (code or NOT_SAID for code in known)
    return age_band, gender, region


def _agrees(cell: FrameCell, known: Sequence[str | None], kept: Sequence[Sequence[str]]) -> bool:
    return all(
        code is None or code == own or codes == [NOT_SAID]
        for code, own, codes in zip(known, cell.segment, kept, strict=True)
    )
