"""Events that come twice, in the wrong order, or late: the same truth in the end."""

import asyncio
import json
import time
from functools import partial
from uuid import uuid4

import psycopg

from deploy.demo.setting import Setting
from services.casework.board.projection import project
from shared import nats as shared_nats
from shared.context import Actor
from shared.db.session import Database
from shared.events.board import PlanStandingChanged, ReferralStandingChanged
from tests.system import truth
from tests.system.conftest import Home
from tests.system.engines import without
from tests.system.work import answer, approve, command, fired, meet, post, reached, refer, register_person, shown, until

# The lock by which a relay elects itself (shared/outbox/relay.py).
RELAY_LOCK = 7_305_801_222
DEPOSED = "relay does not lead"
AWAY_SECONDS = 20


async def test_heard_twice_they_count_once(home: Home, scene: Setting) -> None:
    """Every event is published again under another message id, so that JetStream cannot tell."""
    person = await register_person(scene)
    await meet(scene, person)
    referral = await refer(scene, person)
    for level in (1, 2, 3):
        await command(scene, referral, "escalate_now")
        await shown(scene, referral, level=level)
    await answer(scene, referral, "decline", reason="no_capacity")
    await scene.journey.settle()
    before = await truth.effects(home.stack)
    connection = await shared_nats.connect(home.stack.settings(), "again")
    try:
        js = connection.jetstream()
        for service in ("intake", "casework", "referrals"):
            for row in await truth.rows(home.stack, service, "SELECT subject, body FROM outbox ORDER BY id"):
                ack = await js.publish(
                    row["subject"], row["body"].encode(), headers={"Nats-Msg-Id": str(uuid4())}, timeout=10
                )
                assert not ack.duplicate
    finally:
        await connection.close()
    await scene.journey.settle()
    again = await truth.streamed(home.stack)
    owed = await truth.owed(home.stack)
    assert all(again[service][event] >= 2 for service in owed for event in owed[service])
    assert await truth.effects(home.stack) == before


async def test_the_board_is_built_again_from_the_events(home: Home, scene: Setting) -> None:
    """Its rows are deleted; referrals' events come again from the stream, backwards, plans' from casework's outbox."""
    person = await register_person(scene)
    first, second = await refer(scene, person), await refer(scene, person)
    await command(scene, first, "escalate_now")
    await answer(scene, second, "decline", reason="no_capacity")
    await command(scene, person.plan, "hold", reason="hospital")
    await scene.journey.settle()
    mine = [person.plan, first, second]
    query = "SELECT to_jsonb(b) - ARRAY['recorded_at', 'change', 'changed_at'] AS said FROM board_rows b"
    rows = partial(truth.rows, home.stack, "casework", f"{query} WHERE id = ANY(%s::uuid[]) ORDER BY id", mine)
    before = await rows()
    closed = {each["said"]["id"]: each["said"]["closed"] for each in before}
    assert closed == {person.plan: False, first: False, second: True}
    plans, referrals = [
        [each for each in await truth.emitted(home.stack, event.service(), event.subject()) if each["row_id"] in mine]
        for event in (PlanStandingChanged, ReferralStandingChanged)
    ]
    server = await psycopg.AsyncConnection.connect(**home.stack.superuser("casework"), autocommit=True)  # type: ignore[arg-type]
    async with server:
        await server.execute("DELETE FROM board_rows WHERE id = ANY(%s::uuid[])", [mine])
        heard = [each["event_id"] for each in referrals]
        await server.execute("DELETE FROM inbox WHERE group_name = 'board' AND event_id = ANY(%s)", [heard])
    connection = await shared_nats.connect(home.stack.settings(), "builder")
    try:
        for row in reversed(referrals):
            headers = {"Nats-Msg-Id": str(uuid4())}
            await connection.jetstream().publish(row["subject"], row["body"].encode(), headers=headers, timeout=10)
    finally:
        await connection.close()
    database = Database(home.stack.settings(), "casework", "work")
    try:
        for row in reversed(plans):
            async with database.transaction(Actor.service("casework")) as session:
                await project(session, PlanStandingChanged.parse(row, PlanStandingChanged.schema_version))
    finally:
        await database.dispose()

    async def built() -> bool | None:
        return True if await rows() == before else None

    await until(built, "the board as it was")


