"""What stands between a process and an engine: passes on, delays, holds, cuts."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.chaos.proxy import DELAY_SECONDS, Proxy

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """In front of a server that says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    found = Proxy(server.sockets[0].getsockname()[1])
    await found.start(0)
    yield found
    await found.stop()
    server.close()


async def _line(proxy: Proxy) -> Line:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def _said(line: Line, word: bytes) -> bytes:
    line[1].write(word)
    return await line[0].readexactly(len(word))


async def test_it_passes_on_both_ways(proxy: Proxy) -> None:
    line = await _line(proxy)
    assert await _said(line, b"one") == b"one"
    line[1].close()


async def test_late_but_whole(proxy: Proxy) -> None:
    line, loop = await _line(proxy), asyncio.get_running_loop()
    async with proxy.cut("delay"):
        begun = loop.time()
        assert await _said(line, b"late") == b"late"
        # There and back.
        assert loop.time() - begun >= 2 * DELAY_SECONDS
    line[1].close()


async def test_held_and_then_given_on(proxy: Proxy) -> None:
    line = await _line(proxy)
    assert await _said(line, b"before") == b"before"
    async with proxy.cut("blackhole"):
        new = await _line(proxy)
        answers = [asyncio.ensure_future(_said(each, b"held")) for each in (line, new)]
        done, _ = await asyncio.wait(answers, timeout=0.2)
        assert not done
    assert await asyncio.gather(*answers) == [b"held", b"held"]
    for each in (line, new):
        each[1].close()


async def test_cut_old_and_new_and_whole_again_afterwards(proxy: Proxy) -> None:
    line = await _line(proxy)
    assert await _said(line, b"before") == b"before"
    async with proxy.cut("reset"):
        with pytest.raises(ConnectionResetError):
            await line[0].readexactly(1)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await _said(await _line(proxy), b"during")
    assert proxy.ended == 2 * 2 - 1
    again = await _line(proxy)
    assert await _said(again, b"after") == b"after"
    again[1].close()


async def test_an_engine_that_is_away_refuses(proxy: Proxy) -> None:
    proxy.target = 1  # nobody listens there
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await _said(await _line(proxy), b"nobody")
