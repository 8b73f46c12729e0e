"""Releases as the worker stores them, written by hand, so that pages have every kind of question, unit and wave to show.

Making them from answers takes seconds each; what pages do begins with the stored tables. The figures of a cell follow
from its place alone (`n_of`, `shares_of`), so tests can say what stands where.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import orjson
from results_world import both

from kit import db
from survey.questionnaires.definition import digest, parsed
from survey.results.questions import PARTICIPATION, Question, countable

TOP, NORTH, SOUTH, FACTORY, MINE = "00001", "0000100002", "0000100003", "000010000200004", "000010000200005"
SMALL = "000010000300006"
NAMES = {
    TOP: ("Tổng Liên đoàn", "General Confederation"),
    NORTH: ("Liên đoàn Lao động tỉnh Bắc", "Federation of the North"),
    SOUTH: ("Liên đoàn Lao động tỉnh Nam", "Federation of the South"),
    FACTORY: ("Công đoàn Nhà máy May", "Garment Factory Union"),
    MINE: ("Công đoàn Mỏ Than", "Coal Mine Union"),
    SMALL: ("Công đoàn Xưởng Nhỏ", "Small Workshop Union"),
}
REGION_OF = {NORTH: "red_river_delta", SOUTH: "mekong_delta"}
AGES = {
    "under_25": ("Dưới 25 tuổi", "Under 25"),
    "25_34": ("25–34 tuổi", "25–34"),
    "35_44": ("35–44 tuổi", "35–44"),
    "45_plus": ("Từ 45 tuổi", "45 and over"),
}
GENDERS = {"female": ("Nữ", "Female"), "male": ("Nam", "Male")}
REGIONS = {
    "red_river_delta": ("Đồng bằng sông Hồng", "Red River delta"),
    "mekong_delta": ("Đồng bằng sông Cửu Long", "Mekong delta"),
}


def named(**choices: tuple[str, str]) -> list[dict[str, object]]:
    """Choices of a question by code, in Vietnamese and English."""
    return [{"code": code, "text": both(*texts)} for code, texts in choices.items()]


def asked(code: str, concept: str, kind: str, vi: str, en: str, **more: object) -> dict[str, object]:
    """A question as a definition writes it."""
    return {"code": code, "concept": concept, "kind": kind, "text": both(vi, en), "privacy": "plain", **more}


LEVELS = named(low=("Ít", "Little"), middle=("Vừa", "Some"), high=("Nhiều", "Much"))
SECTIONS: list[dict[str, object]] = [
    {
        "code": "reach",
        "title": both("Thông tin đã đến với anh/chị", "What has reached you"),
        "questions": [
            asked(
                "reached",
                "information_reached",
                "single",
                "Trong ba tháng vừa qua, anh/chị có nhận được tin tức gì của công đoàn không?",
                "In the last three months, has any news from the union reached you?",
                choices=named(yes=("Có", "Yes"), no=("Không", "No"), unsure=("Tôi không nhớ", "I do not remember")),
            ),
            asked(
                "reached_by",
                "information_channels",
                "multiple",
                "Tin tức đó đến với anh/chị qua đâu?",
                "How did that news reach you?",
                choices=named(
                    leader=("Tổ trưởng hoặc cán bộ công đoàn nói trực tiếp", "A team leader or union officer told me"),
                    meeting=("Cuộc họp, buổi sinh hoạt", "A meeting"),
                    board=("Bảng tin nơi làm việc", "The notice board at work"),
                    speaker=("Loa truyền thanh", "The loudspeaker"),
                    zalo=("Zalo", "Zalo"),
                    facebook=("Facebook", "Facebook"),
                    press=("Báo, đài, truyền hình", "Newspapers, radio or television"),
                ),
            ),
            asked(
                "useful",
                "information_usefulness",
                "scale",
                "Những tin tức đó giúp ích cho anh/chị đến mức nào?",
                "How useful was that news to you?",
                minimum=1,
                maximum=5,
                choices=[
                    {"code": "1", "text": both("1 – Không giúp gì", "1 – Not at all")},
                    *({"code": str(point), "text": both(str(point), str(point))} for point in (2, 3, 4)),
                    {"code": "5", "text": both("5 – Rất có ích", "5 – Very useful")},
                ],
            ),
        ],
    },
    {
        "code": "needs",
        "title": both("Điều anh/chị muốn biết", "What you want to know"),
        "questions": [
            asked(
                "topics",
                "topic_demand",
                "multiple",
                "Anh/chị muốn công đoàn nói nhiều hơn về những chuyện gì?",
                "What should the union tell you more about?",
                choices=named(
                    law=("Pháp luật lao động và quyền của người lao động", "Labour law and workers' rights"),
                    benefits=("Quyền lợi khi là đoàn viên", "Benefits of membership"),
                    care=("Công đoàn chăm lo đời sống", "How the union cares for workers"),
                ),
            ),
            asked(
                "need",
                "need_by_topic",
                "matrix",
                "Anh/chị cần biết nhiều hay ít về từng chuyện?",
                "How much do you need to know about each?",
                rows=named(wages=("Tiền lương", "Wages"), safety=("An toàn lao động", "Safety at work")),
                choices=LEVELS,
            ),
            asked(
                "quiet",
                "quiet_hours",
                "single",
                "Có lúc nào anh/chị không muốn nhận tin?",
                "Are there hours when you want no news?",
                choices=named(yes=("Có", "Yes"), no=("Không", "No")),
            ),
        ],
    },
]
DEFINITION = {
    "schema": "loa.questionnaire/1",
    "languages": ["vi", "en"],
    "title": both("Nhu cầu thông tin", "Information needs"),
    "sections": SECTIONS,
}
# Nothing of it is published anywhere.
UNSHOWN = "quiet"
# People of the frame in one age band and gender of a region; each wave asks the same.
PEOPLE = 5_000


@dataclass(frozen=True)
class Cell:
    """A place in a table: which age band and gender (None: all), in how many regions, in which wave."""

    age: int | None
    gender: int | None
    regions: int
    wave: int

    @property
    def people(self) -> int:
        """N."""
        return PEOPLE * (4 if self.age is None else 1) * (2 if self.gender is None else 1) * self.regions

    @property
    def n(self) -> int:
        """How many answered: 8 % of the people and more with age and by wave; the youngest men are too few to show."""
        ages = range(4) if self.age is None else [self.age]
        genders = range(2) if self.gender is None else [self.gender]
        return sum(
            self.regions * (PEOPLE * (8 + 3 * age + 2 * self.wave) // 100 if (age, gender) != (0, 1) else 20)
            for age in ages
            for gender in genders
        )

    @property
    def is_hidden(self) -> bool:
        """Whether it stands in the rectangle that hides the youngest men."""
        return self.age in (0, 1) and self.gender is not None


def shares_of(question: Question, cell: Cell) -> list[float]:
    """Return a cell's shares, in thousandths that differ from choice to choice, wave to wave and age to age."""
    count = len(question.choices)
    weights = [count - at if question.kind != "scale" else (1, 2, 4, 6, 3)[at] for at in range(count)]
    total = sum(weights) if not question.has_several else count
    shift = 0.02 * cell.wave + 0.03 * (1.5 if cell.age is None else cell.age)
    shares = [round(weight / total * 0.8, 3) for weight in weights]
    shares[0] = round(shares[0] + shift, 3)
    if not question.has_several:
        shares[-1] = round(1 - sum(shares[:-1]), 3)
    return shares


