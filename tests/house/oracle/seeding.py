"""Putting a made-up union into the three services: the tree through org, the rest into each database as it stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from results_world import DEFINITION as ASKED
from results_world import both, choices

from kit import db, jobs
from kit.app import Service
from kit.calendar import today
from kit.events import Event
from kit.identity import SYSTEM, read_passport
from kit.testing import on_database, passport_keys
from media_archive.audit.service import tell_of_asset
from media_archive.search import follow
from media_archive.search.index import AssetIndex
from oracle.collections_world import fill_collections
from oracle.describing_world import fill_describing
from oracle.keeping_world import fill_keeping
from oracle.reuse_world import fill_reuse
from oracle.sharing_world import fill_sharing
from oracle.world import (
    FOUNDED,
    KIND,
    REORGANISED,
    Colleague,
    Grant,
    NaiveUnit,
    Person,
    Poll,
    Programme,
    Release,
    Step,
    Wave,
    World,
)
from org.access.service import issue_passport
from org.channels.service import ChannelFacts, add_channel
from org.groups.service import add_units, found_group
from org.headcounts.service import Cell, publish_headcounts
from org.people import service as people
from org.reorganisations.service.dissolve import dissolve_unit
from org.reorganisations.service.merge import merge_units
from org.units.service import NewUnit, UnitNames, create_unit, move_unit
from org.units.service.change import Decision
from survey.audit.service import tell_of_programme
from survey.collection.credentials.signing import encoded
from survey.polls.question import Bilingual, PollQuestion, poll_definition
from survey.questionnaires.definition import digest

DAY = timedelta(days=1)
NOTE = "Theo nghị quyết"
# What is asked, and whether the union's information reached people.
REACHED = {
    "code": "reached",
    "concept": "information_reached",
    "kind": "single",
    "text": both("Có nhận được tin không?", "Has any news reached you?"),
    "privacy": "plain",
    "choices": choices("yes", "no"),
}
# Which of org's topics people want more of.
WANTED = {
    "code": "topics",
    "concept": "topic_demand",
    "kind": "multiple",
    "text": both("Muốn biết thêm gì?", "What should we tell you more about?"),
    "privacy": "plain",
    "choices": choices("labour_law", "benefits"),
}
DEFINITION = {
    **ASKED,
    "sections": [*ASKED["sections"], {"code": "reach", "title": both("Tin", "News"), "questions": [REACHED, WANTED]}],
}


@dataclass(frozen=True)
class News:
    """What org told: what had happened when the other services were filled, and what happened afterwards."""

    before: list[Event]
    after: list[Event]


@asynccontextmanager
async def a_service(package: str, folder: Path) -> AsyncIterator[Service]:
    """A service over its migrated database, in a transaction that is undone."""
    jobs.use_queue(jobs.MemoryQueue())
    try:
        async with on_database(f"{package}.app", str(folder)) as service:
            yield service
    finally:
        jobs.use_queue(None)


async def fill_org(world: World) -> News:
    """Found the union, let happen what happens, give people their roles, and keep what others are told."""
    for unit in world.units:
        await _create(unit, world.founded_under[unit])
    await _fill_with_things_of_org(world)
    told = await db.value("SELECT max(number) FROM outbox")
    for number, step in enumerate(world.steps):
        await _take(step, REORGANISED + number * DAY)
    for grant in world.grants:
        await _give(grant)
    for batch, subject in world.batches.items():
        await db.execute(
            """INSERT INTO import_run (id, purpose, file_name, content, effective_on, submitted_by, is_system, state, step)
               VALUES ($1, 'reorganisation', 'a.csv', '', $2, $3, false, 'ready', 'waiting')""",
            batch,
            FOUNDED,
            subject,
        )
    for person in world.people:
        await _sign_in(person)
    events = [
        Event(row["number"], row["type"], row["at"], orjson.loads(row["payload"]))
        for row in await db.rows("SELECT number, type, at, payload FROM outbox ORDER BY number")
    ]
    return News([one for one in events if one.number <= told], [one for one in events if one.number > told])


async def hear(service: Service, events: list[Event]) -> None:
    """Do with org's news what the worker of a service does."""
    handlers = service.consumes["org"]
    for event in events:
        if event.type in handlers:
            await handlers[event.type](event)


