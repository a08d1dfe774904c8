"""Endless ways side by side: one that fails stops the others and leaves nothing behind that looks like a stop."""

import asyncio

import pytest

from shared.supervise import raise_if_cancelled, run_all


async def for_ever() -> None:
    while True:
        raise_if_cancelled()
        await asyncio.sleep(0.01)


async def fails() -> None:
    await asyncio.sleep(0.02)
    raise ConnectionError("the engine is gone")


async def test_a_loop_goes_on_after_what_it_ran_has_failed() -> None:
    for _ in range(3):
        with pytest.raises(ConnectionError):
            await run_all(for_ever(), fails())
        raise_if_cancelled()


async def test_told_to_stop_it_stops_also_when_a_way_fails_meanwhile() -> None:
    async def clumsy() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionError("while it was stopping") from None

    running = asyncio.create_task(run_all(for_ever(), clumsy()))
    await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_one_that_ends_by_itself_ends_them_all() -> None:
    async def ends() -> None:
        await asyncio.sleep(0.01)

    async with asyncio.timeout(2):
        await run_all(for_ever(), ends())