@dataclass(frozen=True)
class PageWorld:
    """The ids of what `make_page_world` made."""

    units: Mapping[str, UUID]
    waves: Sequence[UUID]


async def make_page_world(*, waves: int = 3, sample: str = "self_selected") -> PageWorld:
    """Make a tree of three levels, a programme of all of it and its waves, each with a public release."""
    units = {path: uuid4() for path in NAMES}
    for number, (path, (vi, en)) in enumerate(NAMES.items(), start=1):
        await db.execute(
            "INSERT INTO unit (id, number, path, name_vi, name_en, code, level, kind, tree_version)"
            " VALUES ($1, $2, $3, $4, $5, $6, 'confederation', 'union', 1)",
            *(units[path], number, path, vi, en, f"U{number}"),
        )
    for vocabulary, terms in (("age_band", AGES), ("gender", GENDERS), ("region", REGIONS)):
        await db.execute_many(
            "INSERT INTO term VALUES ($1, $2, $3, $4, $5, daterange('2020-01-01', NULL))",
            [(vocabulary, code, vi, en, position) for position, (code, (vi, en)) in enumerate(terms.items())],
        )
    questionnaire_id, version_id, programme_id = uuid4(), uuid4(), uuid4()
    await db.execute("INSERT INTO questionnaire VALUES ($1, 'info', $2)", questionnaire_id, units[TOP])
    await _insert_version(version_id, questionnaire_id, 1, DEFINITION)
    await db.execute(
        "INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on)"
        " VALUES ($1, 'info', 'Nhu cầu thông tin', 'Information needs', $2, $2, $3, '2025-01-01')",
        *(programme_id, units[TOP], questionnaire_id),
    )
    made = [await _make_wave(programme_id, version_id, number, units, sample) for number in range(1, waves + 1)]
    return PageWorld(units, made)


async def reword(world: PageWorld, wave: int) -> None:
    """Have a wave ask the first question in other words than the waves before and after it."""
    sections = orjson.loads(orjson.dumps(SECTIONS))
    sections[0]["questions"][0]["text"]["vi"] = "Anh/chị có nghe tin gì của công đoàn không?"
    version_id = uuid4()
    questionnaire_id = await db.value("SELECT questionnaire_id FROM programme")
    await _insert_version(version_id, questionnaire_id, 2, {**DEFINITION, "sections": sections})
    await db.execute("UPDATE wave SET questionnaire_version_id = $2 WHERE id = $1", world.waves[wave - 1], version_id)