async def fill_survey(world: World) -> None:
    """Put questionnaires, programmes, waves and releases into survey, as its read model stands now."""
    paths = {row["id"]: row["path"] for row in await db.rows("SELECT id, path FROM unit")}
    for questionnaire in world.questionnaires:
        await db.execute(
            "INSERT INTO questionnaire VALUES ($1, $2, $3)",
            questionnaire.id,
            questionnaire.code,
            questionnaire.owner.id,
        )
        for version in questionnaire.versions:
            await db.execute(
                "INSERT INTO questionnaire_version VALUES ($1, $2, $3, $4::text::jsonb, $5, $6)",
                version.id,
                questionnaire.id,
                version.number,
                orjson.dumps(DEFINITION).decode(),
                digest(DEFINITION),
                datetime.now(UTC) if version.is_published else None,
            )
    for programme in world.programmes:
        await _add_programme(programme)
        for wave in programme.waves:
            await _add_wave(wave, paths)
    for number, poll in enumerate(world.polls, start=1):
        await _add_poll(poll, number)


async def fill_archive(world: World, folder: Path) -> None:
    """Put the materials into the archive as its read model stands now; searches of this process find them."""
    paths = {row["id"]: row["path"] for row in await db.rows("SELECT id, path FROM unit")}
    for number, asset in enumerate(world.assets):
        digest_ = sha256(asset.id.bytes).digest()
        await db.execute("INSERT INTO stored_file (sha256, size, media_type) VALUES ($1, 1, 'text/plain')", digest_)
        await db.execute(
            """WITH version AS (
                 INSERT INTO asset_version (asset_id, number, sha256, file_name) VALUES ($1, 1, $8, 'a.txt'))
               INSERT INTO asset (id, unit_id, unit_path, kind, title, topics, visibility, sha256, file_name, created_on,
                 added_at, embargo_until, lease_until, hidden)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'a.txt', '2026-01-01', $9, $10, $11, $12)""",
            asset.id,
            asset.unit.id,
            paths[asset.unit.id],
            asset.kind,
            asset.title,
            asset.topics,
            asset.visibility,
            digest_,
            datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
            asset.embargo_until,
            asset.lease_until,
            asset.hidden,
        )
        for unit, until in asset.granted.items():
            await db.execute(
                "INSERT INTO asset_grant (asset_id, unit_id, until) VALUES ($1, $2, $3)", asset.id, unit.id, until
            )
        for subject, until in asset.readers.items():
            await db.execute(
                "INSERT INTO person_grant (id, asset_id, account, unit_id, until) VALUES ($1, $1, $2, $3, $4)",
                asset.id,
                subject,
                asset.unit.id,
                until,
            )
        await tell_of_asset(SYSTEM, "asset.added", asset.id)
    await fill_sharing(world)
    await fill_reuse(world)
    await fill_collections(world)
    await fill_keeping(world)
    await fill_describing(world)
    follower = follow.Follower(AssetIndex(folder))
    await follower.build()
    follow.use(follower)


async def _create(unit: NaiveUnit, parent: NaiveUnit | None) -> None:
    await create_unit(
        SYSTEM,
        NewUnit(
            parent_id=parent.id if parent else None,
            names=UnitNames.checked(unit.name, None, None),
            code=unit.code,
            level=unit.level,
            kind=KIND.get(unit.level, "enterprise"),
            on=unit.begins,
            id=unit.id,
        ),
    )


