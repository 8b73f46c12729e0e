"""Made-up answers to the demo's closed wave: nobody said any of this, but they look like what a real wave gives.

They follow the wave's frozen frame (response groups × age × gender), are checked like answers from the form, wait in
the same inbox and are mixed by the same code; then their release is published. The same seed gives the same answers.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from uuid import UUID

import numpy as np
import orjson

from kit import db
from kit.calendar import today
from kit.identity import SYSTEM
from survey.answers.mixing import mix
from survey.answers.validation import Value, answer_of, check, is_asked
from survey.collection.admission import key_hash
from survey.questionnaires.definition import NOT_SAID, Definition, Question
from survey.questionnaires.service import published_definition
from survey.results.making import make_release
from survey.results.questions import counted_of
from survey.results.service import request_release
from survey.sealing.boxes import Place, seal
from survey.sealing.service import key_of, provide_keys

ANSWERS = 5_000
SEED = 20_280_728

# Of whom are not told their age and gender, and of the questions that may be left out.
SHARE_NOT_SAID = 0.015
SHARE_SKIPPED = 0.03
# Who writes something where one may write.
SHARE_WRITTEN = 0.2

# How much more or less than others people of a segment choose something. All of it is made up.
LEANINGS: Mapping[tuple[str, str], Mapping[str, float]] = {
    ("reached", "yes"): {"45_plus": 1.25, "under_25": 0.7},
    ("reached_by", "zalo"): {"under_25": 1.3, "45_plus": 0.8, "southeast": 1.15},
    ("reached_by", "facebook"): {"under_25": 1.6, "45_plus": 0.5},
    ("reached_by", "loudspeaker"): {"45_plus": 1.7, "northern_midlands": 1.4, "central_highlands": 1.3},
    ("reached_by", "notice_board"): {"45_plus": 1.3, "under_25": 0.7},
    ("topics", "labour_law"): {"southeast": 1.2, "35_44": 1.1},
    ("topics", "benefits"): {"female": 1.25, "25_34": 1.15},
    ("topics", "union_care"): {"female": 1.2, "mekong_delta": 1.15},
    ("topics", "role_models"): {"45_plus": 1.5, "under_25": 0.6},
    ("topics", "rebuttal"): {"under_25": 1.2},
    ("phone", "own_smartphone"): {"45_plus": 0.85},
    ("phone", "basic_phone"): {"45_plus": 2.5, "under_25": 0.3},
    ("apps", "tiktok"): {"under_25": 1.7, "45_plus": 0.4},
    ("apps", "news_sites"): {"45_plus": 1.5, "under_25": 0.6},
    ("formats", "short_video"): {"under_25": 1.5, "45_plus": 0.7},
    ("formats", "leaflet"): {"45_plus": 1.8, "under_25": 0.5},
    ("formats", "talk"): {"45_plus": 1.6},
    ("length", "under_1"): {"under_25": 1.8},
    ("when", "meal_break"): {"male": 1.1},
    ("when", "evening"): {"female": 1.2},
    ("trusted", "union"): {"45_plus": 1.3, "female": 1.1},
    ("trusted", "social_media"): {"under_25": 2.0, "45_plus": 0.4},
    ("field", "mining"): {"northern_midlands": 3.0, "mekong_delta": 0.2, "female": 0.4},
    ("field", "textile_footwear"): {"female": 2.0, "southeast": 1.5},
}

# How common each choice is among all; what is not named here is as common as the others of its question.
COMMON: Mapping[tuple[str, str], float] = {
    ("reached", "yes"): 6.0,
    ("reached", "no"): 2.5,
    ("reached", "unsure"): 1.2,
    ("phone", "own_smartphone"): 18.0,
    ("phone", "shared_smartphone"): 1.5,
    ("phone", "basic_phone"): 1.5,
    ("phone", "no_phone"): 0.4,
    ("connection", "mobile_data"): 3.0,
    ("in_time", "before"): 1.6,
    ("in_time", "after"): 1.8,
    ("trusted", "union"): 3.0,
    ("trusted", "colleagues"): 2.0,
    ("trusted", "nobody"): 0.4,
    ("rumours", "ask_colleagues"): 2.2,
    ("rumours", "share"): 0.3,
    ("answer_within", "24_hours"): 2.5,
    ("education", "upper_secondary"): 4.0,
    ("education", "vocational"): 2.0,
    ("education", "postgraduate"): 0.2,
    ("shift", "rotating"): 2.0,
}

# The mean of a scale from 1 to 5, by question; others lie in the middle.
MEANS: Mapping[str, float] = {
    "useful": 3.6,
    "need_wages": 4.4,
    "need_hours": 3.7,
    "need_safety": 4.1,
    "need_insurance": 4.2,
    "need_housing": 3.3,
    "need_training": 3.4,
    "satisfied": 3.1,
}


# What is written, by question: a beginning and an end each. Some leave names and numbers, which nobody is to read.
WRITINGS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "missing": (
        ("Cần thêm thông tin về", "Chưa thấy ai nói rõ về", "Mong được biết sớm về", "Ít khi nghe công đoàn nói về"),
        (
            "cách tính tiền làm thêm",
            "nhà ở cho công nhân",
            "nhà trẻ gần khu công nghiệp",
            "khám bệnh nghề nghiệp",
            "lịch nghỉ Tết",
            "bảo hiểm thất nghiệp",
            "vé xe về quê",
            "an toàn khi đổi máy mới",
        ),
    ),
    "comment": (
        (
            "Bảng tin ở xưởng cũ quá,",
            "Tin trên nhóm Zalo trôi nhanh,",
            "Họp công đoàn hay trùng ca,",
            "Thông báo dài và khó hiểu,",
            "Công đoàn hỏi thăm như thế này là tốt,",
        ),
        (
            "nên có bản ngắn và có hình.",
            "mong gửi trước giờ vào ca.",
            "đề nghị trả lời câu hỏi trong ngày.",
            "chị em ca đêm thường không biết.",
            "tổ trưởng nên đọc lại đầu ca.",
            "cần gì cứ gọi tôi số 0912 345 678.",
            "chị Nguyễn Thị Mai tổ may 3 biết rõ việc này.",
        ),
    ),
}


@dataclass(frozen=True)
class Person:
    """One made-up person: a response group of the frame, and their segments (None where they would not say)."""

    group_id: UUID
    age_band: str | None
    gender: str | None
    region: str | None

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The segments that lean one way or another."""
        return tuple(code for code in (self.age_band, self.gender, self.region) if code)


