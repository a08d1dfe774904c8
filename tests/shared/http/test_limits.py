"""Rate limits hold across processes, tell when to come back, and keep no address."""

import asyncio

import httpx
import pytest

from shared.context import Actor
from shared.http import limits
from shared.http.app import create_app
from shared.http.limits import Limit, Limiter
from shared.http.problems import Problem

from . import cups
from .conftest import Shop


async def _spend(limiter: Limiter, limit: Limit, times: int, subject: str = "a") -> int:
    """How many of these acts are granted, all at once."""

    async def one() -> bool:
        try:
            await limiter.spend("test", subject, limit)
            return True
        except Problem as refused:
            assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= limit.seconds
            return False

    return sum(await asyncio.gather(*(one() for _ in range(times))))


async def test_two_processes_share_one_limit(shop: Shop) -> None:
    one, two = Limiter(shop.services.database), Limiter(shop.services.database)
    limit = Limit(10, 3600)
    assert sum(await asyncio.gather(_spend(one, limit, 15), _spend(two, limit, 15))) == 10
    assert await _spend(one, limit, 3, subject="b") == 3


@pytest.mark.parametrize("lease", [3, 7, 10, 50])
async def test_leases_never_grant_more_than_the_limit(shop: Shop, lease: int) -> None:
    one, two = Limiter(shop.services.database), Limiter(shop.services.database)
    limit = Limit(20, 3600, lease=lease)
    granted = await _spend(one, limit, 40) + await _spend(two, limit, 40)
    assert granted <= 20
    alone = sum([await _spend(Limiter(shop.services.database), limit, 1, subject="c")])
    assert alone == 1


async def test_a_window_begins_with_its_first_hit(shop: Shop) -> None:
    """And not with the hour: whoever waits for the turn of one must not have twice as many."""
    limiter, limit = Limiter(shop.services.database), Limit(3, 3600)
    assert await _spend(limiter, limit, 3) == 3
    await limiter.give_back("test", "a", limit)
    await shop.run("UPDATE rate_limits SET window_start = window_start - interval '50 minutes'")
    assert await _spend(limiter, limit, 4) == 1
    await shop.run("UPDATE rate_limits SET window_start = window_start - interval '10 minutes'")
    await limiter.give_back("test", "a", limit)
    assert await _spend(limiter, limit, 9) == 3, "what belongs to a window that is over is not given back"


async def test_a_window_ends(shop: Shop) -> None:
    limiter = Limiter(shop.services.database)
    limit = Limit(1, 1)
    granted = 0
    for _ in range(25):
        granted += await _spend(limiter, limit, 1)
        await asyncio.sleep(0.1)
    assert 2 <= granted <= 4


async def test_a_public_route_is_limited_by_address_and_says_when_to_come_back(shop: Shop) -> None:
    json = {"Content-Type": "application/json"}
    answers = [await shop.http.post("/cups/tell", content=b"{}", headers=json) for _ in range(4)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1
    elsewhere = httpx.ASGITransport(app=shop.app, client=("10.1.2.3", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://cups") as http:
        assert (await http.post("/cups/tell", content=b"{}", headers=json)).status_code == 200
    rows = repr((await shop.run("SELECT * FROM rate_limits")).all())
    assert "10.1.2.3" not in rows and "127.0.0.1" not in rows


async def test_old_windows_are_deleted(shop: Shop) -> None:
    await _spend(Limiter(shop.services.database), Limit(5, 60), 1)
    await shop.run("UPDATE rate_limits SET window_start = window_start - interval '2 days'")
    await _spend(Limiter(shop.services.database), Limit(5, 60), 1, subject="b")
    async with shop.services.work.transaction(Actor.service("test")) as session:
        assert await limits.purge(session) == 1


async def test_health_needs_no_limit_and_no_database(shop: Shop) -> None:
    app = create_app(shop.services, [cups.build()])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://cups") as http:
        for _ in range(5):
            assert (await http.get("/healthz")).json() == {"service": "referrals"}
    assert (await shop.run("SELECT count(*) FROM rate_limits")).scalar_one() == 0
