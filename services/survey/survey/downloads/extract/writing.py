"""An extract as a file: a row for each answer, in an order of chance, with a codebook inside."""

import asyncio
import csv
import io
import secrets
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from survey.downloads.cells import harmless, plain
from survey.downloads.extract.answers import Extract, extract
from survey.downloads.extract.words import statement
from survey.downloads.progress import FileTooLarge, Progress
from survey.downloads.service import Download
from survey.results.reading import Release

# SPSS's bounds of labels, in bytes.
_VALUE_LABEL, _VARIABLE_LABEL = 120, 255
# Numbers in one file: a million answers with a hundred columns take a gigabyte while they are written.
MOST_NUMBERS = 100_000_000
_BLOCK = 10_000


@dataclass(frozen=True)
class Variable:
    """A column: numbers (NaN: no answer) and, where these are codes, what each stands for as a code and in words."""

    name: str
    label: str
    values: NDArray[np.float64]
    codes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


async def write_extract(found: Download, release: Release, path: Path, progress: Progress) -> None:
    """Write an extract in the download's format and language; raise FileTooLarge for what memory would not hold."""
    read = await extract(release)
    await progress.reach(0.5)
    columns = sum(len(question.codes) if question.has_several else 1 for question in read.questions)
    if (columns + len(read.traits) + 1) * read.answers > MOST_NUMBERS:
        raise FileTooLarge()
    write: Callable[[Extract, list[Variable], str, Path], None] = {
        "sav": _sav,
        "csv": _csv,
        "parquet": _parquet,
    }[found.format]
    await asyncio.to_thread(lambda: write(read, variables(read, found.language), found.language, path))


def variables(read: Extract, language: str) -> list[Variable]:
    """Return all columns, their rows in an order of chance that nobody can find again."""
    order = np.random.default_rng(secrets.randbits(128)).permutation(read.answers)
    found = [*_traits(read, language), *_questions(read, language)]
    weight = "Trọng số (trung bình của tổ hợp phân tổ)" if language == "vi" else "Weight (mean of its combination)"
    found.append(Variable("weight", weight, read.weight))
    return [Variable(each.name, each.label, each.values[order], each.codes, each.labels) for each in found]


def _traits(read: Extract, language: str) -> Iterator[Variable]:
    for at, trait in enumerate(read.traits):
        values = sorted({cell[at] for cell in read.cells}, key=lambda value: (len(value), sorted(value)))
        number = {value: code for code, value in enumerate(values, start=1)}
        of_cell = np.array([number[cell[at]] for cell in read.cells], dtype=np.float64)
        yield Variable(
            _name(trait.name),
            plain(trait.text.in_(language)),
            of_cell[read.cell],
            tuple(trait.code(value) for value in values),
            tuple(trait.label(value, language) for value in values),
        )


def _questions(read: Extract, language: str) -> Iterator[Variable]:
    for question, ticks in zip(read.questions, read.ticks, strict=True):
        text = plain(question.text.in_(language))
        # Pattern 0 is of those who said nothing.
        answered = ticks.pattern > 0
        if question.has_several:
            for at, choice in enumerate(question.choices):
                chosen = np.where(answered, ticks.patterns[:, at][ticks.pattern], np.nan)
                yes_no = ("Không chọn", "Chọn") if language == "vi" else ("Not chosen", "Chosen")
                label = f"{choice.text.in_(language)} – {text}"
                yield Variable(_name(f"{question.code}_{at + 1}"), plain(label), chosen, ("0", "1"), yes_no)
            continue
        # The first choice is 1; of a scale the points are what they are.
        numbers = np.array(question.points or range(1, len(question.codes) + 1), dtype=np.float64)
        values = np.where(answered, numbers[ticks.patterns.argmax(axis=1)][ticks.pattern], np.nan)
        labels = tuple(choice.text.in_(language) for choice in question.choices)
        yield Variable(_name(question.code), text, values, question.codes, labels)


def _numbers(variable: Variable) -> list[float]:
    """Return the number that stands for each code."""
    if variable.codes == ("0", "1"):
        return [0.0, 1.0]
    if variable.codes and all(code.lstrip("-").isdigit() for code in variable.codes):
        return [float(code) for code in variable.codes]
    return [float(number) for number in range(1, len(variable.codes) + 1)]


def _name(code: str) -> str:
    return code.replace(".", "_")


