"""Row-level files for the owner's analysts: k = 5, nothing that names anybody, labels that survive, every step told."""

import csv
import io
import random
import zipfile
from collections import Counter
from uuid import uuid4

import orjson
import pyarrow.parquet as pq
import pyreadstat
import pytest
from downloads_world import OTHER_OWNER, OWNER, WORKER, made, released_world
from results_world import ANSWERS, DEFINITION, PEOPLE, both, choices, make_world

from kit import db
from kit.errors import Forbidden, InvalidInput
from survey.downloads import service
from survey.downloads.jobs import download_requested
from survey.questionnaires.definition import digest

TRAITS = ("age_band", "gender", "unit", "region")
SECRET = "Anh Hùng ở 0912345678"


async def sav(job_queue, tmp_path, release_id, language="vi"):
    _, content = await made(job_queue, release_id, "extract", "sav", language=language)
    path = tmp_path / "extract.sav"
    path.write_bytes(content)
    columns, about = pyreadstat.read_sav(path, output_format="dict")
    return columns, about, content


def rows_of(columns, names):
    return list(zip(*(columns[name] for name in names), strict=True))


async def test_every_combination_has_five_answers(database, job_queue, tmp_path):
    _, release_id = await released_world()
    columns, _, _ = await sav(job_queue, tmp_path, release_id)
    sizes = Counter(rows_of(columns, TRAITS))
    # The four young women of the southeast are told with the forty who are older; nobody else needed to be joined.
    assert sorted(sizes.values()) == [20, 20, 30, 30, 44, 50, 60]
    assert len(columns["channel"]) == 254


async def test_labels_survive_in_both_languages(database, job_queue, tmp_path):
    _, release_id = await released_world()
    _, vi, _ = await sav(job_queue, tmp_path, release_id)
    assert vi.column_names_to_labels["channel"] == "Anh/chị biết tin qua đâu?"
    assert vi.variable_value_labels["channel"] == {1.0: "zalo (vi)", 2.0: "board (vi)"}
    assert vi.variable_value_labels["trust"] == {1.0: "1", 2.0: "2", 3.0: "3"}
    assert set(vi.variable_value_labels["age_band"].values()) == {
        "Dưới 25 tuổi",
        "25–34 tuổi",
        "Không nêu trong bản này",
    }
    assert vi.variable_measure["channel"] == "nominal"
    assert vi.variable_measure["weight"] == "scale"
    notes = " ".join(vi.notes)
    assert "ít nhất 5 phiếu: 8 tổ hợp được gộp còn 7" in notes
    _, en, _ = await sav(job_queue, tmp_path, release_id, "en")
    assert en.column_names_to_labels["channel"] == "Where do you get news?"
    assert en.variable_value_labels["region"] == {1.0: "Southeast", 2.0: "Mekong delta"}
    assert "at least 5 answers" in " ".join(en.notes)


async def test_answers_are_those_of_the_release(database, job_queue, tmp_path):
    _, release_id = await released_world()
    columns, _, _ = await sav(job_queue, tmp_path, release_id)
    assert Counter(columns["channel"]) == {1.0: 146, 2.0: 108}
    # Only who uses Zalo was asked how often.
    assert Counter(columns["zalo_often"]) == {1.0: 146, None: 108}


async def test_weights_stand_for_the_frame_and_tell_no_more_than_the_segments(database, job_queue, tmp_path):
    _, release_id = await released_world()
    columns, _, _ = await sav(job_queue, tmp_path, release_id)
    assert sum(columns["weight"]) == pytest.approx(sum(PEOPLE.values()))
    weights = {}
    for *traits, weight in rows_of(columns, (*TRAITS, "weight")):
        weights.setdefault(tuple(traits), set()).add(round(weight, 9))
    assert {len(found) for found in weights.values()} == {1}