async def _fill_with_things_of_org(world: World) -> None:
    for unit, published in world.published.items():
        cells = [Cell(*cell, *numbers) for cell, numbers in published.items()]
        await publish_headcounts(SYSTEM, unit.id, date(2026, 1, 1), cells, "oracle")
    for department_id, unit in world.departments.items():
        await people.found_department(
            SYSTEM, unit.id, "office", "Văn phòng", "Office", FOUNDED, department_id=department_id
        )
    for training in world.trainings:
        training.id = await people.record_class(
            SYSTEM, training.unit.id, training.name, "communications_skills", date(2026, 1, 5), date(2026, 1, 6)
        )
    for colleague in world.colleagues:
        await _add_colleague(colleague)
    for unit, seats in world.seats.items():
        await people.set_seats(SYSTEM, unit.id, "chair", seats, FOUNDED)
    for number, channel in enumerate(world.channels):
        facts = ChannelFacts(
            channel.name, "officers", f"https://kenh-{number}.example.vn/", is_public=channel.is_public
        )
        channel.id = (await add_channel(SYSTEM, channel.unit.id, "website", facts, FOUNDED))["id"]
    group = await found_group(SYSTEM, world.units[0].id, "Đơn vị trọng điểm", "Key units", since=FOUNDED)
    await add_units(SYSTEM, group["id"], [unit.id for unit in world.grouped], FOUNDED)


async def _add_colleague(one: Colleague) -> None:
    await people.add_person(SYSTEM, one.name, one.subject, one.id, one.keeper.id, phone="0900000000")
    for post in one.posts:
        until = today() + post.ends_in * DAY if post.ends_in is not None else None
        await people.appoint(SYSTEM, one.id, post.unit.id, post.name, FOUNDED, until)
    for unit in one.collaborates:
        await people.add_collaborator(SYSTEM, one.id, unit.id, "press", FOUNDED)
    for training in one.attended:
        await people.record_attendance(SYSTEM, training.id, [one.id])


async def _take(step: Step, on: date) -> None:
    if step.kind == "move":
        await move_unit(SYSTEM, step.unit.id, step.other.id, today() + 9 * DAY if step.is_ahead else on)
    elif step.kind == "merge":
        decision = Decision.checked("12/QĐ", "https://example.vn/12.pdf", NOTE)
        await merge_units(SYSTEM, [step.unit.id], step.other.id, on, decision)
    else:
        await dissolve_unit(SYSTEM, step.unit.id, on)


async def _give(grant: Grant) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    since, until = now - 10 * DAY, now + grant.ends_in * DAY if grant.ends_in else None
    if not grant.is_held:
        since, until = (now - 10 * DAY, now - DAY) if grant.id.int % 2 else (now + DAY, None)
    await db.execute(
        """INSERT INTO role_grant (id, subject, role, unit_id, valid, granted_by)
           VALUES ($1, $2, $3, $4, tstzrange($5, $6), 'oracle')""",
        grant.id,
        grant.subject,
        grant.role,
        grant.unit.id,
        since,
        until,
    )


async def _sign_in(person: Person) -> None:
    if person.subject is not None:
        private, public = passport_keys()
        person.caller = read_passport(public, (await issue_passport(person.subject, private))[0])


async def _add_programme(programme: Programme) -> None:
    await db.execute(
        """INSERT INTO programme (id, code, title_vi, title_en, owner_unit_id, target_unit_id, questionnaire_id, starts_on)
           VALUES ($1, $2, 'Khảo sát', 'Survey', $3, $4, $5, '2026-01-01')""",
        programme.id,
        programme.code,
        programme.owner.id,
        programme.target.id,
        programme.questionnaire.id,
    )
    await tell_of_programme(SYSTEM, "programme.created", programme.id, None, {"code": programme.code})


