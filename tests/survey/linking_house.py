"""A survey with 1,000 simulated workers in a process of its own, told on standard input what happens next.

`fill` has everyone answer once, slip by slip, through the service; `naive` has the same answers stored by a deliberately
careless implementation, in tables of its own; `turn` lets a night pass; `close` ends the wave. It answers each with `ok`.
"""

import asyncio
import random
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID, uuid4

import orjson

from kit import db
from kit.calendar import today
from survey.answers import mixing
from survey.answers import service as answers
from survey.app import service
from survey.collection.admission import Proof
from survey.collection.slips.codes import new_code, slip_hash
from survey.collection.slips.service import slip_token
from survey.questionnaires import definition as definitions
from survey.sealing import service as sealing

SEED = 20_261_121
GROUPS, EACH = 10, 25
AGES, GENDERS = ("under_25", "45_plus"), ("female", "male")
CODE = "2s2ps22"

NAIVE = """
CREATE TABLE naive_spent (token bytea PRIMARY KEY);
CREATE TABLE naive_answer (response_group_id uuid, age_band text, gender text, values jsonb);
"""


@dataclass(frozen=True)
class Worker:
    """A worker as the attacker knows them, in the order of submission; `text` is what nobody may find out."""

    number: int
    group: str
    age: str
    gender: str
    slip: str
    token: str
    text: str


async def build() -> tuple[UUID, list[UUID]]:
    """An open wave with a slip address, and ten response groups of 100 people."""
    document = _document()
    questionnaire, version, programme, wave = (uuid4() for _ in range(4))
    await db.execute("INSERT INTO questionnaire VALUES ($1, 'secrets', $1)", questionnaire)
    await db.execute(
        "INSERT INTO questionnaire_version (id, questionnaire_id, number, definition, sha256, published_at)"
        " VALUES ($1, $2, 1, $3::text::jsonb, $4, now())",
        *(version, questionnaire, orjson.dumps(document).decode(), definitions.digest(document)),
    )
    await db.execute(
        "INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on)"
        " VALUES ($1, 'secrets', 'Bí mật', 'Secrets', $1, $1, $2, current_date)",
        *(programme, questionnaire),
    )
    await db.execute(
        "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state, tree_version,"
        " frozen_at, ways) VALUES ($1, $2, 1, $3, now(), now() + interval '30 days', 'open', 1, now(), '{slip}')",
        *(wave, programme, version),
    )
    await db.execute("INSERT INTO collector (code, wave_id, kind) VALUES ($1, $2, 'slip')", CODE, wave)
    units = [uuid4() for _ in range(GROUPS)]
    for number, unit in enumerate(units):
        await db.execute(
            "INSERT INTO response_group (id, wave_id, name_vi, name_en, path, people) VALUES ($1, $2, 'N', 'G', $3, 100)",
            *(unit, wave, f"{number:05}"),
        )
        await db.execute(
            "INSERT INTO frame_unit (wave_id, unit_id, path, response_group_id) VALUES ($1, $2, $3, $2)",
            *(wave, unit, f"{number:05}"),
        )
    await sealing.provide_keys(today())
    return wave, units


def _document() -> dict:
    document = orjson.loads(files("survey.demo").joinpath("questionnaire.json").read_bytes())
    wanted = {"comment", "age", "gender"}
    for section in document["sections"]:
        section["questions"] = [each for each in section["questions"] if each["code"] in wanted]
        section.pop("shown_if", None)
    for each in (each for section in document["sections"] for each in section["questions"]):
        each.pop("shown_if", None)
    document["sections"] = [section for section in document["sections"] if section["questions"]]
    return document


async def workers(wave: UUID, units: list[UUID]) -> list[Worker]:
    """Everybody, in the random order in which they will answer, each with a slip of their unit and a text."""
    rng = random.Random(SEED)
    cells = [(unit, age, gender) for unit in units for age in AGES for gender in GENDERS for _ in range(EACH)]
    rng.shuffle(cells)
    batches = {unit: uuid4() for unit in units}
    for unit, batch in batches.items():
        await db.execute("INSERT INTO slip_batch VALUES ($1, $2, $3, 100, now())", batch, wave, unit)
    made = []
    for number, (unit, age, gender) in enumerate(cells):
        code = new_code()
        hashed = slip_hash(code)
        await db.execute("INSERT INTO slip VALUES ($1, $2)", hashed, batches[unit])
        text = f"secret{rng.getrandbits(64):016x}" + "x" * rng.randrange(300)
        made.append(Worker(number, str(unit), age, gender, code, slip_token(wave, hashed).hex(), text))
    return made


async def fill(everyone: list[Worker]) -> None:
    """Eight at a time, nearly in order, as on an opening morning."""
    queue = asyncio.Queue[Worker]()
    for worker in everyone:
        queue.put_nowait(worker)

    async def answer() -> None:
        while not queue.empty():
            worker = queue.get_nowait()
            raw = {"comment": [worker.text], "age": [worker.age], "gender": [worker.gender]}
            await answers.submit(CODE, Proof(answers.new_key(), slip=worker.slip), raw)

    await asyncio.gather(*(answer() for _ in range(8)))


async def naive(everyone: list[Worker]) -> None:
    """What the first idea would be: spend the slip and store the answer in one transaction."""
    await db.execute(NAIVE)
    for worker in everyone:
        async with db.transaction():
            await db.execute("INSERT INTO naive_spent VALUES ($1)", bytes.fromhex(worker.token))
            await db.execute(
                "INSERT INTO naive_answer VALUES ($1, $2, $3, $4::text::jsonb)",
                *(UUID(worker.group), worker.age, worker.gender, orjson.dumps({"comment": worker.text}).decode()),
            )


async def turn(wave: UUID, nights: int) -> None:
    """Let a night pass: mix, seal anew, destroy the key."""
    day = today() + timedelta(days=nights)
    await sealing.provide_keys(day)
    await mixing.mix(wave, day)
    await sealing.retire_keys(day, grace=0)


async def main(known: Path) -> None:
    """Do what standard input says."""
    async with service.connected():
        wave, units = await build()
        everyone = await workers(wave, units)
        known.write_bytes(orjson.dumps([asdict(worker) for worker in everyone]))
        nights = 0
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line == "fill":
                await fill(everyone)
            elif line == "naive":
                await naive(everyone)
            elif line == "turn":
                nights += 1
                await turn(wave, nights)
            elif line == "close":
                await db.execute("UPDATE wave SET state = 'closed', closes_at = now() WHERE id = $1", wave)
            sys.stdout.write("ok\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
