"""A release's workings: the rows it was computed from and its figures at full length, for whoever computes it again.

They are kept only where LOA_RELEASE_WORKINGS names a folder, in the worker: they show every single answer, and what a
release hides. `docs/results-method.md` says what the files hold and how R makes the same release of them.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from survey.questionnaires.definition import NOT_SAID
from survey.results.columns import Ticks
from survey.results.composition import CONFIDENCE, Composition
from survey.results.nodes import Piece
from survey.results.questions import PARTICIPATION, Question
from survey.results.tabulation import Tally
from survey.weighting.frame import CAP
from survey.weighting.shares import Shares

Table = Any
"""One of pyarrow's, which ships no types."""

_CELLS = pa.schema(
    [
        *((name, pa.string()) for name in ("question", "path", "region", "age_band", "gender", "choice")),
        *((name, pa.int64()) for name in ("n", "people", "chosen")),
        *((name, pa.float64()) for name in ("share", "error", "low", "high", "mean", "mean_error")),
    ]
)


def keep_workings(folder: Path, release_id: UUID, composition: Composition) -> None:
    """Write a release's workings into a folder of its own, which appears when all of it is there.

    `answers.csv` (a row for each answer), `people.csv` (the frame), `strata.csv` (weights by place, age band and
    gender), `cells.csv` (all shown cells, not rounded) and `method.json`. What an earlier attempt left is replaced.
    Only this user can read them.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial, whole = folder / f".{release_id}", folder / str(release_id)
    for left in (partial, whole):
        shutil.rmtree(left, ignore_errors=True)
    partial.mkdir(mode=0o700)
    for name, table in (
        ("answers", _answers(composition)),
        ("people", _people(composition)),
        ("strata", _strata(composition)),
    ):
        with _new(partial / f"{name}.csv") as file:
            csv.write_csv(table, file)
    with _new(partial / "cells.csv") as file, csv.CSVWriter(file, _CELLS) as writer:
        for table in _cells(composition):
            writer.write_table(table)
    with _new(partial / "method.json") as file:
        file.write(orjson.dumps(_method(composition), option=orjson.OPT_INDENT_2))
    partial.rename(whole)


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _named(numbers: NDArray[np.int32], names: Sequence[str | None]) -> Any:
    """Return a column of names, of which each number is the place."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers), pa.array(names, type=pa.string()))


def _answers(composition: Composition) -> Table:
    material, weights = composition.material, composition.weights
    answers, axes = material.answers, material.axes
    of_piece = _places(composition)
    place = np.array([of_piece.get(piece, -1) for piece in material.pieces])[answers.piece]
    at = (place, answers.age_band, answers.gender)
    columns = {
        "path": _named(answers.piece, [piece.path for piece in material.pieces]),
        "region": _named(answers.piece, [piece.region for piece in material.pieces]),
        "place": _named(place.astype(np.int32), composition.counted.nodes.place_names),
        "age_band": _named(answers.age_band, axes.age_band),
        "gender": _named(answers.gender, axes.gender),
        "weight": pa.array(weights.weight[at]),
        "post_stratum": pa.array(weights.stratum[at]),
    }
    said = {
        f"q.{question.code}": _said(question, ticks)
        for question, ticks in zip(material.questions, answers.ticks, strict=True)
    }
    return pa.table(columns | said)


def _places(composition: Composition) -> Mapping[Piece, int]:
    nodes = composition.counted.nodes
    return dict(zip(nodes.pieces, nodes.places, strict=True))


def _said(question: Question, ticks: Ticks) -> Any:
    """Return a question's answers: the codes chosen, with blanks between them; null where nothing was said."""
    codes = np.array(question.codes)
    return _named(ticks.pattern, [None, *(" ".join(codes[chosen]) for chosen in ticks.patterns[1:])])


def _people(composition: Composition) -> Table:
    """Return the frame as it was frozen: categories that the release does not keep, too."""
    material, of_piece = composition.material, _places(composition)
    names, regions = composition.counted.nodes.place_names, set(material.axes.region)
    rows: list[tuple[str | int | None, ...]] = []
    for group in material.groups:
        piece = Piece(group.path, group.region if group.region and group.region in regions else NOT_SAID)
        place = names[of_piece[piece]] if piece in of_piece else None
        rows += [(*piece, place, *segment, people) for segment, people in sorted(group.people.items())]
    return _table(("path", "region", "place", "age_band", "gender", "people"), rows)


