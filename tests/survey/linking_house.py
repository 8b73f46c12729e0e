"""A survey with 1,000 simulated workers in a process of its own, told on standard input what happens next.

`fill` has everyone answer once, or the next so many, through the service; `naive` has the same answers stored by a
deliberately careless implementation, in tables of its own; `turn` lets a night pass; `close` ends the wave, and `mix`
mixes it on the same day. It answers each with `ok`. Arguments: the file for what the attacker knows, how many response
groups there are, how many answer in each of a group's four segments, and the way: slips, or a poll's open link.
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
from survey.collection.admission import Proof, key_hash
from survey.collection.slips.codes import new_code, slip_hash
from survey.collection.slips.service import slip_token
from survey.questionnaires import definition as definitions
from survey.sealing import service as sealing

SEED = 20_261_121
AGES, GENDERS = ("under_25", "45_plus"), ("female", "male")
CODE = "2s2ps22"

NAIVE = """
CREATE TABLE naive_spent (token bytea PRIMARY KEY);
CREATE TABLE naive_answer (response_group_id uuid, age_band text, gender text, values jsonb);
"""


@dataclass(frozen=True)
class Worker:
    """A worker as the attacker knows them, in the order of submission; `text` is what nobody may find out.

    `slip` is the slip's code or, of a poll, the key that the phone made for the form: somebody has seen even that.
    """

    number: int
    group: str
    age: str
    gender: str
    slip: str
    token: str
    text: str


@dataclass(frozen=True)
class Layout:
    """How many groups there are, how many answer in each segment of one, and how."""

    groups: int
    each: int
    way: str


async def build(layout: Layout) -> tuple[UUID, list[UUID]]:
    """An open wave with one address, and response groups of 100 people."""
    kind, state = ("survey", "active") if layout.way == "slip" else ("poll", "ended")
    document = _document()
    questionnaire, version, programme, wave = (uuid4() for _ in range(4))
    await db.execute("INSERT INTO questionnaire VALUES ($1, 'secrets', $1)", questionnaire)
    await db.execute(
        "INSERT INTO questionnaire_version (id, questionnaire_id, number, definition, sha256, published_at)"
        " VALUES ($1, $2, 1, $3::text::jsonb, $4, now())",
        *(version, questionnaire, orjson.dumps(document).decode(), definitions.digest(document)),
    )
    await db.execute(
        "INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on,"
        " kind, state) VALUES ($1, 'secrets', 'Bí mật', 'Secrets', $1, $1, $2, current_date, $3, $4)",
        *(programme, questionnaire, kind, state),
    )
    await db.execute(
        "INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state, tree_version,"
        " frozen_at, ways) VALUES ($1, $2, 1, $3, now(), now() + interval '30 days', 'open', 1, now(), ARRAY[$4])",
        *(wave, programme, version, layout.way),
    )
    await db.execute("INSERT INTO collector (code, wave_id, kind) VALUES ($1, $2, $3)", CODE, wave, layout.way)
    units = [uuid4() for _ in range(layout.groups)]
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


async def workers(wave: UUID, units: list[UUID], layout: Layout) -> list[Worker]:
    """Everybody, in the random order in which they will answer, each with a slip of their unit and a text."""
    rng = random.Random(SEED)
    cells = [(unit, age, gender) for unit in units for age in AGES for gender in GENDERS for _ in range(layout.each)]
    rng.shuffle(cells)
    batches = {unit: uuid4() for unit in units}
    for unit, batch in batches.items():
        await db.execute("INSERT INTO slip_batch VALUES ($1, $2, $3, 100, now())", batch, wave, unit)
    made = []
    for number, (unit, age, gender) in enumerate(cells):
        text = f"secret{rng.getrandbits(64):016x}" + "x" * rng.randrange(300)
        if layout.way == "open_link":
            # Its one address is the whole wave's, so no answer tells a group.
            key = answers.new_key()
            made.append(Worker(number, "None", age, gender, key, key_hash(wave, key).hex(), text))
            continue
        code = new_code()
        hashed = slip_hash(code)
        await db.execute("INSERT INTO slip VALUES ($1, $2)", hashed, batches[unit])
        made.append(Worker(number, str(unit), age, gender, code, slip_token(wave, hashed).hex(), text))
    return made


def proof(worker: Worker, layout: Layout) -> Proof:
    """What comes with the worker's form."""
    if layout.way == "open_link":
        return Proof(worker.slip)
    return Proof(answers.new_key(), slip=worker.slip)


async def fill(everyone: list[Worker], layout: Layout) -> None:
    """Eight at a time, nearly in order, as on an opening morning."""
    queue = asyncio.Queue[Worker]()
    for worker in everyone:
        queue.put_nowait(worker)

    async def answer() -> None:
        while not queue.empty():
            worker = queue.get_nowait()
            raw = {"comment": [worker.text], "age": [worker.age], "gender": [worker.gender]}
            await answers.submit(CODE, proof(worker, layout), raw)

    await asyncio.gather(*(answer() for _ in range(8)))


async def naive(everyone: list[Worker]) -> None:
    """What the first idea would be: spend the slip and store the answer in one transaction."""
    await db.execute(NAIVE)
    for worker in everyone:
        async with db.transaction():
            await db.execute("INSERT INTO naive_spent VALUES ($1)", bytes.fromhex(worker.token))
            await db.execute(
                "INSERT INTO naive_answer VALUES ($1, $2, $3, $4::text::jsonb)",
                *(
                    None if worker.group == "None" else UUID(worker.group),
                    worker.age,
                    worker.gender,
                    orjson.dumps({"comment": worker.text}).decode(),
                ),
            )


async def turn(wave: UUID, nights: int) -> None:
    """Let a night pass: mix, seal anew, destroy the key."""
    day = today() + timedelta(days=nights)
    await sealing.provide_keys(day)
    await mixing.mix(wave, day)
    await sealing.retire_keys(day, grace=0)


async def main(known: Path, layout: Layout) -> None:
    """Do what standard input says."""
    async with service.connected():
        wave, units = await build(layout)
        everyone = await workers(wave, units, layout)
        waiting = list(everyone)
        known.write_bytes(orjson.dumps([asdict(worker) for worker in everyone]))
        nights = 0
        while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if line.startswith("fill"):
                count = int(line[4:] or len(waiting))
                await fill(waiting[:count], layout)
                del waiting[:count]
            elif line == "mix":
                await mixing.mix(wave, today() + timedelta(days=nights))
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
    asyncio.run(main(Path(sys.argv[1]), Layout(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
