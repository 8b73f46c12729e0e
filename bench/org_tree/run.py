"""The whole of it: make a database, grow the tree into it, ask, move, and leave nothing behind."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench import place
from bench.clock import Times
from bench.org_tree import figures, fill, tree
from bench.org_tree.asking import Asker, Figures
from bench.org_tree.cells import Publication, publications
from bench.org_tree.moving import MoveFigures, measure_moves
from bench.org_tree.questions import Knowledge, questions, whole_subtree
from kit import app, db, jobs
from kit.identity import Caller, Grant
from kit.paths import label

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How large a tree, which one, and how often is asked and moved."""

    units: int
    seed: int
    asks: int
    moves: int


def run(plan: Plan, out: Path, say: Say) -> None:
    """Measure and show; raises WrongAnswer, but not for a figure over its limit."""
    grown, published = _grow(plan, say)
    with place.scene() as scene, place.database(scene) as service:
        asyncio.run(_fill(scene, grown, published, say))
        with place.web(scene) as url:
            known = Knowledge(grown, published, plan.seed)
            asked, moved = asyncio.run(_measure(plan, scene, service, url, known, say))
    figures.show(asked, moved)
    figures.write(asked, moved, {"units": plan.units, "seed": plan.seed}, out)
    say(f"Written to {out}")


def _grow(plan: Plan, say: Say) -> tuple[tree.Tree, list[Publication]]:
    spent = Times()
    with spent.once():
        grown = tree.grow(plan.units, plan.seed)
        published = list(publications(grown, plan.seed))
    alive = sum(unit.closed_on is None for unit in grown.units.values())
    cells = sum(len(one.groups) for one in published)
    say(
        f"Grown in {spent.longest / 1000:.1f} s: {alive} units, {len(grown.units) - alive} that have closed,"
        f" {sum(len(unit.versions) for unit in grown.units.values())} versions,"
        f" {len(published)} publications of {cells} cells"
    )
    return grown, published


async def _fill(scene: place.Scene, grown: tree.Tree, published: list[Publication], say: Say) -> None:
    units, cells, rest = Times(), Times(), Times()
    connection = await asyncpg.connect(scene.database_url)
    try:
        with units.once():
            await fill.fill(connection, grown)
        with cells.once():
            await fill.fill_headcounts(connection, grown, published)
        with rest.once():
            await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    told = " + ".join(f"{times.longest / 1000:.1f}" for times in (units, cells, rest))
    say(f"Written in {told} s: the tree, headcounts, VACUUM ANALYZE")


async def _measure(
    plan: Plan, scene: place.Scene, service: app.Service, url: str, known: Knowledge, say: Say
) -> tuple[list[Figures], MoveFigures]:
    jobs.use_queue(jobs.MemoryQueue())
    await db.connect(service.database())
    bare = await asyncpg.connect(scene.database_url)
    try:
        asker = Asker(service, _analyst(known), bare, url)
        asked: list[Figures] = []
        for question in questions(known):
            say(f"asking: {question.name}")
            asked.append(await asker.measure(question, plan.asks))
        asked.append(await asker.measure_statement(whole_subtree(known), plan.asks))
        say("moving")
        return asked, await measure_moves(bare, scene.database_url, known.tree, plan.moves)
    finally:
        await bare.close()
        await db.disconnect()
        jobs.use_queue(None)


def _analyst(known: Knowledge) -> Caller:
    """Somebody who may see the headcounts of all."""
    top = known.tree.units[1]
    return Caller("bench", (Grant("analyst", str(top.id), label(top.number)),))