def codebook(found: Sequence[Variable]) -> list[tuple[str, str, str, str, str]]:
    """Return the lines (name, label, number, code, meaning) of all columns."""
    lines: list[tuple[str, str, str, str, str]] = []
    for variable in found:
        lines.append((variable.name, variable.label, "", "", ""))
        lines += [
            (variable.name, "", f"{number:g}", code, label)
            for number, code, label in zip(_numbers(variable), variable.codes, variable.labels, strict=True)
        ]
    return lines


def _sav(read: Extract, found: list[Variable], language: str, path: Path) -> None:
    import pandas as pd
    import pyreadstat

    release = read.release
    pyreadstat.write_sav(
        cast(Any, pd.DataFrame({variable.name: variable.values for variable in found}, copy=False)),
        str(path),
        file_label=f"{release.programme_code} {release.wave_number}/{release.number}"[:64],
        column_labels=[_cut(variable.label, _VARIABLE_LABEL) for variable in found],
        variable_value_labels={
            variable.name: {
                number: _cut(label, _VALUE_LABEL)
                for number, label in zip(_numbers(variable), variable.labels, strict=True)
            }
            for variable in found
            if variable.codes
        },
        variable_measure={variable.name: "nominal" if variable.codes else "scale" for variable in found},
        note=[line for text in statement(read, language) for line in _lines(text)],
        compress=False,
        row_compress=True,
    )


def _cut(text: str, most: int) -> str:
    return plain(text).encode()[:most].decode(errors="ignore")


def _lines(text: str) -> Iterator[str]:
    """Yield a text in pieces of at most 80 bytes: an SPSS document is made of such lines."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if len(longer.encode()) > 80:
            yield line
            longer = word
        line = longer
    yield line


def _csv(read: Extract, found: list[Variable], language: str, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("answers.csv", "w", force_zip64=True) as raw:
            raw.write(b"\xef\xbb\xbf")
            for block in _blocks(found, read.answers):
                raw.write(block)
        archive.writestr("codebook.csv", b"\xef\xbb\xbf" + _lines_of(_codebook_lines(found)))
        archive.writestr("README.txt", "\r\n".join(statement(read, language)) + "\r\n")


def _codebook_lines(found: list[Variable]) -> list[Sequence[str]]:
    head = ("name", "label", "number", "code", "meaning")
    return [head, *(tuple(harmless(text) for text in line) for line in codebook(found))]


def _blocks(found: list[Variable], answers: int) -> Iterator[bytes]:
    yield _lines_of([[variable.name for variable in found]])
    texts = [_texts(variable) for variable in found]
    for start in range(0, answers, _BLOCK):
        yield _lines_of(zip(*(written(slice(start, start + _BLOCK)) for written in texts), strict=True))


def _texts(variable: Variable) -> Callable[[slice], list[str]]:
    """Return how a stretch of a column is written: as its codes, nothing where it is empty, or as numbers."""
    if not variable.codes:
        return lambda part: [f"{value:.10g}" for value in variable.values[part].tolist()]
    texts = np.array([*(harmless(code) for code in variable.codes), ""], dtype=object)
    at, there = _places(variable)
    chosen = np.where(there, at, len(variable.codes))
    return lambda part: texts[chosen[part]].tolist()


def _lines_of(rows: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _parquet(read: Extract, found: list[Variable], language: str, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [pa.field(v.name, pa.dictionary(pa.int16(), pa.string()) if v.codes else pa.float64()) for v in found],
        metadata={
            "loa.release": str(read.release.id),
            "loa.statement": "\n".join(statement(read, language)),
            "loa.codebook": orjson.dumps(codebook(found)).decode(),
        },
    )
    table = pa.Table.from_arrays([_array(variable) for variable in found], schema=schema)
    pq.write_table(table, path, compression="zstd")


def _array(variable: Variable) -> Any:
    import pyarrow as pa

    if not variable.codes:
        return pa.array(variable.values)
    at, there = _places(variable)
    return pa.DictionaryArray.from_arrays(pa.array(at, mask=~there), pa.array(list(variable.codes)))


def _places(variable: Variable) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return of each value which code it is, and whether there is one."""
    numbers = np.array(_numbers(variable))
    # Codes may be numbers in any order: look each value up.
    order = np.argsort(numbers)
    there = ~np.isnan(variable.values)
    at = np.zeros(len(variable.values), dtype=np.int16)
    at[there] = order[np.searchsorted(numbers[order], variable.values[there])]
    return at, there
