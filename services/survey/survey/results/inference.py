"""Whether differences may be chance: intervals, p-values and their correction, in plain Python for web processes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Correction = Literal["HOLM", "BH"]
CONFIDENCE = 0.95
# Steps of the continued fraction: some dozens are needed.
_STEPS = 500
_TINY = 1e-300


@dataclass(frozen=True)
class Difference:
    """A difference of two estimates. Without a standard error neither varied, and there is nothing to test."""

    value: float
    error: float
    low: float | None
    high: float | None
    p: float | None


def difference(value: float, error: float, freedom: float) -> Difference:
    """Return a difference with its 95 % interval and two-sided p by Student's t with so many degrees of freedom.

    `error` is the difference's standard error.
    """
    if error <= 0:
        return Difference(value, 0.0, None, None, None)
    half = t_quantile(freedom) * error
    return Difference(value, error, value - half, value + half, two_sided(value / error, freedom))


def freedom_of(parts: Sequence[tuple[float, int]]) -> float:
    """Return the degrees of freedom of a sum of independent estimates, each with its standard error and base.

    Welch and Satterthwaite: (Σ s²)² / Σ (s⁴ / (n − 1)) (B. L. Welch, Biometrika 34, 1947, 28–35).
    """
    below = sum(error**4 / max(base - 1, 1) for error, base in parts)
    return sum(error**2 for error, _ in parts) ** 2 / below if below else math.inf


def two_sided(t: float, freedom: float) -> float:
    """Return the chance of a t at least as far from 0: I_x(ν/2, 1/2) at x = ν / (ν + t²) (DLMF 8.17(i))."""
    if math.isinf(freedom):
        return math.erfc(abs(t) / math.sqrt(2))
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t), t * t / (freedom + t * t))


@lru_cache(maxsize=1_024)
def t_quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return the t that lies further from 0 with the chance 1 − confidence, by bisection to 1e-12."""
    low, high = 0.0, 1000.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if two_sided(middle, freedom) > 1 - confidence else (low, middle)
    return (low + high) / 2


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """Return the regularised incomplete beta function at x = 1 − rest by its continued fraction (DLMF 8.17.22)."""
    if rest <= 0:
        return 1.0
    if x <= 0:
        return 0.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(b, a, rest, x)
    factor = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest))
    return factor / a / _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """Return 1 + d₁/(1 + d₂/(1 + …)) by Lentz's algorithm."""
    value, upper, lower = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        half = step // 2
        if step % 2:
            d = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            d = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        lower = 1.0 / (1.0 + d * lower or _TINY)
        upper = 1.0 + d / upper or _TINY
        value *= upper * lower
        if abs(upper * lower - 1.0) < 1e-15:
            break
    return value


def corrected(values: Sequence[float | None], correction: Correction) -> list[float | None]:
    """Return p-values of tests made together, corrected; what was not tested stays without.

    `HOLM` bounds the chance of any false finding (S. Holm, Scandinavian Journal of Statistics 6, 1979, 65–70); `BH`
    the expected share of false ones among the findings (Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical
    Society B 57, 1995, 289–300). As R's p.adjust.
    """
    known = sorted((p, at) for at, p in enumerate(values) if p is not None)
    found: list[float | None] = [None] * len(values)
    size = len(known)
    worst = 0.0 if correction == "HOLM" else 1.0
    ordered = list(enumerate(known)) if correction == "HOLM" else list(enumerate(known))[::-1]
    for rank, (p, at) in ordered:
        worst = max(worst, (size - rank) * p) if correction == "HOLM" else min(worst, size / (rank + 1) * p)
        found[at] = min(worst, 1.0)
    return found


def wilson_weighted(share: float, error: float, base: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a weighted share, with its effective base and t of `base` − 1.

    As `survey.weighting.shares` does: the effective base is p(1 − p)/s², or `base` where nothing varies.
    """
    spread = share * (1 - share)
    worth = spread / error**2 if error > 0 and spread > 0 else float(base)
    t = t_quantile(max(base - 1, 1))
    scale = 1 + t * t / worth
    centre = (share + t * t / (2 * worth)) / scale
    half = t * math.sqrt(spread / worth + t * t / (4 * worth * worth)) / scale
    return (0.0 if share <= 0 else max(centre - half, 0.0)), (1.0 if share >= 1 else min(centre + half, 1.0))