async def test_holds_nothing_that_is_forbidden(database, job_queue, tmp_path):
    world, release_id = await released_world(texts=(SECRET,) * 20)
    ids = [str(world.wave_id), str(world.version_id), *map(str, world.groups.values())]
    paths = [row["path"] for row in await db.rows("SELECT path FROM frame_unit")]
    _, _, whole = await sav(job_queue, tmp_path, release_id)
    _, archive = await made(job_queue, release_id, "extract", "csv")
    _, parquet = await made(job_queue, release_id, "extract", "parquet")
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        texts = b"".join(files.read(name) for name in files.namelist())
        assert files.namelist() == ["answers.csv", "codebook.csv", "README.txt"]
        head = next(csv.reader(io.StringIO(files.read("answers.csv").decode("utf-8-sig"))))
    table = pq.read_table(io.BytesIO(parquet))
    expected = ["age_band", "gender", "unit", "region", "channel", "zalo_often", "trust", "weight"]
    assert head == table.column_names == expected
    content = texts + whole + str(table.to_pydict()).encode() + str(table.schema.metadata).encode()
    for word in ("Hùng", "0912345678", "comment", *ids, *paths):
        assert word.encode() not in content


async def test_the_order_is_another_each_time_and_not_that_of_storage(database, job_queue, tmp_path):
    _, release_id = await released_world()
    stored = [zalo for zalo, board in ANSWERS.values() for zalo in [1.0] * zalo + [2.0] * board]
    orders = []
    for _ in range(2):
        columns, _, _ = await sav(job_queue, tmp_path, release_id)
        orders.append(rows_of(columns, (*TRAITS, "channel")))
        await db.execute("DELETE FROM download")
    assert orders[0] != orders[1]
    assert Counter(orders[0]) == Counter(orders[1])
    assert [row[-1] for row in orders[0]] != stored


async def test_csv_and_parquet_have_codes_and_a_codebook(database, job_queue):
    _, release_id = await released_world()
    _, archive = await made(job_queue, release_id, "extract", "csv")
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        rows = list(csv.DictReader(io.StringIO(files.read("answers.csv").decode("utf-8-sig"))))
        book = list(csv.DictReader(io.StringIO(files.read("codebook.csv").decode("utf-8-sig"))))
    assert Counter(row["channel"] for row in rows) == {"zalo": 146, "board": 108}
    assert Counter(row["zalo_often"] for row in rows) == {"yes": 146, "": 108}
    assert {row["age_band"] for row in rows} == {"under_25", "25_34", "*"}
    lines = {(row["name"], row["code"]): row["meaning"] for row in book}
    assert lines["channel", "board"] == "board (vi)"
    assert lines["age_band", "*"] == "Không nêu trong bản này"
    _, parquet = await made(job_queue, release_id, "extract", "parquet")
    table = pq.read_table(io.BytesIO(parquet))
    assert Counter(table["channel"].to_pylist()) == {"zalo": 146, "board": 108}
    assert Counter(table["zalo_often"].to_pylist()) == {"yes": 146, None: 108}
    assert Counter(table["trust"].to_pylist()) == {"2": 254}


async def test_asking_and_fetching_are_told_of_whom_when_which_and_how(client, database, job_queue):
    world, release_id = await released_world()
    found, _ = await made(job_queue, release_id, "extract", "sav")
    for _ in range(2):
        assert (await client.get(found.url, caller=OWNER)).status_code == 200
    trail = await db.rows(
        "SELECT subject, action, thing_id, after->>'format' AS format, after->>'release' AS release FROM audit WHERE action LIKE 'extract.%' ORDER BY id"
    )
    assert [tuple(row) for row in trail] == [
        ("owner", "extract.requested", str(world.wave_id), "sav", "1"),
        ("owner", "extract.fetched", str(world.wave_id), "sav", "1"),
        ("owner", "extract.fetched", str(world.wave_id), "sav", "1"),
    ]


async def test_a_fetch_that_is_refused_is_not_told(client, database, job_queue):
    _, release_id = await released_world()
    found, _ = await made(job_queue, release_id, "extract", "sav")
    before = await db.value("SELECT count(*) FROM audit")
    assert (await client.get(found.url, caller=OTHER_OWNER)).status_code == 404
    demoted = type(OWNER)(OWNER.subject, WORKER.grants, 1)
    assert (await client.get(found.url, caller=demoted)).status_code == 403
    assert await db.value("SELECT count(*) FROM audit") == before


async def refused(release_id):
    with pytest.raises(service.WaveNotOver):
        await service.ask_download(OWNER, release_id, kind="extract", format="sav", language="vi")
    return await db.value("SELECT count(*) FROM download") == 0