async def simulate(wave_id: UUID, *, answers: int = ANSWERS, seed: int = SEED) -> int:
    """Answer a closed wave and publish its first release; return how many answers were added, 0 when it has some."""
    version_id = await db.value("SELECT questionnaire_version_id FROM wave WHERE id = $1", wave_id)
    definition = await published_definition(version_id)
    added = 0
    async with db.transaction():
        if not await _is_answered(wave_id):
            rng = np.random.default_rng(seed)
            people = await _people(wave_id, answers, rng)
            # Of what was added later people draw apart, so that what they said before stays what they said.
            own = np.random.default_rng((seed, 1))
            values = [_answer(definition, person, rng, own) for person in people]
            await _deliver(wave_id, people, values, seed)
            added = len(values)
    await mix(wave_id)
    if not await db.value("SELECT EXISTS (SELECT FROM release WHERE wave_id = $1)", wave_id):
        request = await request_release(SYSTEM, wave_id, is_public=True, is_simulated=True, seed=seed)
        await make_release(request.id)
    return added


async def _is_answered(wave_id: UUID) -> bool:
    return await db.value(
        "SELECT EXISTS (SELECT FROM answer WHERE wave_id = $1) OR EXISTS (SELECT FROM inbox WHERE wave_id = $1)",
        wave_id,
    )


async def _people(wave_id: UUID, count: int, rng: np.random.Generator) -> list[Person]:
    cells = await db.rows(
        """
        SELECT frame_cell.response_group_id, frame_cell.age_band, frame_cell.gender, response_group.region,
               frame_cell.people
        FROM frame_cell JOIN response_group ON response_group.id = frame_cell.response_group_id
        WHERE frame_cell.wave_id = $1
        ORDER BY response_group.path, response_group.name_vi, response_group.people,
                 frame_cell.age_band, frame_cell.gender
        """,
        wave_id,
    )
    people = np.array([cell["people"] for cell in cells])
    drawn = rng.multivariate_hypergeometric(people, min(count, int(people.sum())))
    found = [_person(cell, rng) for cell, number in zip(cells, drawn, strict=True) for _ in range(number)]
    return [found[index] for index in rng.permutation(len(found))]


def _person(cell: db.Record, rng: np.random.Generator) -> Person:
    says = rng.random() >= SHARE_NOT_SAID
    return Person(
        group_id=cell["response_group_id"],
        age_band=cell["age_band"] if says else None,
        gender=cell["gender"] if says else None,
        region=cell["region"],
    )