def _strata(composition: Composition) -> Table:
    """Return a row for each place, age band and gender; the levels of raked margins where weights were raked."""
    weights, axes = composition.weights, composition.material.axes
    names, raking = composition.counted.nodes.place_names, weights.raking
    rows = [
        (
            *(names[at[0]], axes.age_band[at[1]], axes.gender[at[2]]),
            *(float(weights.people[at]), int(weights.answers[at]), float(weights.weight[at]), int(weights.stratum[at])),
            *(
                (None,) * 3
                if raking is None
                else map(int, (raking.place[at[0]], raking.age_band[at[1]], raking.gender[at[2]]))
            ),
        )
        for at in np.ndindex(weights.people.shape)
    ]
    levels = ("place_level", "age_level", "gender_level")
    return _table(("place", "age_band", "gender", "people", "answers", "weight", "post_stratum", *levels), rows)


def _table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    return pa.table([list(column) for column in zip(*rows, strict=True)], names=list(names))


def _cells(composition: Composition) -> Iterator[Table]:
    """Yield the shown cells of one question after another, by the very arrays that the release rounds."""
    yield _shown(composition, PARTICIPATION, (), None)
    for question, counts in zip(composition.material.questions, composition.counted.tallies, strict=True):
        yield _shown(composition, question.code, question.codes, composition.estimates(question, counts))


def _shown(composition: Composition, code: str, choices: Sequence[str], shares: Shares | None) -> Table:
    counted, axes = composition.counted, composition.material.axes
    tally, mask = composition.tallies[code], composition.masks.by_question[code]
    rests = np.array([node.is_rest for node in counted.nodes.nodes])
    at = np.nonzero(~mask & ~rests[:, None, None])
    places = {
        "path": np.array([node.path for node in counted.nodes.nodes])[at[0]],
        "region": np.array([node.region for node in counted.nodes.nodes], dtype=object)[at[0]],
        "age_band": np.array([*axes.age_band, None], dtype=object)[at[1]],
        "gender": np.array([*axes.gender, None], dtype=object)[at[2]],
        "n": tally.base[at],
        "people": counted.everyone[at],
    }
    parts = [] if shares is None else [_of_choice(tally, shares, at, number) for number in range(len(choices))]
    tables = [_filled(code, choice, places | part) for choice, part in zip(choices, parts, strict=True)]
    if shares is None:
        return _filled(code, None, places)
    if shares.mean is not None and shares.mean_error is not None:
        tables.append(_filled(code, None, places | {"mean": shares.mean[at], "mean_error": shares.mean_error[at]}))
    return pa.concat_tables(tables)


def _of_choice(tally: Tally, shares: Shares, at: tuple[NDArray[np.intp], ...], choice: int) -> dict[str, Any]:
    figures = {"share": shares.share, "error": shares.error, "low": shares.low, "high": shares.high}
    return {"chosen": tally.chosen[*at, choice]} | {name: figure[*at, choice] for name, figure in figures.items()}


def _filled(code: str, choice: str | None, columns: Mapping[str, Any]) -> Table:
    size = len(columns["n"])
    known = {"question": [code] * size, "choice": [choice] * size, **columns}
    return pa.table(
        [pa.array(known[name], type=type_) if name in known else pa.nulls(size, type_) for name, type_ in _types()],
        schema=_CELLS,
    )


def _types() -> Iterator[tuple[str, Any]]:
    return zip(_CELLS.names, _CELLS.types, strict=True)


def _method(composition: Composition) -> dict[str, Any]:
    material = composition.material
    return {
        "method": composition.method,
        "confidence": CONFIDENCE,
        "cap": CAP,
        "raked": composition.weights.raking is not None,
        "target": material.target,
        "axes": material.axes._asdict(),
        "questions": [
            {"code": question.code, "codes": question.codes, "points": question.points}
            for question in material.questions
        ],
    }
