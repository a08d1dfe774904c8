"""One transaction per request, committed before anybody is told "done"; what a client hears when the database fails."""

import asyncio
import errno
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text

from shared import log
from shared.context import Actor
from shared.http.app import create_app
from shared.http.problems import NOTHING_DONE, OUTCOME_UNKNOWN
from shared.ids import new_id
from shared.process import open_services

from . import cups
from .conftest import Shop


async def test_a_refused_commit_is_never_a_2xx(shop: Shop) -> None:
    await shop.run("INSERT INTO refusals VALUES (true)")
    answer = await shop.http.post("/cups", json={"label": "a"}, headers=shop.keyed())
    assert answer.status_code == 500
    assert "refused at commit" not in answer.text and "Traceback" not in answer.text
    assert await shop.count() == 0


async def test_the_row_is_there_when_the_answer_starts(shop: Shop) -> None:
    counts: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "http.response.start":
                counts.append(await shop.count())
            await send(message)

        await shop.app(scope, receive, watching)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://cups") as http:
        assert (await http.post("/cups", json={"label": "a"}, headers=shop.keyed())).status_code == 201
    assert counts == [1]


async def test_an_unhandled_error_is_a_bare_500_and_rolls_back(shop: Shop, capsys: Any) -> None:
    answer = await shop.http.post("/cups/bug", headers=shop.headers())
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/problem+json"
    assert "secret-in" not in answer.text and answer.json()["correlation_id"]


async def test_errors_of_the_database_have_their_status(shop: Shop) -> None:
    await shop.make()
    for statement, status in (
        ("INSERT INTO cups SELECT * FROM cups", 409),  # unique
        ("INSERT INTO cups (id) VALUES (NULL)", 500),  # not null: our bug
        ("SELECT pg_sleep(20)", 503),  # statement timeout
        ("SELECT 1/0", 422),
    ):
        if "sleep" in statement:
            await _shorten(shop)
        answer = await shop.http.post("/cups/sql", params={"statement": statement}, headers=shop.headers())
        assert answer.status_code == status, (statement, answer.text)
        if status == 503:
            assert answer.headers["retry-after"] and answer.json()["detail"] == NOTHING_DONE


CANNOT_NOW = (
    *("53100", "53200", "53300", "53400", "57P03", "57P05", "58000", "58030", "58P01"),
    *("40001", "55P03", "25006", "25P03"),
)


@pytest.mark.parametrize("state", CANNOT_NOW)
async def test_a_server_that_cannot_now_is_503_and_nothing_was_done(shop: Shop, state: str) -> None:
    """A full disk, no memory, no connection left, read only: the server's own trouble, never a bug of ours."""
    statement = f"DO $$ BEGIN RAISE EXCEPTION 'canary' USING ERRCODE = '{state}'; END $$"
    answer = await shop.http.post("/cups/sql", params={"statement": statement}, headers=shop.headers())
    assert (answer.status_code, answer.json()["detail"]) == (503, NOTHING_DONE), answer.text
    assert answer.headers["retry-after"] and "canary" not in answer.text


@pytest.fixture
def full_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stderr", full)
        log.configure(cups.SERVICE, "INFO")
        yield


async def test_it_is_still_503_when_the_log_has_no_room_either(shop: Shop, full_log: None) -> None:
    """The disk that is full for PostgreSQL is mostly the log's own."""
    statement = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$"
    answer = await shop.http.post("/cups/sql", params={"statement": statement}, headers=shop.headers())
    assert (answer.status_code, answer.json()["detail"]) == (503, NOTHING_DONE)


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503), (errno.ENOENT, 500)])
async def test_no_room_for_a_file_of_ours(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    async def write(*_: Any) -> None:
        raise OSError(number, "canary")

    monkeypatch.setattr(cups, "visible", write)
    answer = await shop.http.get(f"/cups/{new_id()}", headers=shop.headers())
    assert answer.status_code == status and "canary" not in answer.text


async def _shorten(shop: Shop) -> None:
    @event.listens_for(shop.services.database.engine.sync_engine, "begin", once=True)
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 200")


async def test_a_database_that_is_away_is_503_and_nothing_was_done(shop: Shop) -> None:
    away = open_services("referrals", shop.settings.model_copy(update={"database_port": 1}))
    app = create_app(away, [cups.build()])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://cups") as http:
        answer = await http.post("/cups", json={"label": "a"}, headers=shop.keyed())
        assert (await http.get("/healthz")).status_code == 200
        ready = await http.get("/readyz")
    assert answer.status_code == 503 and answer.headers["retry-after"]
    assert answer.json()["detail"] == NOTHING_DONE
    assert ready.status_code == 503 and {"database", "migrations"} <= set(ready.json()["missing"])


async def test_a_connection_lost_in_the_commit_leaves_the_outcome_unknown(shop: Shop) -> None:
    await shop.make()  # so that the next commit is the request's own, not the rate limiter's
    engine = shop.services.database.engine.sync_engine

    cut: list[bool] = []

    @event.listens_for(engine, "commit", once=True)
    def _cut(connection: Any) -> None:
        cut.append(True)
        connection.connection.driver_connection.pgconn.finish()  # the line is cut just before COMMIT

    answer = await shop.http.post("/cups", json={"label": "a"}, headers=shop.keyed())
    assert cut
    assert answer.status_code == 503 and answer.json()["detail"] == OUTCOME_UNKNOWN


async def test_sessions_killed_between_requests_are_not_noticed(shop: Shop) -> None:
    await shop.make()
    async with shop.services.database.transaction(Actor.service("test")) as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND pid <> pg_backend_pid()"
            )
        )
    answers = await asyncio.gather(*(shop.http.get("/cups", headers=shop.headers()) for _ in range(5)))
    assert {a.status_code for a in answers} == {200}
