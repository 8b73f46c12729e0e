"""Our estimators beside R's `survey`: a file of cases (design, call, value) is computed anew and compared.

A case's `value` is what R gave. Its `design` is a call of `svydesign`, its `r_call` one of the calls below, on a design
called `d` or anything else. What isn't known is told as such and counts as a failure.
"""

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.r_language import Call, Name, NotUnderstood, Tree, parse
from bench.r_sample import Column, Sample, plainly, read, sampled, terms
from survey.estimation import calibration, estimates, profile, tables
from survey.estimation.design import Design, Floats, codes, sample
from survey.estimation.errors import EstimationError, TrimInfeasible
from survey.estimation.intervals import Method, proportion_interval
from survey.estimation.quantiles import quantile
from survey.estimation.replicates import Replicates, jackknife

LIMIT = 1e-9

Value = Any
Found = Mapping[str, Value] | float


@dataclass(frozen=True)
class Case:
    """One call with what R answered."""

    name: str
    design: str
    r_call: str
    value: Value


@dataclass(frozen=True)
class Outcome:
    """How far we are from R in a case: the largest relative error (absolute where R has 0), or why there is none."""

    name: str
    error: float | None
    problem: str | None = None

    @property
    def good(self) -> bool:
        """Whether all digits agree."""
        return self.error is not None and self.error <= LIMIT


def cases_of(file: Path) -> list[Case]:
    """Return the cases of a file."""
    found = json.loads(file.read_text(encoding="utf-8"))["cases"]
    return [Case(name, each["design"], each["r_call"], each["value"]) for name, each in found.items()]


def run(file: Path, folder: Path) -> bool:
    """Print each case's error; return whether all agree to nine digits."""
    outcomes = compare(file, folder)
    shown = Table("case", "relative error", "")
    for outcome in outcomes:
        error = "–" if outcome.error is None else f"{outcome.error:.1e}"
        shown.add_row(outcome.name, error, outcome.problem or ("" if outcome.good else "differs"))
    console = Console()
    console.print(shown)
    good = sum(outcome.good for outcome in outcomes)
    console.print(f"{good} of {len(outcomes)} within {LIMIT:g}")
    return good == len(outcomes)


def compare(file: Path, folder: Path) -> list[Outcome]:
    """Compute each case of a file on the CSV data of a folder."""
    cases = cases_of(file)
    data = {path.stem: read(path) for path in sorted(folder.glob("*.csv"))}
    return [_outcome(case, cases, data) for case in cases]


def _outcome(case: Case, cases: Sequence[Case], data: Mapping[str, Mapping[str, Column]]) -> Outcome:
    try:
        found = _Answer(case, cases, data).value()
        return Outcome(case.name, max(_errors(case.value, found)))
    except EstimationError as error:
        if isinstance(case.value, str):
            return Outcome(case.name, 0.0)
        return Outcome(case.name, None, f"{type(error).__name__}: {error}")
    except NotUnderstood as error:
        return Outcome(case.name, None, f"not understood: {error}")


def _errors(expected: Value, found: Value) -> Iterator[float]:
    """Yield the error of each number that R gave; infinite where ours is missing or another word."""
    if isinstance(expected, Mapping):
        for key, value in cast(Mapping[str, Value], expected).items():
            if not isinstance(found, Mapping) or key not in found:
                raise NotUnderstood(f"{key} is asked for")
            yield from _errors(value, cast(Mapping[str, Value], found)[key])
    elif isinstance(expected, list):
        given = np.asarray(found).tolist() if not isinstance(found, list) else cast(list[Value], found)
        given = given if isinstance(given, list) else [given]
        if len(given) != len(cast(list[Value], expected)):
            yield float("inf")
        for value, ours in zip(cast(list[Value], expected), cast(list[Value], given), strict=False):
            yield from _errors(value, ours)
    elif expected == "NaN":
        yield 0.0 if np.isnan(found) else float("inf")
    elif isinstance(expected, bool | str):
        yield 0.0 if expected == found else float("inf")
    else:
        ours = float(np.asarray(found).reshape(-1)[0])
        yield abs(ours - expected) / (abs(expected) if expected else 1.0)


