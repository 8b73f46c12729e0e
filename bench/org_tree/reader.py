"""Somebody who goes on reading while the tree is changed: `python -m bench.org_tree.reader`, a process of its own.

It is told on stdin what to read, writes a line when it has begun, and when stdin ends the moment and the milliseconds
of every answer. A process of its own, so that waiting for this one's Python does not look like waiting for a lock.
"""

import asyncio
import sys
import time

import asyncpg
import orjson


async def read(url: str, sql: str, parameters: list[str]) -> None:
    """Run a statement again and again until stdin ends."""
    connection = await asyncpg.connect(url)
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.buffer.read)
    answers: list[tuple[float, float]] = []
    rows = await connection.fetch(sql, *parameters)
    print("reading", flush=True)
    while not ended.done():
        began = time.monotonic()
        again = await connection.fetch(sql, *parameters)
        answers.append((began, (time.monotonic() - began) * 1000))
        if len(again) != len(rows):
            raise AssertionError(f"{len(again)} rows where there were {len(rows)}")
    await connection.close()
    sys.stdout.buffer.write(orjson.dumps(answers) + b"\n")


def main() -> None:
    """Read what the first line of stdin names."""
    told = orjson.loads(sys.stdin.buffer.readline())
    asyncio.run(read(told["url"], told["sql"], told["parameters"]))


if __name__ == "__main__":
    main()
