"""Events that come twice, in the wrong order, or late: the same truth in the end."""

import asyncio
import json
import time
from uuid import uuid4

import psycopg

from deploy.chaos import truth
from deploy.chaos.work import answer, approve, command, fired, meet, post, reached, refer, register_person, shown, until
from deploy.demo.setting import Setting
from shared import nats as shared_nats
from tests.system.conftest import Home
from tests.system.engines import without

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
        # Over HTTP, Temporal and PostgreSQL alone: the answer reaches its workflow, which tells the board.
        await answer(scene, first, "accept")
        row = await shown(scene, first, stage="accepted")
        assert row["waiting_for"] != ""
        # The board would ask referrals over NATS; the referral's own address takes the decision.
        await post(scene.worker, "referrals", f"/referrals/{second}/decisions", {"decision": "escalate_now"})
        await shown(scene, second, level=1)
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
    assert [step["action"] for step in await fired(scene, second)] == ["remind_agency"]
    await reached(scene, first, "accepted")
    await reached(scene, third, "sent")
    await shown(scene, third, stage="sent")