class _Answer:
    """What our estimators say to a case."""

    def __init__(self, case: Case, cases: Sequence[Case], data: Mapping[str, Mapping[str, Column]]) -> None:
        self._case, self._cases, self._data = case, cases, data
        self._call = re.split(r"\s+#", case.r_call)[0].strip()
        self._sample = _two_waves(case.design, data) or sampled(parse(case.design), data)

    @property
    def _design(self) -> Design:
        return self._sample.design

    def value(self) -> Found:
        """Return our answer in the shape of R's."""
        for form, answer in (*_IN_WORDS, (r"rake\(.*", _Answer._raked_case)):
            if match := re.fullmatch(form, self._call):
                return answer(self, match)
        call = parse(self._call)
        if not isinstance(call, Call) or call.function not in _CALLS:
            raise NotUnderstood(self._call)
        return _CALLS[call.function](self, call)

    def degrees(self, _: Call) -> Found:
        return float(self._design.degrees_of_freedom)

    def means(self, call: Call) -> Found:
        if isinstance(call.arguments[1], Call) and call.arguments[1].function == "as.svrepdesign":
            return self._by_replicates(call.arguments[0], jackknife(self._design))
        return self._described(call, "mean")

    def totals(self, call: Call) -> Found:
        return self._described(call, "total")

    def _described(self, call: Call, kind: str) -> Found:
        values = np.hstack([self._sample.values(term) for term in terms(call.arguments[0])])
        found = (estimates.mean if kind == "mean" else estimates.total)(self._design, values)
        answer: dict[str, Value] = {
            "names": [name for term in terms(call.arguments[0]) for name in self._names(term)],
            "estimate": found.values,
            "se": found.errors,
        }
        effect = call.option("deff")
        if effect is not None:
            answer["deff"] = estimates.design_effect(
                self._design, values, "mean" if kind == "mean" else "total", replace=effect == "replace"
            )
        return answer

    def _names(self, term: Tree) -> list[str]:
        shown = term.text if isinstance(term, Name) else str(term)
        if self._sample.column(term).dtype.kind in "fb":
            return [shown]
        return [shown + level for level in self._sample.groups(term)[0]]

    def table(self, call: Call) -> Found:
        (rows, row), (columns, column) = (self._sample.groups(term) for term in terms(call.arguments[0]))
        return {"rows": rows, "cols": columns, "counts": estimates.table(self._design, row, column)}

    def association(self, call: Call) -> Found:
        (_, row), (_, column) = (self._sample.groups(term) for term in terms(call.arguments[0]))
        wanted = call.option("statistic") or "F"
        if wanted not in ("F", "Chisq"):
            raise NotUnderstood(f"statistic {wanted}")
        found = tables.independence(self._design, row, column, "F" if wanted == "F" else "Chisq")
        return {"statistic": found.statistic, "parameter": list(found.degrees_of_freedom), "p": found.p}

    def proportion(self, call: Call) -> Found:
        answers = self._sample.values(terms(call.arguments[0])[0])[:, 0]
        method = call.option("method") or "logit"
        level = call.option("level")
        share = 0.95 if level is None else cast(float, level)
        found = estimates.mean(self._design, answers)
        p, error, freedom = float(found.values[0]), float(found.errors[0]), self._freedom(call)
        if method == "likelihood":
            used = ~np.isnan(answers) & (self._design.weights > 0)
            logistic = profile.fit(answers[used], self._design.weights[used])
            return {"p": p, "ci": list(profile.likelihood_interval(logistic, error, freedom, share))}
        size = int(np.count_nonzero(~np.isnan(answers) & (self._design.weights > 0)))
        return {"p": p, "ci": list(proportion_interval(p, error, freedom, size, cast(Method, method), share))}

    def _freedom(self, call: Call) -> float:
        given = call.option("df")
        return float(given) if isinstance(given, float) else float(self._design.degrees_of_freedom)

    def by(self, call: Call) -> Found:
        groups, group = self._sample.groups(terms(call.arguments[1])[0])
        if call.arguments[3] not in (Name("svymean"), Name("svytotal")):
            raise NotUnderstood(f"svyby of {call.arguments[3]}")
        estimate = estimates.mean if call.arguments[3] == Name("svymean") else estimates.total
        term = terms(call.arguments[0])[0]
        values = self._sample.values(term)
        found = [estimate(self._design, values, group == place) for place in range(len(groups))]
        answer: dict[str, Value] = {"group": groups}
        if values.shape[1] == 1:
            return {
                **answer,
                "estimate": [each.values[0] for each in found],
                "se": [each.errors[0] for each in found],
            }
        for place, level in enumerate(self._sample.groups(term)[0]):
            answer[level.lower()] = [each.values[place] for each in found]
            answer[f"se_{level.lower()}"] = [each.errors[place] for each in found]
        return answer

    def t_test(self, call: Call) -> Found:
        formula = call.arguments[0]
        if not isinstance(formula, Call):
            raise NotUnderstood(self._call)
        values = self._sample.values(formula.arguments[0])[:, 0]
        levels, group = self._sample.groups(formula.arguments[1])
        if len(levels) != 2:
            raise NotUnderstood("a t-test compares two groups")
        found = estimates.difference(self._design, values, group == 1)
        return {
            "t": found.statistic, "df": found.degrees_of_freedom, "p": found.p, "estimate": found.estimate,
        }  # fmt: skip

    def quantiles(self, call: Call) -> Found:
        values = self._sample.values(terms(call.arguments[0])[0])[:, 0]
        wanted = call.arguments[2]
        shares = wanted.arguments if isinstance(wanted, Call) else (wanted,)
        found = [quantile(self._design, values, cast(float, share)) for share in shares]
        return {
            "q": [each.value for each in found],
            "se": [each.error for each in found],
            "lo": [each.low for each in found],
            "hi": [each.high for each in found],
        }

    def ratios(self, call: Call) -> Found:
        above, below = (self._sample.values(terms(each)[0])[:, 0] for each in call.arguments[:2])
        found = estimates.ratio(self._design, above, below)
        return {"ratio": found.values[0], "se": found.errors[0]}

    def post_stratified(self, call: Call) -> Found:
        term = terms(call.arguments[1])[0]
        totals: dict[Hashable, float] = {name: cast(float, total) for name, total in call.named}
        adjusted = calibration.post_stratify(self._design, calibration.Margin(self._sample.column(term), totals))
        return self._adjusted(adjusted)

    def _raked_case(self, _: re.Match[str]) -> Found:
        return self._adjusted(self._raked())

    def _raked(self) -> Design:
        return calibration.rake(self._design, self._margins())

    def _margins(self) -> list[calibration.Margin]:
        """Return the margins of the case, or of the first raking on the same design."""
        calls = [self._call, *(case.r_call for case in self._cases if case.design == self._case.design)]
        text = next((call for call in calls if re.match(r"rake\(\w+,\s*list", call)), None)
        match = text and re.match(r"rake\(\w+,\s*list\(([^)]*)\),\s*margins (.*)\)$", text)
        if not match:
            raise NotUnderstood("no margins to rake to")
        parts = [part.strip() for part in match[2].split(";") if "epsilon" not in part]
        return [
            calibration.Margin(self._sample.column(terms(parse(formula))[0]), _totals(part))
            for formula, part in zip(match[1].split(","), parts, strict=True)
        ]

    def trimmed(self, call: Call) -> Found:
        design = self._raked() if call.arguments[0] == Name("rake") else self._design
        mean = float(design.weights.mean())
        lower, upper = (_bound(call.option(name), mean) for name in ("lower", "upper"))
        try:
            found = calibration.trimmed(
                design,
                lower=0.0 if lower is None else lower,
                upper=np.inf if upper is None else upper,
                strict=call.option("strict") == Name("TRUE"),
            )
        except TrimInfeasible:
            return {"infeasible": True, "mean_weight": mean}
        return self._adjusted(found)

    def _by_replicates(self, formula: Tree, replicates: Replicates) -> Found:
        term = terms(formula)[0]
        values = self._sample.values(term)[:, 0]
        found, covariance = replicates.estimate(lambda weights: (weights @ values) / weights.sum())
        return {"names": self._names(term), "estimate": found, "se": np.sqrt(np.diag(covariance))}

    def raked_replicates(self, _: re.Match[str]) -> Found:
        margins = self._margins()

        def adjust(weights: Floats) -> Floats:
            return calibration.rake(self._design.reweighted(weights), margins).weights

        name = self._case.value["names"][0]
        return self._by_replicates(Call("~", (Name(name),)), jackknife(self._design).adjusted(adjust))

    def change_between_waves(self, match: re.Match[str]) -> Found:
        answers = self._sample.values(terms(parse(match[1]))[0])[:, 0]
        wave = self._sample.column(Name("wave"))
        found = estimates.difference(self._design, answers, np.asarray(wave == match[2]))
        error = found.estimate / found.statistic
        test = {"t": found.statistic, "df": found.degrees_of_freedom, "p": found.p}
        return {"diff": found.estimate, "se": error, "degf": self._design.degrees_of_freedom, "ttest": test}

    def raked_with_level(self, match: re.Match[str]) -> Found:
        margin = self._any_margin()
        totals = {**margin.totals, match[1]: float(match[2])}
        calibration.rake(self._design, [calibration.Margin(margin.levels, totals)])
        raise NotUnderstood("nothing was refused")

    def post_stratified_without(self, match: re.Match[str]) -> Found:
        margin = self._any_margin()
        totals = {level: total for level, total in margin.totals.items() if level != match[1]}
        calibration.post_stratify(self._design, calibration.Margin(margin.levels, totals))
        raise NotUnderstood("nothing was refused")

    def post_stratified_with(self, match: re.Match[str]) -> Found:
        margin = self._any_margin()
        totals = {**margin.totals, match[1]: 10.0}
        calibration.post_stratify(self._design, calibration.Margin(margin.levels, totals))
        raise NotUnderstood("nothing was refused")

    def _any_margin(self) -> calibration.Margin:
        return self._margins()[0]

    def _adjusted(self, design: Design) -> Found:
        """Return what a case wants to know of adjusted weights, each by its key."""
        return {key: self._of_weights(key, design) for key in self._case.value}

    def _of_weights(self, key: str, design: Design) -> Value:
        weights = design.weights
        plain: dict[str, Callable[[], Value]] = {
            "sum": weights.sum, "sum_w": weights.sum, "max": weights.max, "min": weights.min,
            "sum_w2": (weights**2).sum,
            "kish_neff": lambda: estimates.effective_size(weights),
            "kish_deff": lambda: _kish(weights),
            "kish_deff_after": lambda: _kish(weights),
            "kish_deff_before": lambda: _kish(self._design.weights),
            "cell_weights": lambda: self._cell_weights(weights),
        }  # fmt: skip
        if key in plain:
            return plain[key]()
        if match := re.fullmatch(r"(?:weight|w)_by_(.+)", key):
            levels, group = self._sample.groups(Name(match[1]))
            return {level: weights[group == place][0] for place, level in enumerate(levels)}
        if match := re.fullmatch(r"(mean|total)_(.+)", key):
            term = Name(next((name for name in self._sample.columns if plainly(name) == match[2]), match[2]))
            of = estimates.mean if match[1] == "mean" else estimates.total
            found = of(design, self._sample.values(term))
            if isinstance(self._case.value[key], float):
                return found.values
            return {"names": self._names(term), "estimate": found.values, "se": found.errors}
        raise NotUnderstood(key)

    def _cell_weights(self, weights: Floats) -> Value:
        (rows, row), (columns, column) = (_levels(margin) for margin in self._margins())
        found = np.zeros((len(rows), len(columns)))
        found[row, column] = weights
        return {"rows": rows, "cols": columns, "w": found}


