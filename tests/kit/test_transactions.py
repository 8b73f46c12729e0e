"""One function, one transaction; what follows a commit never follows a rollback."""

import asyncpg
import pytest

from kit import db

pytestmark = pytest.mark.committed


async def insert(number: int) -> None:
    await db.execute("INSERT INTO seen (number, text) VALUES ($1, 'x')", number)


async def numbers() -> list[int]:
    return [row["number"] for row in await db.rows("SELECT number FROM seen ORDER BY number")]


async def test_an_inner_failure_undoes_only_the_inner_part() -> None:
    async with db.transaction():
        await insert(1)
        with pytest.raises(RuntimeError):
            async with db.transaction():
                await insert(2)
                raise RuntimeError
        await insert(3)
    assert await numbers() == [1, 3]


async def test_hooks_run_after_the_outermost_commit() -> None:
    seen: list[list[int]] = []

    async def hook() -> None:
        seen.append(await numbers())

    async with db.transaction():
        async with db.transaction():
            await insert(1)
            await db.on_commit(hook)
        assert seen == []
    assert seen == [[1]]


async def test_hooks_of_what_was_undone_are_dropped() -> None:
    ran: list[str] = []

    async def hook() -> None:
        ran.append("hook")

    with pytest.raises(RuntimeError):
        async with db.transaction():
            await db.on_commit(hook)
            raise RuntimeError
    async with db.transaction():
        with pytest.raises(RuntimeError):
            async with db.transaction():
                await db.on_commit(hook)
                raise RuntimeError
    assert ran == []


async def test_a_broken_constraint_is_named() -> None:
    await insert(1)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which class it is, is the database's affair
        await insert(1)
    assert db.violated(caught.value) == "seen_once"
    assert db.violated(ValueError()) is None


class Taken(Exception):
    """What a test raises for a number that is there."""


async def test_a_broken_constraint_becomes_its_refusal_and_the_transaction_around_goes_on() -> None:
    async with db.transaction():
        await insert(1)
        with pytest.raises(Taken) as caught:
            async with db.refusing({"seen_once": Taken()}):
                await insert(2)
                await insert(1)
        assert db.violated(caught.value) == "seen_once"
        await insert(3)
    assert await numbers() == [1, 3]


async def test_what_no_refusal_is_for_flies_on() -> None:
    await insert(1)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.refusing({"another_rule": Taken()}):
            await insert(1)
    with pytest.raises(ValueError, match="mine"):
        async with db.refusing({"seen_once": Taken()}):
            raise ValueError("mine")


async def test_vietnamese_is_folded() -> None:
    assert await db.value("SELECT vi_fold('Công Đoàn ẤM ứng')") == "cong doan am ung"
    assert await db.value("SELECT vi_fold(normalize('Điện lực', NFD))") == "dien luc"
