"""Undoing a large change answers at once with a run, which is worked off in the background: whole, once, or not at all."""

import asyncio
import os
import sys
from datetime import date, timedelta

import pytest
from reorganisation_world import newest, state

from kit import db, jobs
from kit.identity import SYSTEM
from kit.jobs import open_queue
from kit.testing import caller_as
from org.access.service import grant_role, revoke_role
from org.app import service as org
from org.exchange.runs import apply_import, forget_imports, import_state, remarks_of, run_import, submit_import
from org.reorganisations.service.undo_runs import MOST_AT_ONCE
from org.units.service import UnitNames, rename_unit

# How far a run is can be asked from outside its transaction, so these tests need real commits.
pytestmark = pytest.mark.committed

ON = date(2026, 3, 1)
UNDO = """mutation ($input: UndoReorganisationInput!) { undoReorganisation(input: $input) { __typename
  ... on UndoReorganisationSuccess { reorganisation { kind } }
  ... on UndoReorganisationStarted { run { id purpose state rows undoes { kind isUndone } reorganisation { kind } } }
  ... on Problem { code message } } }"""
PREVIEW = """mutation ($input: PreviewReorganisationInput!) { previewReorganisation(input: $input) { __typename
  ... on PreviewReorganisationStarted { run { id state preview { unitCount } } } ... on Problem { code } } }"""
RUN = """query ($id: ID!, $after: String) { importRun(id: $id) { state counts { kind count }
  preview { unitCount units(after: $after) { nodes { what codeBefore } pageInfo { hasNextPage endCursor } } }
  reorganisation { kind undoes { kind isUndone } } } }"""


@pytest.fixture
def ask(plain_ask):
    """What is worked off later leaves its trail later."""
    return plain_ask


@pytest.fixture
async def before(tree):
    return await state()


@pytest.fixture
async def large(tree, before, job_queue):
    """A change that created more units than are taken back while somebody waits; its id."""
    await grant_role(SYSTEM, "chi", "admin", tree.hanoi["id"])
    rows = [f"HN-L{n},Bộ phận {n},HN-001,section,section" for n in range(MOST_AT_ONCE + 50)]
    text = "\n".join(["code,name_vi,parent_code,level,kind", *rows])
    run_id = await submit_import(SYSTEM, "units", text.encode(), "a.csv", ON, applies=True)
    job_queue.waiting.clear()
    await run_import(str(run_id))
    assert (await import_state(SYSTEM, run_id))["state"] == "applied"
    return await newest()


def chi(tree):
    return caller_as("admin", tree.hanoi, subject="chi")


async def but_the_grant():
    found = await state()
    return {**found, "grants": [row for row in found["grants"] if "chi" not in row]}


async def test_a_large_undoing_is_done_in_the_background_and_brings_back_exactly_what_was(
    ask, tree, before, large, job_queue
):
    reply = await ask(UNDO, chi(tree), input={"id": str(large)})
    run = reply.field["run"]
    assert reply.field["__typename"] == "UndoReorganisationStarted"
    assert (run["purpose"], run["state"], run["rows"]) == ("undo", "to_apply", MOST_AT_ONCE + 50)
    assert (run["undoes"], run["reorganisation"]) == ({"kind": "batch", "isUndone": False}, None)
    assert await but_the_grant() != before

    assert await job_queue.run_all() == 1
    told = (await ask(RUN, chi(tree), id=run["id"])).field
    assert told == {
        "state": "applied",
        "counts": [{"kind": "restored", "count": MOST_AT_ONCE + 50}],
        "preview": None,
        "reorganisation": {"kind": "undo", "undoes": {"kind": "batch", "isUndone": True}},
    }
    assert await but_the_grant() == before
    assert (await ask(UNDO, chi(tree), input={"id": str(large)})).code == "REORGANISATION_UNDONE"
    # Done again by a queue that forgot, nothing happens.
    version = await db.value("SELECT version FROM tree_version")
    await run_import(run["id"])
    assert await db.value("SELECT version FROM tree_version") == version
    trail = await db.rows("SELECT subject, action FROM audit WHERE subject = 'chi' ORDER BY id")
    assert [row["action"] for row in trail] == ["import.submitted", "reorganisation.undone", "import.applied"]