def _levels(margin: calibration.Margin) -> tuple[list[str], Any]:
    return [str(level) for level in np.unique(margin.levels)], codes(margin.levels)


def _kish(weights: Floats) -> float:
    return len(weights) / estimates.effective_size(weights)


def _totals(text: str) -> dict[Hashable, float]:
    pairs = (part.split("=") for part in text.split(","))
    return {name.strip(): float(total) for name, total in pairs}


def _bound(tree: Tree | None, mean: float) -> float | None:
    """Return a bound given as a number, or as a multiple of the mean weight."""
    if tree is None or isinstance(tree, float):
        return tree
    if isinstance(tree, Call) and tree.function == "*" and isinstance(tree.arguments[0], float):
        return tree.arguments[0] * mean
    raise NotUnderstood(f"bound {tree}")


def _two_waves(design: str, data: Mapping[str, Mapping[str, Column]]) -> Sample | None:
    """Return two samples as one, each a stratum or more of its own, where a design says so."""
    match = re.search(r"data=rbind\((\w+) (\w+) str='(\w+)', (\w+) (\w+) str='(\w+)'\+(\w+)\)", design)
    if not match:
        return None
    one, two = data[match[1]], data[match[4]]
    columns = {name: np.concatenate([one[name], two[name]]) for name in one if name in two}
    size = [len(next(iter(each.values()))) for each in (one, two)]
    columns["wave"] = np.repeat([match[2], match[5]], size)
    strata = [match[3]] * size[0] + [match[6] + str(level) for level in two[match[7]]]
    return Sample(
        columns,
        sample(size=sum(size), strata=[np.array(strata)], weights=columns["pw"], populations=[columns["fpc"]]),
    )


_CALLS: Mapping[str, Callable[[_Answer, Call], Found]] = {
    "degf": _Answer.degrees,
    "svymean": _Answer.means,
    "svytotal": _Answer.totals,
    "svytable": _Answer.table,
    "svychisq": _Answer.association,
    "svyciprop": _Answer.proportion,
    "svyby": _Answer.by,
    "svyttest": _Answer.t_test,
    "svyquantile": _Answer.quantiles,
    "svyratio": _Answer.ratios,
    "postStratify": _Answer.post_stratified,
    "trimWeights": _Answer.trimmed,
}

# Cases that are told in words, or in R that only makes sense to people.
_IN_WORDS: Sequence[tuple[str, Callable[[_Answer, re.Match[str]], Found]]] = (
    (r"rake on JK1", _Answer.raked_replicates),
    (r"rake margin has level (\w+) \(Freq (\d+)\) with no respondent", _Answer.raked_with_level),
    (r"postStratify without level (\w+)", _Answer.post_stratified_without),
    (r"postStratify with level (\w+) no respondent", _Answer.post_stratified_with),
    (r"svycontrast\(svyby\((.+),~wave,svymean,covmat=TRUE\),(\w+)-\w+\)", _Answer.change_between_waves),
)