async def _insert_version(version_id: UUID, questionnaire_id: UUID, number: int, definition: object) -> None:
    text = orjson.dumps(definition).decode()
    await db.execute(
        "INSERT INTO questionnaire_version VALUES ($1, $2, $3, $4::text::jsonb, $5, now())",
        *(version_id, questionnaire_id, number, text, digest(orjson.loads(text))),
    )


async def _make_wave(programme_id: UUID, version_id: UUID, number: int, units: Mapping[str, UUID], sample: str) -> UUID:
    wave_id, release_id, group_ids = uuid4(), uuid4(), {path: uuid4() for path in (FACTORY, MINE, SOUTH)}
    year, month = 2025 + (number - 1) // 2, (3, 9)[(number - 1) % 2]
    await db.execute(
        "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state, tree_version,"
        " frozen_at) VALUES ($1, $2, $3, $4, make_timestamptz($5, $6, 1, 0, 0, 0, 'UTC'),"
        " make_timestamptz($5, $6, 30, 0, 0, 0, 'UTC'), 'closed', 1, make_timestamptz($5, $6, 1, 0, 0, 0, 'UTC'))",
        *(wave_id, programme_id, number, version_id, year, month),
    )
    await db.execute_many(
        "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, region, people)"
        " VALUES ($1, $2, 'Nhóm', 'Group', $3, $4, 500)",
        [(group_id, wave_id, path, REGION_OF[path[:10]]) for path, group_id in group_ids.items()],
    )
    await db.execute_many(
        "INSERT INTO frame_unit (wave_id, unit_id, path, response_group_id) VALUES ($1, $2, $3, $4)",
        [(wave_id, units[path], path, group_ids.get(path)) for path in NAMES],
    )
    await db.execute_many(
        "INSERT INTO release_table (release_id, question_code, unit_id, region, lies_in, n, people, share, low,"
        " high, error, mean, mean_error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        list(_rows(release_id, units, number)),
    )
    await _seal(release_id, wave_id, number, sample)
    return wave_id


async def _seal(release_id: UUID, wave_id: UUID, number: int, sample: str) -> None:
    method = {
        "sample": sample,
        "weighting": "collapsed",
        "post_strata": 15,
        "effective_size": 9_876.5,
        "design_effect": 1.2,
        "trimmed": 0.012,
        "moved": 0.003,
        "margin_missed": 0.001,
        "interval": "wilson",
        "confidence": 0.95,
        "hidden_below": 10,
        "placed": 321,
    }
    await db.execute(
        """
        INSERT INTO release (id, wave_id, number, published_at, is_public, is_simulated, answers_used, people,
                             minimum_base, method, seed, sha256, axes, shown_cells, hidden_cells)
        VALUES ($1, $2, 1, '2026-11-05Z', true, $3, $4, $5, 10, $6::text::jsonb, 1, repeat('0', 64), $7::text::jsonb, 1, 1)
        """,
        *(release_id, wave_id, False, Cell(None, None, 2, number).n, Cell(None, None, 2, number).people),
        orjson.dumps(method).decode(),
        orjson.dumps({"age_band": list(AGES), "gender": list(GENDERS)}).decode(),
    )


def _rows(release_id: UUID, units: Mapping[str, UUID], wave: int) -> Iterator[tuple[object, ...]]:
    places = [
        (TOP, None, None, 2),
        *((TOP, region, None, 1) for region in REGIONS),
        (NORTH, None, REGION_OF[NORTH], 1),
        (SOUTH, None, REGION_OF[SOUTH], 1),
        (FACTORY, None, REGION_OF[NORTH], 1),
    ]
    for path, region, lies_in, regions in places:
        for question in (None, *countable(parsed(DEFINITION))):
            if question is None or question.code != UNSHOWN:
                yield (
                    release_id,
                    question.code if question else PARTICIPATION,
                    units[path],
                    region,
                    lies_in,
                    *_columns(question, regions, wave),
                )


def _columns(question: Question | None, regions: int, wave: int) -> tuple[object, ...]:
    cells = [Cell(age, gender, regions, wave) for age in (0, 1, 2, 3, None) for gender in (0, 1, None)]
    n = [None if cell.is_hidden else cell.n for cell in cells]
    people = [None if cell.is_hidden else cell.people for cell in cells]
    if question is None:
        return (n, people, *[None] * 6)
    numbers: list[list[int | None]] = [[], [], [], []]
    means: list[int | None] = []
    for cell in cells:
        shares = shares_of(question, cell)
        for column, change, unit in zip(numbers, (0, -0.02, 0.02, 0.0102), (1000, 1000, 1000, 10_000), strict=True):
            column += [
                None if cell.is_hidden else 102 if unit == 10_000 else round(max(0, min(1, share + change)) * 1000)
                for share in shares
            ]
        mean = sum(point * share for point, share in zip(question.points, shares, strict=False))
        means.append(None if cell.is_hidden else round(mean * 1000))
    errors = [None if mean is None else 40 for mean in means]
    return (n, people, *numbers, *((means, errors) if question.points else (None, None)))
