"""What referrals hears, over the real pipe: once, whatever comes twice."""

import asyncio
from datetime import timedelta

from nats.aio.client import Client as Nats

from services.referrals.activities import ReferralActivities
from services.referrals.codes import Move
from services.referrals.handlers import GROUPS
from shared import clock, nats
from shared.context import Actor
from shared.db.session import Database
from shared.events.envelope import Envelope, Event, write
from shared.events.intake import ConsentWithdrawn, PersonSaidNo
from shared.ids import new_id
from shared.inbox.consumer import Consumers
from tests.referrals.conftest import Place
from tests.referrals.stories import Story


async def publish(connection: Nats, event: Event, *, times: int = 1) -> None:
    envelope = Envelope(id=new_id(), event=event, aggregate=new_id(), recorded_at=clock.now(), correlation_id="test")
    for number in range(times):
        # Another message id, so that the server's own window does not hide the twin from us.
        body = write(envelope).encode()
        headers = {"Nats-Msg-Id": f"{envelope.id}-{number}"}
        await connection.jetstream().publish(event.subject(), body, headers=headers)


async def test_a_withdrawal_that_comes_twice_ends_it_once(
    db: Database, activities: ReferralActivities, worker: Actor, place: Place, fresh_streams: Nats
) -> None:
    for service in ("intake", "casework"):
        await nats.ensure_stream(fresh_streams.jetstream(), service)
    story = await Story(db, activities, worker, place).sent()
    other = await Story(db, activities, worker, place).sent()
    consumers = asyncio.create_task(Consumers(db, fresh_streams, GROUPS).run())
    try:
        event = ConsentWithdrawn(
            version=2,
            occurred_at=clock.now(),
            consent_id=new_id(),
            person_id=story.person_id,
            team_id=worker.teams[0],
            agency_id=place.agency_id,
        )
        await publish(fresh_streams, event, times=2)
        await _becomes(story, "withdrawn")
        version = (await story.row()).version
        # Opened again before the twin could matter: it must stay open.
        await story.move(Move.REOPEN, note="He has agreed again.")
        no = PersonSaidNo(version=3, occurred_at=clock.now(), person_id=other.person_id, team_id=worker.teams[0])
        await publish(fresh_streams, no)
        await _becomes(other, "withdrawn")
        row = await story.row()
        assert row.state == "draft" and row.version > version
    finally:
        consumers.cancel()


async def _becomes(story: Story, state: str) -> None:
    async with asyncio.timeout(timedelta(seconds=15).total_seconds()):
        while (await story.row()).state != state:  # noqa: ASYNC110 - it is seen in a database, where nothing rings
            await asyncio.sleep(0.05)
