"""How far a share may be off: Wilson's interval, the only one that a release states for now."""

from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Both ends of an interval of shares, each between 0 and 1."""

    low: float
    high: float


def wilson(n: int, base: int, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's score interval, without continuity correction, for a share of `n` out of `base` answers.

    With p = n/base and z the (1 + confidence)/2 quantile of the normal distribution, its ends are
    (p + z²/2b ± z √(p(1−p)/b + z²/4b²)) / (1 + z²/b), where b is the base: E. B. Wilson, Journal of the American
    Statistical Association 22 (1927), 209–212; method 3 in R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872,
    whose table of known values the tests use. It never leaves 0…1 and is not empty at 0 or `base`.

    It treats the answers as a simple random sample without weights. Raises ValueError unless 0 ≤ n ≤ base and base > 0.
    """
    if base <= 0 or not 0 <= n <= base:
        raise ValueError("a share needs 0 ≤ n ≤ base and a base above 0")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = n / base
    scale = 1 + z * z / base
    centre = (share + z * z / (2 * base)) / scale
    half = z * (share * (1 - share) / base + z * z / (4 * base * base)) ** 0.5 / scale
    # Rounding may leave 1e-17 where the formula has exactly 0 or 1.
    return Interval(low=0.0 if n == 0 else centre - half, high=1.0 if n == base else centre + half)
