"""The worker's part, in a process of its own so that its memory can be told: `python -m bench.results.releasing WAVE`.

Writes what each step took, and the most memory that was used, as JSON.
"""

import asyncio
import sys
import time
from uuid import UUID

import orjson

from bench.memory import peak_memory
from kit import app, db
from kit.identity import SYSTEM
from survey.results import making, service

SERVICE = "survey.app"


async def release(wave_id: UUID) -> dict[str, object]:
    """Make a wave's release as the worker does; return seconds by step, memory in MiB, cells and tables."""
    await db.connect(app.load(SERVICE).database())
    spent: dict[str, float] = {}
    try:
        request = await service.request_release(SYSTEM, wave_id, is_public=True, seed=1)
        began = time.perf_counter()
        async with db.transaction():
            wave, people, material = await making.material_of(request)
        spent["read"] = time.perf_counter() - began
        composition = await making.computed(material, wave, request.seed)
        spent["compute"] = time.perf_counter() - began - spent["read"]
        async with db.transaction():
            await making.store(request, wave, people, composition)
        spent["store"] = time.perf_counter() - began - spent["read"] - spent["compute"]
        shown, hidden = composition.cells
        return {
            "seconds": spent,
            "memory": peak_memory(),
            "answers": composition.answers_used,
            "nodes": len(composition.counted.nodes.nodes),
            "shown": shown,
            "hidden": hidden,
        }
    finally:
        await db.disconnect()


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(release(UUID(sys.argv[1])))) + b"\n")