async def test_what_a_large_undoing_would_do_is_found_out_in_the_background_and_then_done(
    ask, tree, before, large, job_queue
):
    made = await state()
    reply = await ask(PREVIEW, chi(tree), input={"undo": {"id": str(large)}})
    run = reply.field["run"]
    assert (reply.field["__typename"], run["state"], run["preview"]) == (
        "PreviewReorganisationStarted",
        "to_check",
        None,
    )
    await job_queue.run_all()
    assert await state() == made
    listed, after = [], None
    while True:
        told = (await ask(RUN, chi(tree), id=run["id"], after=after)).field
        assert (told["state"], told["preview"]["unitCount"]) == ("ready", MOST_AT_ONCE + 50)
        listed += told["preview"]["units"]["nodes"]
        if not told["preview"]["units"]["pageInfo"]["hasNextPage"]:
            break
        after = told["preview"]["units"]["pageInfo"]["endCursor"]
    assert [one["codeBefore"] for one in listed] == [f"HN-L{n}" for n in range(MOST_AT_ONCE + 50)]
    assert {tuple(one["what"]) for one in listed} == {("closed",)}

    await apply_import(chi(tree), run["id"])
    await job_queue.run_all()
    assert (await import_state(SYSTEM, run["id"]))["state"] == "applied"
    assert await but_the_grant() == before
    assert await db.value("SELECT count(*) FROM import_effect") == 0


async def test_what_nobody_confirmed_is_forgotten_after_a_week(ask, tree, large, job_queue):
    run = (await ask(PREVIEW, chi(tree), input={"undo": {"id": str(large)}})).field["run"]
    await job_queue.run_all()
    await db.execute("UPDATE import_run SET submitted_at = submitted_at - interval '8 days'")
    await forget_imports()
    assert (await import_state(SYSTEM, run["id"]))["state"] == "expired"
    assert await db.value("SELECT count(*) FROM import_effect") == 0


async def test_who_may_not_is_refused_before_anything_is_begun(ask, tree, large, everything):
    before = await everything()
    for caller in (
        caller_as("admin", tree.hue, subject="an"),
        caller_as("editor", tree.top, subject="an"),
        # Of the unit itself, not of the one above those that were created: that suffices only for what is below it.
        caller_as("admin", tree.section, subject="an"),
    ):
        assert (await ask(UNDO, caller, input={"id": str(large)})).code == "FORBIDDEN"
        assert (await ask(PREVIEW, caller, input={"undo": {"id": str(large)}})).code == "FORBIDDEN"
    assert (await ask(UNDO, input={"id": str(large)})).code == "SIGN_IN_REQUIRED"
    assert await everything() == before


async def test_rights_that_were_taken_away_since_do_not_help(ask, tree, large, job_queue):
    made = await state()
    grant = await db.value("SELECT id FROM role_grant WHERE subject = 'chi'")
    run = (await ask(UNDO, chi(tree), input={"id": str(large)})).field["run"]
    await revoke_role(SYSTEM, grant)
    await job_queue.run_all()
    assert (await import_state(SYSTEM, run["id"]))["state"] == "refused"
    assert [row["code"] for row in await remarks_of([run["id"]], 10)] == ["FORBIDDEN"]
    assert {**await state(), "grants": []} == {**made, "grants": []}


async def test_who_asks_twice_gets_the_same_run_and_somebody_else_is_told(ask, tree, large):
    first = (await ask(UNDO, chi(tree), input={"id": str(large)})).field["run"]["id"]
    assert (await ask(UNDO, chi(tree), input={"id": str(large)})).field["run"]["id"] == first
    other = await ask(UNDO, caller_as("admin", tree.top, subject="an"), input={"id": str(large)})
    assert other.code == "REORGANISATION_BEING_UNDONE"
    assert await db.value("SELECT count(*) FROM import_run WHERE purpose = 'undo'") == 1


async def test_what_is_in_use_is_refused_with_the_reason_and_nothing_changes(ask, tree, large, job_queue):
    unit = await db.value("SELECT unit_id FROM unit_version WHERE code = 'HN-L7'")
    await rename_unit(SYSTEM, unit, UnitNames("Tên khác"), ON + timedelta(days=9))
    made = await state()
    run = (await ask(UNDO, chi(tree), input={"id": str(large)})).field["run"]
    await job_queue.run_all()
    assert (await import_state(SYSTEM, run["id"]))["state"] == "refused"
    assert [(row["code"], row["en"]) for row in await remarks_of([run["id"]], 10)] == [
        (
            "REORGANISATION_IN_USE",
            "It can't be undone, because since then there are: 1 later changes of the same units.",
        )
    ]
    assert await state() == made


async def test_a_real_worker_undoes_it(ask, tree, before, large, valkey):
    queue = await open_queue(org.name, valkey)
    jobs.use_queue(queue)
    environment = {**os.environ, "LOA_REDIS_URL": valkey}
    try:
        run = (await ask(UNDO, chi(tree), input={"id": str(large)})).field["run"]
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kit.worker", "org.app", "--drain", env=environment
        )
        assert await worker.wait() == 0
        assert (await import_state(SYSTEM, run["id"]))["state"] == "applied"
        assert await but_the_grant() == before
    finally:
        jobs.use_queue(None)
        await queue.close()
