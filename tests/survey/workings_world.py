"""Where a test's releases keep their workings, and what a release shows, cell by cell, as the database has it."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from results_world import ANSWERS, World, make_world

from kit import db
from survey import settings

COLUMNS = ("n", "people", "share", "low", "high", "error", "mean", "mean_error")
CELL = ("question", "path", "region", "age_band", "gender", "choice")


@contextmanager
def workings_in(folder: Path) -> Iterator[None]:
    """Let releases keep their workings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOA_RELEASE_WORKINGS", str(folder))
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


async def shown_cells(release_id: UUID, codes: dict[str, tuple[str, ...]]) -> Iterator[dict[str, object]]:
    """Return the shown cells of a release as stored, one for each choice, one for each mean; `codes` by question."""
    axes = orjson.loads(await db.value("SELECT axes::text FROM release WHERE id = $1", release_id))
    places = [(age, gender) for age in (*axes["age_band"], None) for gender in (*axes["gender"], None)]
    rows = await db.rows(
        "SELECT DISTINCT frame_unit.path, release_table.* FROM release_table JOIN release ON release.id = release_id"
        " JOIN frame_unit ON frame_unit.wave_id = release.wave_id AND frame_unit.unit_id = release_table.unit_id"
        " WHERE release_id = $1",
        release_id,
    )
    return (
        dict(zip(CELL, (row["question_code"], row["path"], row["region"], *place, choice), strict=True)) | figures
        for row in rows
        for at, place in enumerate(places)
        if row["n"][at] is not None
        for choice, figures in _figures(row, at, codes.get(row["question_code"], ()))
    )


def _figures(row: db.Record, at: int, codes: tuple[str, ...]) -> Iterator[tuple[str | None, dict[str, object]]]:
    counts = {"n": row["n"][at], "people": row["people"][at]}
    for number, code in enumerate(codes):
        one = at * len(codes) + number
        yield code, counts | {name: row[name][one] for name in ("share", "low", "high", "error")}
    if row["mean"] is not None:
        yield None, counts | {name: row[name][at] for name in ("mean", "mean_error")}
    if not codes:
        yield None, counts


def write_cells(cells: Iterator[dict[str, object]], path: Path) -> int:
    """Write shown cells to a file and return how many they are."""
    rows = list(cells)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, (*CELL, *COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


async def make_varied_world() -> World:
    """Make a closed wave of 508 answers, some without a segment or a question, that differ in all they say.

    The frame has few of those who hardly answered, so that weights are not extreme.
    """
    world = await make_world()
    await db.execute(
        "UPDATE frame_cell SET people = 20 WHERE age_band = 'under_25' AND gender = 'female' AND people = 100"
    )
    for _ in range(2):
        await world.add_answers(ANSWERS)
    await db.execute(
        """
        WITH numbered AS (
            SELECT ctid, row_number() OVER (ORDER BY age_band, gender, region, "values"::text, ctid) AS n FROM answer
        )
        UPDATE answer SET
            age_band = CASE WHEN n % 17 > 0 THEN age_band END,
            gender = CASE WHEN n % 23 > 0 THEN gender END,
            "values" = ("values" || jsonb_build_object('trust', 1 + n * n % 3)
                || CASE WHEN "values" ? 'zalo_often' AND n % 4 = 0 THEN '{"zalo_often": "no"}' ELSE '{}' END::jsonb)
                - CASE WHEN n % 11 = 0 THEN 'trust' ELSE '' END
        FROM numbered WHERE numbered.ctid = answer.ctid
        """
    )
    return world
