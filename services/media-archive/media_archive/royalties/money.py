"""Money in whole dong: how much a product is worth, and how that is divided among its authors.

A product is worth coefficient × value of a unit of the coefficient, rounded to a whole dong, half a dong up. It is
divided by shares rounded down; the dong that are left go one each to those who lost most by the rounding, and where
that is equal to the larger share, then to the author named first. So the parts always add up to the whole.
"""

from collections.abc import Sequence

WHOLE = 10_000
"""All shares together, in hundredths of a percent."""


def worth(coefficient: int, unit_value: int) -> int:
    """Return what a product is worth in dong; `coefficient` in hundredths."""
    return (coefficient * unit_value + 50) // 100


def divided(amount: int, shares: Sequence[int]) -> list[int]:
    """Return each author's part of an amount in dong (not negative); `shares` in hundredths of a percent."""
    if sum(shares) != WHOLE:
        raise ValueError("shares must add up to 100 %")
    parts = [amount * share // WHOLE for share in shares]
    left = amount - sum(parts)
    order = sorted(range(len(shares)), key=lambda place: (-(amount * shares[place] % WHOLE), -shares[place], place))
    for place in order[:left]:
        parts[place] += 1
    return parts
