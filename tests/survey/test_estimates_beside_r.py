"""Estimates and their errors equal those of R's `survey`: a file of its answers, and samples that R is asked about anew."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from bench.estimates import compare

HERE = Path(__file__).parent

DESIGNS = {
    "two stages, weights from sizes": "svydesign(id=~cluster+person,strata=~stratum,fpc=~n1+n2,data=made)",
    "two stages, own weights": "svydesign(id=~cluster+person,strata=~stratum,weights=~w,fpc=~n1+n2,data=made)",
    "clusters with replacement": "svydesign(id=~cluster,strata=~stratum,weights=~w,data=made)",
    "strata with replacement": "svydesign(id=~1,strata=~stratum,weights=~w,data=made)",
    "weights alone": "svydesign(id=~1,weights=~w,data=made)",
}
CALLS = [
    "degf(d)",
    "svymean(~y+x,d,deff=TRUE)",
    "svymean(~y,d,deff='replace')",
    "svymean(~z,d,na.rm=TRUE,deff=TRUE)",
    "svytotal(~z,d,na.rm=TRUE,deff=TRUE)",
    "svymean(~age,d,deff=TRUE)",
    "svytotal(~age,d,deff=TRUE)",
    "svychisq(~age+yes,d,statistic='F')",
    "svychisq(~age+yes,d,statistic='Chisq')",
    *(
        f"svyciprop(~I(yes=='Yes'),d,method='{method}')"
        for method in ("logit", "likelihood", "asin", "beta", "mean", "xlogit")
    ),
    "svyby(~y,~age,d,svymean)",
    "svyby(~y,~age,d,svytotal)",
    "svyttest(y~gender,d)",
    "svyquantile(~y,d,c(.25,.5,.75,.9))",
    "svyratio(~x,~y,d)",
    "svyratio(~z,~y,d,na.rm=TRUE)",
]
AGES = {"a25": 400, "a35": 300, "a45": 200, "u25": 100}
GENDERS = {"f": 480, "m": 520}


def as_frame(name: str, totals: dict[str, int]) -> str:
    levels = ",".join(f"'{level}'" for level in totals)
    return f"data.frame({name}=c({levels}),Freq=c({','.join(map(str, totals.values()))}))"


def as_words(totals: dict[str, int]) -> str:
    return ",".join(f"{level}={total}" for level, total in totals.items())


ADJUSTED = [
    {
        "r_call": f"postStratify(d,~age,{as_words(AGES)})",
        "r": f"{{p<-postStratify(d,~age,{as_frame('age', AGES)});list(mean_y=svymean(~y,p),total_x=svytotal(~x,p))}}",
    },
    {
        "r_call": f"rake(d,list(~age,~gender),margins {as_words(AGES)}; {as_words(GENDERS)}; epsilon=1e-10)",
        "r": f"{{p<-rake(d,list(~age,~gender),list({as_frame('age', AGES)},{as_frame('gender', GENDERS)}),"
        "control=list(epsilon=1e-10,maxit=200));"
        "list(sum_w2=sum(weights(p)^2),mean_y=svymean(~y,p),total_x=svytotal(~x,p),mean_yes=svymean(~yes,p))}",
    },
]


def made_up_sample(seed: int) -> list[dict[str, object]]:
    """People in clusters of unequal size in four strata, with unequal weights and some answers missing."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for stratum in range(4):
        clusters = int(random.integers(3, 7))
        population = clusters * int(random.integers(2, 5))
        for cluster in range(clusters):
            drawn = int(random.integers(2, 9))
            size = drawn + int(random.integers(0, 20))
            level = 50 + 5 * stratum + random.normal(0, 3)
            for _ in range(drawn):
                y = float(level + random.normal(0, 4))
                gender = "f" if random.random() < 0.45 else "m"
                rows.append(
                    {
                        "stratum": f"s{stratum}",
                        "cluster": f"c{stratum}_{cluster}",
                        "person": f"p{len(rows)}",
                        "n1": population,
                        "n2": size,
                        "w": population / clusters * size / drawn * float(random.uniform(0.6, 1.7)),
                        "y": round(y, 3),
                        "x": round(abs(y * 0.7 + float(random.normal(0, 3))), 2),
                        "z": "" if random.random() < 0.08 else round(float(random.normal(10, 2)), 3),
                        "gender": gender,
                        "age": str(random.choice(list(AGES), p=[0.35, 0.3, 0.2, 0.15])),
                        "yes": "Yes" if random.random() < 0.3 + 0.1 * (gender == "f") else "No",
                    }
                )
    return rows


@pytest.mark.skipif("LOA_REFERENCE_DIR" not in os.environ, reason="LOA_REFERENCE_DIR names no reference figures")
def test_every_figure_of_the_reference_file_is_met_to_nine_digits():
    folder = Path(os.environ["LOA_REFERENCE_DIR"]) / "survey-reference" / "r_survey"
    outcomes = compare(folder / "expected.json", folder)
    assert len(outcomes) == 77
    assert [outcome for outcome in outcomes if not outcome.good] == []


@pytest.mark.skipif(
    shutil.which("Rscript") is None and "LOA_REFERENCE_DIR" not in os.environ, reason="Rscript is not installed"
)
@pytest.mark.parametrize("seed", [5, 11])
def test_r_gives_the_same_figures_for_samples_made_up_here(seed, tmp_path):
    rows = made_up_sample(seed)
    data = tmp_path / "data"
    data.mkdir()
    with (data / "made.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    calls = [{"r_call": call} for call in CALLS] + ADJUSTED
    cases = {
        f"{name}: {call['r_call']}": {"design": design, **call} for name, design in DESIGNS.items() for call in calls
    }
    asked, answered = tmp_path / "cases.json", tmp_path / "answers.json"
    asked.write_text(json.dumps(cases), encoding="utf-8")
    subprocess.run(["Rscript", HERE / "beside_r.R", asked, data, answered], check=True, timeout=120)
    outcomes = compare(answered, data)
    assert len(outcomes) == len(DESIGNS) * len(calls)
    assert [outcome for outcome in outcomes if not outcome.good] == []
