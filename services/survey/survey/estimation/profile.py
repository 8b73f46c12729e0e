"""The likelihood interval of a proportion just as R's `survey` 4.5 computes it, numerical detail included.

The exact interval and R's differ by some 2·10⁻⁴: R walks along the profile of a logistic regression on a constant in
steps of a fifth of the range, draws a cubic spline through the points, and interpolates between 3 values a point. Who
compares our figures with R's must find the same digits, so this follows R and not the exact root.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as fisher
from scipy.stats import norm
from scipy.stats import t as student

from survey.estimation.design import Floats
from survey.estimation.intervals import Interval

STEPS = 5
MOST_STEPS = 10


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression on a constant: the proportion, and p(1−p) one iteration before it was found."""

    p: float
    spread_before: float
    dispersion: float
    size: int


def fit(answers: Floats, weights: Floats) -> Logistic:
    """Fit by iteratively reweighted least squares, until the deviance changes by less than 10⁻⁸ of itself.

    `answers` (n) are 0 and 1, both of them, `weights` (n) above 0. P. McCullagh, J. A. Nelder, Generalized Linear
    Models (1989), section 2.5, with its starting values (wy + ½) / (w + 1).
    """
    scaled = weights / weights.mean()
    fitted = (scaled * answers + 0.5) / (scaled + 1)
    deviance = _deviance(answers, fitted, scaled)
    linear = np.log(fitted / (1 - fitted))
    size = len(answers)
    before, p, working = np.inf, 0.5, scaled
    # Written so that the first comparison, with an infinite deviance, goes on.
    while not abs(deviance - before) < 1e-8 * (abs(deviance) + 0.1):
        spread = fitted * (1 - fitted)
        working = scaled * spread
        centre = float((working * (linear + (answers - fitted) / spread)).sum() / working.sum())
        p = float(1 / (1 + np.exp(-centre)))
        linear, fitted = np.full_like(answers, centre), np.full_like(answers, p)
        before, deviance = deviance, _deviance(answers, fitted, scaled)
    pearson = float((scaled * (answers - p) ** 2).sum() / (size * p * (1 - p)))
    dispersion = pearson * size / (size - 1)
    return Logistic(p, float(working.sum() / size), dispersion, size)


def likelihood_interval(found: Logistic, error: float, freedom: float, level: float = 0.95) -> Interval:
    """Return the proportions whose likelihood ratio, scaled by the design effect, stays under t².

    `error` is the proportion's standard error, `freedom` the design's degrees of freedom: J. N. K. Rao, A. J. Scott,
    Annals of Statistics 12 (1984), 46–60, for one parameter. At p = 0 or 1, or without error, the point itself.
    """
    if error == 0 or found.p in (0.0, 1.0):
        return Interval(found.p, found.p)
    p, size = found.p, found.size
    scale = error / (p * (1 - p))
    effect = scale**2 * size * found.spread_before
    cut = float(student.ppf((1 + level) / 2, freedom)) * np.sqrt(effect)
    furthest = float(np.sqrt(fisher.ppf(1 - norm.sf(cut) / 2, 1, size - 1)))
    centre = float(np.log(p / (1 - p)))
    points = [(centre, 0.0)]
    for sign in (-1, 1):
        root, step = 0.0, 1
        while step < MOST_STEPS and abs(root) < furthest:
            at = centre + sign * step * furthest / STEPS * scale
            q = 1 / (1 + np.exp(-at))
            excess = 2 * size * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))) / found.dispersion
            root = sign * float(np.sqrt(max(excess, 0.0)))
            points.append((at, root))
            step += 1
    ordered = np.array(sorted(points))
    grid = np.linspace(ordered[0, 0], ordered[-1, 0], 3 * len(ordered))
    roots = _spline(ordered[:, 0], ordered[:, 1], grid)
    low, high = (1 / (1 + np.exp(-np.interp(end, roots, grid))) for end in (-cut, cut))
    return Interval(float(low), float(high))


def _deviance(answers: Floats, fitted: Floats, weights: Floats) -> float:
    return float(-2 * (weights * np.log(np.where(answers == 1, fitted, 1 - fitted))).sum())


def _spline(x: Floats, y: Floats, at: Floats) -> Floats:
    """Return the cubic spline through (x, y) whose ends bend like the cubics through the four points nearest to them.

    G. E. Forsythe, M. A. Malcolm, C. B. Moler, Computer Methods for Mathematical Computations (1977), section 4.4.
    """
    count = len(x)
    width, slope = np.diff(x), np.diff(np.asarray(y)) / np.diff(x)
    system, wanted = np.zeros((count, count)), np.zeros(count)
    for i in range(1, count - 1):
        system[i, i - 1 : i + 2] = width[i - 1], 2 * (width[i - 1] + width[i]), width[i]
        wanted[i] = slope[i] - slope[i - 1]
    bend = np.diff(slope) / (x[2:] - x[:-2])
    third = np.diff(bend) / (x[3:] - x[:-3])
    system[0, :2] = -width[0], width[0]
    wanted[0] = width[0] ** 2 * third[0]
    system[-1, -2:] = width[-1], -width[-1]
    wanted[-1] = -(width[-1] ** 2) * third[-1]
    curve = np.linalg.solve(system, wanted)
    place = np.clip(np.searchsorted(x, at, side="right") - 1, 0, count - 2)
    distance = at - x[place]
    linear = slope[place] - width[place] * (curve[place + 1] + 2 * curve[place])
    cubic = (curve[place + 1] - curve[place]) / width[place]
    return y[place] + distance * (linear + distance * (3 * curve[place] + distance * cubic))