async def test_needs_a_wave_that_is_over(database, job_queue):
    _, release_id = await released_world(state="open")
    assert await refused(release_id)


async def test_needs_a_release_of_all_answers(database, job_queue):
    world, release_id = await released_world()
    await world.add_answers({("under_25", "male", "southeast"): (1, 0)})
    assert await refused(release_id)


async def test_the_worker_looks_again(database, job_queue):
    world, release_id = await released_world()
    asked = await service.ask_download(OWNER, release_id, kind="extract", format="sav", language="vi")
    await world.add_answers({("under_25", "male", "southeast"): (1, 0)})
    await download_requested(str(asked.id))
    found = await service.download(OWNER, asked.id)
    assert (found.state, found.problem, found.bytes) == ("refused", "WAVE_NOT_OVER", None)


async def ask_more(world):
    """Have the wave ask of schooling, of several things at once, and of something sensitive."""
    definition = orjson.loads(orjson.dumps(DEFINITION))
    more = {"concept": "more", "kind": "single", "text": both("Thêm", "More"), "privacy": "plain"}
    definition["sections"][0]["questions"] += [
        {
            **more,
            "code": "school",
            "role": "education",
            "privacy": "segment",
            "choices": choices("low", "middle", "high"),
        },
        {**more, "code": "topics", "kind": "multiple", "choices": choices("wages", "safety")},
        {**more, "code": "ill", "privacy": "sensitive", "choices": choices("often", "never")},
    ]
    version_id = uuid4()
    await db.execute(
        "INSERT INTO questionnaire_version SELECT $1, questionnaire_id, 2, $2::text::jsonb, $3, now()"
        " FROM questionnaire_version WHERE id = $4",
        version_id,
        orjson.dumps(definition).decode(),
        digest(definition),
        world.version_id,
    )
    await db.execute("UPDATE wave SET questionnaire_version_id = $2 WHERE id = $1", world.wave_id, version_id)
    chance = random.Random(5)
    for age_band, gender, region in list(PEOPLE) * 40:
        values = {
            "channel": chance.choice(["zalo", "board"]),
            "ill": chance.choice(["often", "never"]),
            "topics": chance.sample(["wages", "safety"], chance.choice([1, 2])),
        }
        if chance.random() < 0.9:
            values["school"] = chance.choices(["low", "middle", "high"], [30, 8, 1])[0]
        await db.execute(
            'INSERT INTO answer (wave_id, response_group_id, questionnaire_version_id, age_band, gender, region, "values")'
            " VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
            world.wave_id,
            world.groups[region],
            version_id,
            age_band,
            gender,
            region,
            orjson.dumps(values).decode(),
        )


async def test_further_segments_count_and_what_is_sensitive_stays_out(database, job_queue, tmp_path):
    world = await make_world()
    await ask_more(world)
    columns, about, _ = await sav(job_queue, tmp_path, await world.publish())
    expected = ["school", *TRAITS, "channel", "zalo_often", "trust", "topics_1", "topics_2", "weight"]
    assert list(columns) == expected
    sizes = Counter(rows_of(columns, ("school", *TRAITS)))
    assert min(sizes.values()) >= 5
    labels = set(about.variable_value_labels["school"].values())
    # Whom few are like is told with others of another schooling, or with none.
    assert "low (vi)" in labels
    assert "high (vi)" not in labels
    assert set(about.variable_value_labels["unit"].values()) == {"Đơn vị"}
    assert set(columns["topics_1"]) == {0.0, 1.0}
    assert about.variable_value_labels["topics_2"] == {0.0: "Không chọn", 1.0: "Chọn"}
    assert about.column_names_to_labels["topics_1"] == "wages (vi) – Thêm"


async def test_is_of_the_target_and_for_its_owner(database, job_queue):
    world, release_id = await released_world()
    unit_id = await db.value("SELECT unit_id FROM frame_unit WHERE response_group_id = $1", world.groups["southeast"])
    wish = {"kind": "extract", "format": "sav", "language": "vi"}
    with pytest.raises(InvalidInput):
        await service.ask_download(OWNER, release_id, **wish, unit_id=unit_id)
    with pytest.raises(Forbidden):
        await service.ask_download(WORKER, release_id, **wish)
    assert await db.value("SELECT count(*) FROM download") == 0