async def _add_wave(wave: Wave, paths: dict[UUID, str]) -> None:
    frozen = wave.state != "planned"
    since = {"closed": -400 * DAY, "open": -10 * DAY, "planned": 30 * DAY}
    opened = datetime.now(UTC) + since[wave.state] + wave.number * 20 * DAY * (wave.state != "open")
    closes = opened + 20 * DAY
    await db.execute(
        """INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state,
             tree_version, frozen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        wave.id,
        wave.programme.id,
        wave.number,
        wave.version.id if wave.version else None,
        opened,
        closes,
        wave.state,
        1 if frozen else None,
        opened if frozen else None,
    )
    await _add_frame(wave, paths)
    await _add_ways_to_answer(wave, opened)
    for release in wave.releases:
        await _add_release(wave, release)
    for request in wave.requests:
        await db.execute(
            """INSERT INTO release_request (id, wave_id, is_public, is_simulated, seed, state)
               VALUES ($1, $2, false, true, 1, 'waiting')""",
            request,
            wave.id,
        )


async def _add_frame(wave: Wave, paths: dict[UUID, str]) -> None:
    await db.execute(
        "INSERT INTO frame_unit (wave_id, unit_id, path) SELECT $1, * FROM unnest($2::uuid[], $3::text[])",
        wave.id,
        [unit.id for unit in wave.frame],
        [paths[unit.id] for unit in wave.frame],
    )
    for group in wave.groups:
        await db.execute(
            """INSERT INTO response_group (id, wave_id, name_vi, name_en, path, people)
               VALUES ($1, $2, 'Nhóm', 'Group', $3, $4)""",
            group.id,
            wave.id,
            paths[group.unit.id],
            group.people,
        )


async def _add_ways_to_answer(wave: Wave, opened: datetime) -> None:
    for code, group_id in [(wave.code, None), *((group.code, group.id) for group in wave.groups)]:
        await db.execute(
            "INSERT INTO collector (code, wave_id, response_group_id) VALUES ($1, $2, $3)", code, wave.id, group_id
        )
    if wave.credential_code:
        await _add_credentials(wave, wave.credential_code)
    for batch, unit in wave.slips.items():
        await db.execute(
            "INSERT INTO slip_batch (id, wave_id, unit_id, amount, made_at) VALUES ($1, $2, $3, 1, $4)",
            batch,
            wave.id,
            unit.id,
            opened,
        )


async def _add_release(wave: Wave, release: Release) -> None:
    await _add_open_answers(release)
    await _add_tables(wave, release.id)
    await db.execute(
        """INSERT INTO release (id, wave_id, number, is_public, is_simulated, answers_used, people, minimum_base,
             method, seed, sha256, axes, shown_cells, hidden_cells)
           VALUES ($1, $2, $3, $4, true, 100, 1000, 10, $5::text::jsonb, 1, $6, $7::text::jsonb, 1, 0)""",
        release.id,
        wave.id,
        release.number,
        release.is_public,
        orjson.dumps(METHOD).decode(),
        "0" * 64,
        orjson.dumps(AXES).decode(),
    )
    await _add_downloads(release, wave)


async def _add_open_answers(release: Release) -> None:
    await db.execute("INSERT INTO release_open_question VALUES ($1, 'comment', 10, 10)", release.id)
    await db.execute(
        "INSERT INTO release_open_answer SELECT $1, 'comment', place, 'Ý kiến' FROM generate_series(1, 10) AS place",
        release.id,
    )


async def _add_downloads(release: Release, wave: Wave) -> None:
    for download, subject in release.downloads.items():
        await db.execute(
            """INSERT INTO download (id, release_id, unit_id, kind, format, language, asked_by, state, finished_at, bytes, sha256)
               VALUES ($1, $2, $3, 'tables', 'csv', 'vi', $4, 'ready', now(), 1, $5)""",
            download,
            release.id,
            wave.programme.target.id,
            subject,
            "0" * 64,
        )


async def _add_tables(wave: Wave, release: UUID) -> None:
    """Give each unit of a wave's frame tables in which only the totals are shown: its base tells it from others."""
    rows = [
        (release, unit.id, [None] * 3 + [base], [None] * 3 + [10 * base])
        for base, unit in enumerate(wave.asked_units, start=10)
    ]
    await db.execute_many(
        "INSERT INTO release_table (release_id, question_code, unit_id, n, people) VALUES ($1, '*', $2, $3, $4)", rows
    )
    shares = [None] * 6 + [500] * 2
    await db.execute_many(
        """INSERT INTO release_table (release_id, question_code, unit_id, n, people, share, low, high, error)
           SELECT $1, question, $2, $3, $4, $5, $5, $5, $5 FROM unnest('{channel,reached,topics}'::text[]) AS question""",
        [(*row, shares) for row in rows],
    )


async def _add_poll(poll: Poll, number: int) -> None:
    """Put a poll there with what it is made of, under ids that follow from its own."""
    definition = poll_definition(PollQuestion("scale", Bilingual("Mấy điểm?")), "points", Bilingual("Công đoàn"), {})
    questionnaire, version, programme, wave = (uuid5(poll.id, name) for name in ("questionnaire", "v", "p", "wave"))
    opened = datetime.now(UTC) - DAY if poll.state != "planned" else datetime.now(UTC) + DAY
    frozen = opened if poll.state != "planned" else None
    await db.execute("INSERT INTO questionnaire VALUES ($1, $2, $3)", questionnaire, f"poll_{number}", poll.unit.id)
    await db.execute(
        "INSERT INTO questionnaire_version VALUES ($1, $2, 1, $3::text::jsonb, $4, now())",
        version,
        questionnaire,
        orjson.dumps(definition).decode(),
        digest(definition),
    )
    await db.execute(
        """INSERT INTO programme (id, code, kind, state, title_vi, title_en, owner_unit_id, target_unit_id,
             questionnaire_id, starts_on) VALUES ($1, $2, 'poll', 'ended', 'Hỏi', 'Poll', $3, $3, $4, '2026-01-01')""",
        programme,
        f"poll_{number}",
        poll.unit.id,
        questionnaire,
    )
    await db.execute(
        """INSERT INTO wave (id, programme_id, number, questionnaire_version_id, opens_at, closes_at, state,
             tree_version, frozen_at) VALUES ($1, $2, 1, $3, $4, $5, $6, 1, $7)""",
        wave,
        programme,
        version if frozen else None,
        opened,
        opened + 2 * DAY,
        poll.state,
        frozen,
    )
    await db.execute("INSERT INTO collector (code, wave_id) VALUES ($1, $2)", "p" * (number + 3), wave)
    await db.execute(
        "INSERT INTO quick_poll (id, unit_id, wave_id, made_on, turn) VALUES ($1, $2, $3, $4, $5)",
        poll.id,
        poll.unit.id,
        wave,
        today(),
        number,
    )


async def _add_credentials(wave: Wave, code: str) -> None:
    await db.execute("INSERT INTO collector (code, wave_id, kind) VALUES ($1, $2, 'credential')", code, wave.id)
    # Nothing is signed with it, so that any odd number of the right length will do.
    public = encoded(RSAPublicNumbers(65_537, 1 << 2_047 | wave.id.int | 1).public_key())
    await db.execute(
        "INSERT INTO credential_key (wave_id, key_id, public_key) VALUES ($1, $2, $3)",
        wave.id,
        sha256(public).digest()[:8],
        public,
    )


METHOD = {
    "sample": "self_selected",
    "weighting": "post_stratified",
    "post_strata": 4,
    "effective_size": 90.5,
    "design_effect": 1.105,
    "trimmed": None,
    "moved": None,
    "margin_missed": None,
    "interval": "wilson",
    "confidence": 0.95,
    "hidden_below": 10,
    "protection": "small_cells",
    "placed": None,
    "version": 2,
}
AXES = {"age_band": ["under_25"], "gender": ["female"], "region": ["southeast"]}