async def test_heard_in_the_wrong_order_the_newest_counts(home: Home, scene: Setting) -> None:
    """The relay is held back while a referral escalates and is declined; then its events are published backwards."""
    person = await register_person(scene)
    referral = await refer(scene, person)
    await shown(scene, referral, stage="sent")
    await scene.journey.settle()
    mine = "SELECT event_id, subject, body FROM outbox WHERE aggregate_id = %s AND published_at IS NULL ORDER BY id"
    connection = await shared_nats.connect(home.stack.settings(), "backwards")
    said = home.stack.folder.log("referrals").read_text().count(DEPOSED)
    async with await psycopg.AsyncConnection.connect(
        **home.stack.superuser("referrals"),  # type: ignore[arg-type]
        autocommit=True,
    ) as server:
        await server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND ((classid::bigint << 32) | objid::bigint) = %s",
            [RELAY_LOCK],
        )
        await server.execute("SELECT pg_advisory_lock(%s)", [RELAY_LOCK])
        # The old leader looks after its lock once a second.
        await until(lambda: _deposed(home, said), "the relay no longer leads")
        # Decisions need no relay: engine first, row second.
        for _ in range(2):
            await command(scene, referral, "escalate_now")
        await answer(scene, referral, "see")
        await answer(scene, referral, "decline", reason="wrong_service")
        waiting = await truth.rows(home.stack, "referrals", mine, referral)
        kinds = [json.loads(row["body"])["type"].rpartition(".")[2] for row in waiting]
        assert {"recorded", "decided", "moved", "resolved"} <= set(kinds), kinds
        for row in reversed(waiting):
            ack = await connection.jetstream().publish(
                row["subject"], row["body"].encode(), headers={"Nats-Msg-Id": str(row["event_id"])}, timeout=10
            )
            assert not ack.duplicate, "the relay was not held back"
    await connection.close()

    async def settled() -> bool | None:
        return None if await truth.rows(home.stack, "referrals", mine, referral) else True

    await until(settled, "the relay goes on")
    await scene.journey.settle()
    owed = await scene.worker.every("casework", "/tasks")
    assert not [task for task in owed if task["kind"] in ("ask_worker", "tell_supervisor")], owed
    steps = await scene.worker.every("casework", "/next-steps")
    assert [step["referral_id"] for step in steps] == [referral]
    told = await truth.rows(
        home.stack, "casework", "SELECT what FROM board_timeline WHERE row_id = %s ORDER BY version", referral
    )
    assert [row["what"] for row in told][-1] in ("decline", "steps_resolved")
    assert await scene.board_row(referral) is None


async def _deposed(home: Home, before: int) -> bool | None:
    return True if home.stack.folder.log("referrals").read_text().count(DEPOSED) > before else None


async def test_without_nats_the_ladder_hears_the_answer_and_later_everybody_hears_all(
    home: Home, scene: Setting
) -> None:
    person = await register_person(scene)
    first, second = await refer(scene, person), await refer(scene, person, "tb")
    for referral in (first, second):
        await shown(scene, referral, stage="sent")
    await scene.journey.settle()
    async with without(home.stack, "nats"):
        gone = time.monotonic()
        # Over HTTP and PostgreSQL alone the owner takes the answer and stops its ladder; the board hears of it later.
        await answer(scene, first, "accept")
        assert await scene.state_of(first) == "accepted"
        # The board would ask referrals over NATS; the referral's own address takes the decision.
        await post(scene.worker, "referrals", f"/referrals/{second}/decisions", {"decision": "escalate_now"})
        assert [step["action"] for step in await fired(scene, second)] == ["remind_agency"]
        met = await meet(scene, person)
        # A permit is asked for over NATS, so nothing leaves without it; what was approved waits.
        third = await approve(scene, person, "tb")
        new = await post(scene.worker, "intake", "/people", {"alias": "Synthetic Sid"})
        await asyncio.sleep(max(0.0, gone + AWAY_SECONDS - time.monotonic()))
        heard = await truth.rows(home.stack, "casework", "SELECT id FROM heard_contacts WHERE id = %s", met)
        assert not heard, "NATS was not away"
        assert await scene.state_of(third) == "draft"
    await scene.journey.settle()
    assert await truth.rows(home.stack, "casework", "SELECT id FROM heard_contacts WHERE id = %s", met)
    opened = await post(scene.worker, "casework", "/cases", {"person_id": new["id"]}, also=[404])
    assert opened["stage"] == "engaging"
    row = await shown(scene, first, stage="accepted")
    assert row["waiting_for"] != ""
    await shown(scene, second, level=1)
    await reached(scene, first, "accepted")
    await reached(scene, third, "sent")
    await shown(scene, third, stage="sent")
