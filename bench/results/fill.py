"""A closed wave with millions of made-up answers: provinces, units of log-normal size, twenty questions.

The same seed gives the same wave. Half of the units of a province lie one level deeper, as in a real tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import orjson
from numpy.typing import NDArray

from kit.paths import label
from survey.questionnaires.definition import digest

AGES = {"under_25": 0.15, "25_34": 0.38, "35_44": 0.3, "45_plus": 0.17}
GENDERS = {"female": 0.55, "male": 0.45}
REGIONS = (
    "red_river_delta",
    "northern_midlands",
    "north_central",
    "south_central",
    "central_highlands",
    "southeast",
    "mekong_delta",
)
PROVINCES = 34
SINGLES, MULTIPLES, SCALES = 10, 5, 5
CHOICES, TICKED = 5, 8
# Of a unit's people so many answered, on average.
TURNOUT = 0.45
# Rows written at one time.
BLOCK = 50_000


@dataclass(frozen=True)
class Filled:
    """What was made: the wave, its target, and a question of each kind."""

    wave_id: UUID
    target_id: UUID
    groups: int
    answers: int


def definition() -> dict[str, object]:
    """Return a questionnaire of twenty questions and the three segments."""
    questions = [
        *(_question(f"single_{number}", "single", CHOICES) for number in range(SINGLES)),
        *(_question(f"multiple_{number}", "multiple", TICKED) for number in range(MULTIPLES)),
        *({**_question(f"scale_{number}", "scale", 0), "minimum": 1, "maximum": 5} for number in range(SCALES)),
        *(
            {
                **_question(role, "single", 0),
                "role": role,
                "privacy": "segment",
                "choices": [_choice(code) for code in codes],
            }
            for role, codes in (("age_band", AGES), ("gender", GENDERS), ("region", REGIONS))
        ),
    ]
    return {
        "schema": "loa.questionnaire/1",
        "languages": ["vi", "en"],
        "title": _both("Đo"),
        "sections": [{"code": "all", "title": _both("Chung"), "questions": questions}],
    }


def _question(code: str, kind: str, choices: int) -> dict[str, object]:
    asked: dict[str, object] = {"code": code, "concept": code, "kind": kind, "text": _both(code), "privacy": "plain"}
    return {**asked, "choices": [_choice(f"c{number}") for number in range(choices)]} if choices else asked


def _choice(code: str) -> dict[str, object]:
    return {"code": code, "text": _both(code)}


def _both(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


@dataclass(frozen=True)
class _Group:
    id: UUID
    path: str
    region: str
    cells: NDArray[np.int64]


class Filler:
    """Writes a wave into a migrated database."""

    def __init__(self, connection: asyncpg.Connection, answers: int, groups: int, seed: int) -> None:
        self._connection = connection
        self._answers = answers
        self._groups = groups
        self._rng = np.random.default_rng(seed)
        self._target = label(1) + label(2)

    async def fill(self) -> Filled:
        """Write everything and return what was made."""
        target_id, wave_id, version_id = uuid4(), uuid4(), uuid4()
        await self._programme(target_id, wave_id, version_id)
        groups = self._frame()
        await self._freeze(target_id, wave_id, groups)
        written = 0
        for block in self._blocks(groups):
            rows = [(wave_id, group_id, version_id, *rest) for group_id, *rest in block]
            await self._connection.copy_records_to_table(
                "answer",
                records=rows,
                columns=[
                    "wave_id",
                    "response_group_id",
                    "questionnaire_version_id",
                    "age_band",
                    "gender",
                    "region",
                    "values",
                ],
            )
            written += len(rows)
        await self._connection.execute("ANALYZE")
        return Filled(wave_id, target_id, len(groups), written)

    async def _programme(self, target_id: UUID, wave_id: UUID, version_id: UUID) -> None:
        run, asked, questionnaire_id, programme_id = self._connection.execute, definition(), uuid4(), uuid4()
        for number, (unit_id, path) in enumerate(((uuid4(), label(1)), (target_id, self._target)), start=1):
            await run(
                "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
                " VALUES ($1, $2, $3, 'Đơn vị', 'Unit', $4, 'confederation', 'union', 1)",
                unit_id,
                number,
                path,
                f"U{number}",
            )
        for role, codes in (("age_band", AGES), ("gender", GENDERS), ("region", REGIONS)):
            await self._connection.executemany(
                "INSERT INTO term (vocabulary, code, vi, en, position, valid)"
                " VALUES ($1, $2, $2, $2, $3, daterange('2020-01-01', NULL))",
                [(role, code, position) for position, code in enumerate(codes)],
            )
        await run("INSERT INTO questionnaire VALUES ($1, 'measured', $2)", questionnaire_id, target_id)
        await run(
            "INSERT INTO questionnaire_version VALUES ($1, $2, 1, $3::text::jsonb, $4, now())",
            version_id,
            questionnaire_id,
            orjson.dumps(asked).decode(),
            digest(asked),
        )
        await run(
            "INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id,"
            " starts_on) VALUES ($1, 'measured', 'Đo', 'Measured', $2, $2, $3, '2026-01-01')",
            programme_id,
            target_id,
            questionnaire_id,
        )
        await run(
            "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state,"
            " tree_version, frozen_at) VALUES ($1, $2, 1, $3, '2026-03-01Z', '2026-03-31Z', 'closed', 1,"
            " '2026-03-01Z')",
            wave_id,
            programme_id,
            version_id,
        )

    def _frame(self) -> list[_Group]:
        sizes = self._rng.lognormal(0.0, 1.0, self._groups)
        people = np.maximum(50, sizes / sizes.sum() * self._answers / TURNOUT).astype(np.int64)
        shares = np.outer(list(AGES.values()), list(GENDERS.values())).ravel()
        groups: list[_Group] = []
        for number in range(self._groups):
            province = number % PROVINCES
            path = self._target + label(100 + province)
            if (number // PROVINCES) % 2:
                path += label(1_000 + (number // PROVINCES) // 20)
            leaning = self._rng.dirichlet(shares * 30)
            cells = self._rng.multinomial(int(people[number]), leaning)
            groups.append(_Group(uuid4(), path + label(100_000 + number), REGIONS[province % len(REGIONS)], cells))
        return groups

    async def _freeze(self, target_id: UUID, wave_id: UUID, groups: list[_Group]) -> None:
        copy, cells = self._connection.copy_records_to_table, [(age, gender) for age in AGES for gender in GENDERS]
        await copy(
            "response_group",
            records=[(g.id, wave_id, "Nhóm", "Group", g.path, g.region, int(g.cells.sum())) for g in groups],
            columns=["id", "wave_id", "name_vi", "name_en", "path", "region", "people"],
        )
        await copy(
            "frame_cell",
            records=[(wave_id, g.id, *cell, int(n)) for g in groups for cell, n in zip(cells, g.cells, strict=True)],
        )
        above = {g.path[:end] for g in groups for end in range(len(self._target) + 5, len(g.path), 5)}
        units = [(target_id, self._target, None), *((uuid4(), path, None) for path in sorted(above))]
        units += [(uuid4(), g.path, g.id) for g in groups]
        await copy(
            "frame_unit",
            records=[(wave_id, *unit) for unit in units],
            columns=["wave_id", "unit_id", "path", "response_group_id"],
        )

    def _blocks(self, groups: list[_Group]) -> Iterator[list[tuple[UUID, str, str, str, str]]]:
        """Yield answers in random order, in which each person of the frame is as likely as any other to be."""
        cells = [(age, gender) for age in AGES for gender in GENDERS]
        people = np.concatenate([group.cells for group in groups])
        drawn = self._rng.multinomial(self._answers, people / people.sum())
        order = self._rng.permutation(np.repeat(np.arange(len(people)), np.minimum(drawn, people)))
        for start in range(0, len(order), BLOCK):
            part = order[start : start + BLOCK]
            yield [
                (groups[at // len(cells)].id, *cells[at % len(cells)], groups[at // len(cells)].region, text)
                for at, text in zip(part.tolist(), self._texts(part, len(cells)), strict=True)
            ]

    def _texts(self, part: NDArray[np.int64], cells: int) -> list[str]:
        """Return answers as JSON; what people choose depends on their age and gender."""
        count, rng = len(part), self._rng
        leaning = (part % cells) / cells
        columns: list[list[str]] = []
        for number in range(SINGLES + SCALES):
            centre = 1.2 + 1.6 * leaning + 0.15 * number
            drawn = np.clip(np.rint(rng.normal(centre, 1.1, count)), 0, CHOICES - 1).astype(np.int64).tolist()
            if number < SINGLES:
                columns.append([f'"single_{number}":"c{choice}"' for choice in drawn])
            else:
                columns.append([f'"scale_{number - SINGLES}":{choice + 1}' for choice in drawn])
        for number in range(MULTIPLES):
            ticked = rng.random((count, TICKED)) < (0.45 - 0.03 * np.arange(TICKED) + 0.1 * leaning[:, None])
            ticked[:, 0] |= ~ticked.any(axis=1)
            lists = [",".join(f'"c{at}"' for at in np.flatnonzero(row).tolist()) for row in ticked]
            columns.append([f'"multiple_{number}":[{codes}]' for codes in lists])
        return ["{" + ",".join(row) + "}" for row in zip(*columns, strict=True)]
