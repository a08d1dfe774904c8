"""Sessions on real PostgreSQL: actors, claims, commits, and a server that comes and goes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database, actor_of, before_commit, cancel_before_commit
from tests.shared.ground import ACTOR, SERVICE, TEAM, Ground, Probe

CLAIMS = text(
    "SELECT current_setting('alongside.user', true), current_setting('alongside.role', true),"
    " current_setting('alongside.teams', true)"
)


async def test_the_claims_hold_for_one_transaction_only(ground: Ground):
    other = UUID(int=7)
    actor = Actor("worker-1", Role.WORKER, (TEAM, other), "c")
    one = Database(ground.settings, SERVICE, "api", pool_size=1)
    try:
        async with one.transaction(actor) as session:
            assert actor_of(session) is actor
            assert tuple((await session.execute(CLAIMS)).one()) == ("worker-1", "worker", f"{TEAM},{other}")
        async with one.platform_connection() as connection:
            assert set((await connection.execute(CLAIMS)).one()) <= {"", None}
    finally:
        await one.dispose()


async def test_committed_at_the_end_and_rolled_back_on_any_error(ground: Ground):
    async with ground.api.transaction(ACTOR) as session:
        kept = Probe(team_id=TEAM)
        session.add(kept)
    assert kept.version == 1 and kept.team_id == TEAM  # readable after the commit
    with pytest.raises(asyncio.CancelledError):
        async with ground.api.transaction(ACTOR) as session:
            session.add(Probe(team_id=TEAM))
            await session.flush()
            raise asyncio.CancelledError
    async with ground.api.transaction(ACTOR) as session:
        assert await session.scalar(text("SELECT count(*) FROM probes")) == 1


async def test_the_latest_work_of_a_key_is_done_once_before_the_commit_unless_it_was_cancelled(ground: Ground):
    done: list[str] = []

    def work(name: str) -> Callable[[AsyncSession], Awaitable[None]]:
        async def do(session: AsyncSession) -> None:
            done.append(name)
            session.add(Probe(team_id=TEAM))
            if name == "second":
                before_commit(session, "asked for by work", work("last"))

        return do

    async with ground.api.transaction(ACTOR) as session:
        for key, name in (("a", "first"), ("b", "cancelled"), ("a", "second")):
            before_commit(session, key, work(name))
        cancel_before_commit(session, "b")
        cancel_before_commit(session, "nobody asked")
        assert done == []
    assert done == ["second", "last"]
    async with ground.api.transaction(ACTOR) as session:
        assert await session.scalar(text("SELECT count(*) FROM probes")) == 2
    with pytest.raises(KeyError):
        async with ground.api.transaction(ACTOR) as session:
            before_commit(session, "a", work("never"))
            raise KeyError
    assert done == ["second", "last"]


async def test_a_row_has_its_id_and_version_before_it_is_written():
    probe = Probe(team_id=TEAM)
    assert probe.id.version == 7 and probe.version == 1 and probe.recorded_at.tzinfo is UTC
    assert probe.touch() == 2
    assert Probe(id=UUID(int=3), team_id=TEAM, version=5).id == UUID(int=3)


async def test_instants_are_utc_and_never_naive(ground: Ground):
    east = timezone(timedelta(hours=5))
    async with ground.api.transaction(ACTOR) as session:
        probe = Probe(team_id=TEAM, recorded_at=datetime(2026, 7, 1, 12, tzinfo=east))
        session.add(probe)
        await session.flush()
        await session.refresh(probe)
        assert probe.recorded_at == datetime(2026, 7, 1, 7, tzinfo=UTC) and probe.recorded_at.tzinfo is UTC
    with pytest.raises(StatementError, match="time zone"):
        async with ground.api.transaction(ACTOR) as session:
            session.add(Probe(team_id=TEAM, recorded_at=datetime(2026, 7, 1)))


async def test_errors_do_not_quote_parameters(ground: Ground):
    with pytest.raises(DBAPIError) as refused:
        async with ground.api.transaction(ACTOR) as session:
            await session.execute(text("SELECT :note::int"), {"note": "canary"})
    assert "canary" not in str(refused.value).replace(str(refused.value.orig), "")


async def test_requests_cannot_change_tables(ground: Ground):
    for database in (ground.api, ground.work):
        with pytest.raises(ProgrammingError):
            async with database.transaction(ACTOR) as session:
                await session.execute(text("CREATE TABLE mine (id int)"))


async def test_a_row_without_a_team_is_refused(ground: Ground):
    with pytest.raises(IntegrityError):
        async with ground.api.transaction(ACTOR) as session:
            session.add(Probe())


async def test_pooled_connections_that_died_are_replaced_unseen(ground: Ground):
    async with ground.api.transaction(ACTOR) as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    async with ground.work.platform_connection() as connection:
        # The same role may end its own connections; work may not end those of api.
        assert await connection.scalar(text("SELECT 1")) == 1
    ended = Database(ground.settings, SERVICE, "api", pool_size=1)
    try:
        async with ended.platform_connection() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    finally:
        await ended.dispose()
    async with ground.api.transaction(ACTOR) as session:
        session.add(Probe(team_id=TEAM))
        assert await session.scalar(text("SELECT pg_backend_pid()")) != pid


async def test_a_killed_server_is_met_again_after_its_restart(ground: Ground):
    async with ground.api.transaction(ACTOR) as session:
        session.add(Probe(team_id=TEAM))
    ground.engines.kill("postgres")
    await ground.engines.wait_ready("postgres")
    async with ground.api.transaction(ACTOR) as session:
        assert await session.scalar(text("SELECT count(*) FROM probes")) == 1
    await ground.api.ping()


async def test_ping_raises_when_the_server_does_not_answer(ground: Ground):
    nowhere = Database(ground.settings.model_copy(update={"database_port": 1}), SERVICE, "api")
    with pytest.raises(DBAPIError):
        await nowhere.ping()
    await nowhere.dispose()


async def test_a_worker_stands_for_its_service_and_a_borrowed_claim_does_not_stay(ground: Ground):
    one = Database(ground.settings, SERVICE, "work", pool_size=1)
    standing = (f"service:{SERVICE}", "service", "")
    try:
        for actor, expected in (
            (ACTOR, standing),
            (Actor("worker-1", Role.WORKER, (TEAM,), "c"), ("worker-1", "worker", str(TEAM))),
            (ACTOR, standing),
        ):
            async with one.transaction(actor) as session:
                found = (await session.execute(CLAIMS)).one()
            assert tuple(value or "" for value in found) == expected
    finally:
        await one.dispose()


async def test_what_a_burst_has_opened_is_kept_for_the_next(ground: Ground):
    mine = text("SELECT pg_backend_pid()")

    async def burst() -> set[int]:
        together = asyncio.Barrier(12)

        async def one() -> int:
            async with ground.work.transaction(Actor.service(SERVICE)) as session:
                pid = await session.scalar(mine)
                await together.wait()
                return int(pid)

        return set(await asyncio.gather(*(one() for _ in range(12))))

    first = await burst()
    assert len(first) == 12 and await burst() == first


async def test_what_is_locked_is_judged_by_what_it_is_now(ground: Ground):
    probe = await ground.probe()
    locking = select(Probe).where(Probe.id == probe).with_for_update()
    both_have_seen = asyncio.Barrier(2)

    async def count_once() -> bool:
        async with ground.api.transaction(ACTOR) as session:
            seen = await session.get_one(Probe, probe)
            await both_have_seen.wait()
            row = (await session.scalars(locking)).one()
            assert row is seen
            if row.count:
                return False
            row.count += 1
            # What was written and not sent yet is not lost by locking once more.
            assert (await session.scalars(locking)).one().count == 1
            return True

    assert sorted(await asyncio.gather(count_once(), count_once())) == [False, True]
