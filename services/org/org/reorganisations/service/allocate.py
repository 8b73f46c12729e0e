"""Sharing out whole people so that nobody is lost or counted twice."""

from collections.abc import Sequence
from decimal import Decimal

# A share is kept with eight decimals (column `succession.share`): sums are exact in these units.
UNITS = 10**8


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share out `total` things by weights so that the parts are whole and their sum is `total`.

    Hamilton's method of the largest remainder: part i first gets the whole number in its quota
    total · wᵢ / Σw, then the parts with the largest fractions get one more each until all is shared out; of equal
    fractions the earlier part comes first. Each part differs from its quota by less than one. (Balinski and Young,
    Fair Representation, 2nd ed. 2001, chapter 2 and appendix A.) Integers throughout, so nothing is rounded twice.

    `total` is at least 0; weights are at least 0 and not all 0, else ValueError.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("shares out a number of at least 0 by weights of at least 0 that are not all 0")
    parts = [total * weight // whole for weight in weights]
    fractions = [total * weight % whole for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda i: (-fractions[i], i))
    for i in by_fraction[: total - sum(parts)]:
        parts[i] += 1
    return parts


def equal_shares(count: int, of: int = UNITS) -> list[int]:
    """Return `count` shares in hundred-millionths that sum to `of` and differ by one unit at most."""
    return largest_remainder(of, [1] * count)


def as_units(share: Decimal) -> int:
    """Return a share in hundred-millionths."""
    return int((share * UNITS).to_integral_value())


def as_share(units: int) -> Decimal:
    """Return hundred-millionths as a share."""
    return Decimal(units) / UNITS