def _answer(
    definition: Definition, person: Person, rng: np.random.Generator, own: np.random.Generator
) -> dict[str, Value]:
    """Return one person's answers as they are stored, once the check of the form has nothing against them."""
    day = today()
    raw: dict[str, list[str]] = {}
    so_far: dict[str, Value] = {}
    for question in definition.questions:
        if is_asked(question, so_far, day):
            raw |= _fields(question, person, rng, own)
            so_far |= answer_of(question, raw, so_far, day)
    checked = check(definition, raw)
    if checked.issues:
        raise RuntimeError(f"the made-up answers do not pass the check: {checked.issues}")
    return checked.values


def _fields(
    question: Question,
    person: Person,
    rng: np.random.Generator,
    own: np.random.Generator,
) -> dict[str, list[str]]:
    """Return the form's fields of one question as this person fills them in; those left empty are not among them."""
    segments = {"age_band": person.age_band, "gender": person.gender, "region": person.region}
    if question.role in segments:
        return _segment(question, segments[question.role])
    if not question.required and rng.random() < SHARE_SKIPPED:
        return {}
    if question.kind == "matrix":
        return {name: [_one(question, person, own)] for name in question.row_fields if own.random() >= SHARE_SKIPPED}
    if question.kind == "ranking":
        return {question.code: [str(code) for code in own.permutation(question.codes)[: question.places]]}
    if question.code in WRITINGS:
        return _written(question, own)
    if question.kind == "single":
        return {question.code: [_one(question, person, rng)]}
    if question.kind == "multiple":
        return {question.code: _several(question, person, rng)}
    return {question.code: [_number(question, rng)]} if question.kind in ("scale", "number") else {}


def _segment(question: Question, said: str | None) -> dict[str, list[str]]:
    if said not in question.codes:
        said = NOT_SAID if NOT_SAID in question.codes else None
    return {question.code: [said]} if said else {}


def _written(question: Question, rng: np.random.Generator) -> dict[str, list[str]]:
    beginnings, ends = WRITINGS[question.code]
    written = f"{rng.choice(beginnings)} {rng.choice(ends)}"
    return {question.code: [written]} if rng.random() < SHARE_WRITTEN else {}


def _one(question: Question, person: Person, rng: np.random.Generator) -> str:
    codes = [code for code in question.codes if code != NOT_SAID]
    weights = np.array(
        [COMMON.get((question.code, code), 1.0) * _leaning(question.code, code, person.segments) for code in codes]
    )
    return codes[int(rng.choice(len(codes), p=weights / weights.sum()))]


def _several(question: Question, person: Person, rng: np.random.Generator) -> list[str]:
    codes = [code for code in question.codes if code not in question.exclusive]
    # Choices named first are a little more common, as on every real form.
    wanted = np.linspace(0.45, 0.2, len(codes)) * np.array(
        [_leaning(question.code, code, person.segments) for code in codes]
    )
    chosen = [code for code, draw, chance in zip(codes, rng.random(len(codes)), wanted, strict=True) if draw < chance]
    if chosen:
        return chosen
    return sorted(question.exclusive)[:1] or [codes[int(rng.integers(len(codes)))]]


def _number(question: Question, rng: np.random.Generator) -> str:
    if not any(counted_of(question)):
        middle = (question.minimum + question.maximum) / 2
        drawn = rng.normal(min(middle, 48), 6)
    else:
        drawn = rng.normal(MEANS.get(question.code, (question.minimum + question.maximum) / 2), 1.1)
    return str(int(np.clip(round(drawn), question.minimum, question.maximum)))


@cache
def _leaning(question: str, code: str, segments: tuple[str, ...]) -> float:
    leanings = LEANINGS.get((question, code), {})
    return float(np.prod([leanings.get(segment, 1.0) for segment in segments]))


async def _deliver(wave_id: UUID, people: Sequence[Person], values: Sequence[Mapping[str, Value]], seed: int) -> None:
    tokens = [
        key_hash(wave_id, hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()) for number in range(len(values))
    ]
    await db.execute(
        "INSERT INTO spent_key (wave_id, token, key_hash) SELECT $1, own, own FROM unnest($2::bytea[]) AS _ (own)",
        wave_id,
        tokens,
    )
    await provide_keys(today())
    key = await key_of(today())
    assert key is not None
    places = [Place(wave_id, person.group_id) for person in people]
    contents = [orjson.dumps(answer) for answer in values]
    await db.execute(
        "INSERT INTO inbox (wave_id, response_group_id, sealing_key_id, sealed)"
        " SELECT $1, group_id, $2, sealed FROM unnest($3::uuid[], $4::bytea[]) AS _ (group_id, sealed)",
        wave_id,
        key.id,
        [person.group_id for person in people],
        seal(key.public, zip(places, contents, strict=True)),
    )
