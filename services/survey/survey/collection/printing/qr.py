"""QR codes for thousands of addresses that differ in their last characters only, at once.

Version, mask and error level fixed, a QR code is an affine function of its text's bits: placing, interleaving and
masking are, and so is the Reed–Solomon code. So the codes of some basis texts are made by segno, and each further one
is a sum of these. Made one by one, ten thousand take half a minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import segno

# Fixed, so that the sum is one; scanners read any mask.
_MASK = 3
# Medium: a fold or a stain over a seventh of the code does no harm.
_LEVEL = "m"


@dataclass(frozen=True, slots=True)
class Matrix:
    """A QR code: its modules row by row from the top left, as the bits of a number, the first one the highest."""

    size: int
    modules: int

    def rows(self) -> Sequence[str]:
        """Return each row as a text of 0 and 1, where 1 is dark."""
        text = format(self.modules, f"0{self.size * self.size}b")
        return [text[start : start + self.size] for start in range(0, len(text), self.size)]


@dataclass(frozen=True)
class Codes:
    """QR codes of addresses with one beginning and endings of one length, in ASCII."""

    beginning: str
    ending_length: int

    def of(self, ending: str) -> Matrix:
        """Return the code of the address with this ending."""
        if len(ending) != self.ending_length:
            raise ValueError("the ending has another length")
        size, base = _drawn(self.beginning + "\0" * self.ending_length)
        for place, character in enumerate(ending):
            value = ord(character)
            for bit in range(7):
                if value >> bit & 1:
                    base ^= self._change(place, bit)
        return Matrix(size, base)

    def _change(self, place: int, bit: int) -> int:
        blank = "\0" * self.ending_length
        changed = blank[:place] + chr(1 << bit) + blank[place + 1 :]
        return _drawn(self.beginning + changed)[1] ^ _drawn(self.beginning + blank)[1]


def qr_code(text: str) -> Matrix:
    """Return the QR code of one text."""
    return Matrix(*_drawn(text))


# The basis of some beginnings: at most 7 codes for each of an ending's characters.
@lru_cache(2_000)
def _drawn(text: str) -> tuple[int, int]:
    # One version for all texts of this length: 8-bit bytes whatever they are.
    made = segno.make(text.encode(), mode="byte", error=_LEVEL, mask=_MASK, boost_error=False, micro=False)
    modules = 0
    for row in made.matrix:
        for module in row:
            modules = modules << 1 | module
    return len(made.matrix), modules
