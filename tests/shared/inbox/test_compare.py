"""Whatever is done to a stream or its consumers, everything the outbox tells is heard, once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from sqlalchemy import ColumnElement, delete, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client as Temporal

from shared import clock
from shared.db.platform_tables import dead_letters, inbox, inbox_starts, outbox
from shared.inbox import dead_letters as letters
from shared.inbox.compare import Compared, Comparison
from shared.outbox import sent
from tests.shared.ground import Ground, Probed, relay_of, running, until
from tests.shared.inbox.test_consumer import consumers, group, heard, listening

STREAM, DURABLE = "CASEWORK", "casework-notes"
OTHER = outbox.alias("other")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent, "GRACE", timedelta(0))


@pytest.fixture
async def told(ground: Ground, fresh_streams: Nats, temporal_client: Temporal) -> AsyncIterator[Ground]:
    """A relay that publishes, and somebody who answers what was sent."""

    async def nats() -> Nats:
        return fresh_streams

    answers = lambda: sent.answer(ground.work, "casework", nats)  # noqa: E731
    async with running(relay_of(ground, fresh_streams, temporal_client).run, answers):
        yield ground


def comparison(ground: Ground, nats: Nats, *groups: object) -> Comparison:
    async def connected() -> Nats:
        return nats

    return Comparison(ground.work, connected, list(groups) or [group()])  # type: ignore[arg-type]


async def happen(ground: Ground, times: int) -> None:
    """So often, and published."""
    before = await ground.published()
    probe = await ground.probe()
    await ground.happen(probe, times=times)

    async def published() -> bool:
        return await ground.published() == before + times

    await until(published)


async def purge(js: JetStreamContext) -> None:
    await js.purge_stream(STREAM)


async def keep_one(js: JetStreamContext) -> None:
    await js.purge_stream(STREAM, keep=1)


async def delete_two(js: JetStreamContext) -> None:
    last = (await js.stream_info(STREAM)).state.last_seq
    for sequence in (last, last - 1):
        await js.delete_msg(STREAM, sequence)


async def limit(js: JetStreamContext) -> None:
    config = (await js.stream_info(STREAM)).config
    config.max_msgs = 1
    await js.update_stream(config)


async def taken_by_somebody_else(js: JetStreamContext) -> None:
    subscription = await js.pull_subscribe_bind(durable=DURABLE, stream=STREAM)
    for message in await subscription.fetch(3, timeout=5):
        await message.ack_sync()
    await subscription.unsubscribe()


async def consumer_deleted(js: JetStreamContext) -> None:
    await js.delete_consumer(STREAM, DURABLE)


async def consumer_that_begins_now(js: JetStreamContext) -> None:
    await js.delete_consumer(STREAM, DURABLE)
    config = ConsumerConfig(durable_name=DURABLE, deliver_policy=DeliverPolicy.NEW, filter_subject=Probed.subject())
    await js.add_consumer(STREAM, config)


async def stream_deleted(js: JetStreamContext) -> None:
    await js.delete_stream(STREAM)


@pytest.mark.parametrize(
    "done",
    [
        purge,
        keep_one,
        delete_two,
        limit,
        taken_by_somebody_else,
        consumer_deleted,
        consumer_that_begins_now,
        stream_deleted,
    ],
)
async def test_what_the_stream_lost_is_heard_all_the_same(
    told: Ground, fresh_streams: Nats, done: Callable[[JetStreamContext], Awaitable[None]]
) -> None:
    js = fresh_streams.jetstream()
    first = consumers(told, fresh_streams)
    async with running(first.run):
        await listening(first)
        await happen(told, 1)
        await heard(told, 1)
    await happen(told, 3)  # while nobody listens
    await done(js)
    again, compare = consumers(told, fresh_streams), comparison(told, fresh_streams)
    async with running(again.run):
        await listening(again)

        async def all_of_them() -> bool:
            await compare.once()
            return len(await told.effects("notes")) >= 4

        await until(all_of_them)
        await happen(told, 1)
        await heard(told, 5)
        info = await js.stream_info(STREAM)
        assert info.config.max_msgs in (None, -1), "a limit does not stay"
    assert sorted(await told.effects("notes")) == [1, 1, 1, 2, 3], "each once"
    assert (await compare.once(whole=True)).handled == 0


async def test_what_still_waits_in_the_stream_is_left_to_it(told: Ground, fresh_streams: Nats) -> None:
    first = consumers(told, fresh_streams)
    async with running(first.run):
        await listening(first)
    await happen(told, 3)
    assert await comparison(told, fresh_streams).once() == Compared()
    assert await told.effects("notes") == []


async def test_reactions_hear_nothing_from_before_their_time(told: Ground, fresh_streams: Nats) -> None:
    await happen(told, 2)
    late = group(name="late", start="new")
    compare = comparison(told, fresh_streams, late)
    async with told.work.platform_connection() as connection:
        values = {"group_name": "late", "subject": Probed.subject(), "started_at": clock.now() + timedelta(hours=1)}
        await connection.execute(inbox_starts.insert().values(values))
    assert await compare.once(whole=True) == Compared(0, 0)


async def test_what_cannot_be_handled_is_a_dead_letter_once(told: Ground, fresh_streams: Nats) -> None:
    async def never(session: AsyncSession, event: Probed) -> None:
        raise ValueError("canary")

    await happen(told, 1)
    await fresh_streams.jetstream().purge_stream(STREAM)
    compare = comparison(told, fresh_streams, group(never))
    assert (await compare.once(whole=True)).handled == 1
    assert (await compare.once(whole=True)).handled == 0
    async with told.work.platform_connection() as connection:
        assert len((await connection.execute(select(dead_letters))).all()) == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (func.replace(outbox.c.body, '"data_base64":"', '"data_base64":"AAAA'), "SealBroken"),
        (func.replace(outbox.c.body, '"subject":"0', '"subject":"1'), "SealBroken"),
        (
            select(OTHER.c.body).order_by(OTHER.c.id.desc()).limit(1).scalar_subquery(),
            "BadEnvelope",
        ),
        (literal(""), "BadEnvelope"),
    ],
)
async def test_a_row_of_the_outbox_that_does_not_open_is_one_dead_letter(
    told: Ground, fresh_streams: Nats, broken: ColumnElement[str], reason: str
) -> None:
    """Altered, or moved to the row of another event; whether the stream brings it or the owner."""
    await happen(told, 2)
    js = fresh_streams.jetstream()
    async with told.work.platform_connection() as connection:
        first = await connection.scalar(select(func.min(outbox.c.id)))
        await connection.execute(update(outbox).where(outbox.c.id == first).values(body=broken))
        row = (await connection.execute(select(outbox).where(outbox.c.id == first))).one()
    await purge(js)
    await js.publish(row.subject, row.body.encode())
    again, compare = consumers(told, fresh_streams), comparison(told, fresh_streams)
    async with running(again.run):
        await listening(again)

        async def both() -> bool:
            await compare.once(whole=True)
            return await told.effects("notes") == [2] and await letters.count(told.work) == 1

        await until(both)
        assert (await compare.once(whole=True)).handled == 0
    [letter] = await letters.list_open(told.work)
    assert letter.message_key == str(row.event_id) and letter.error.startswith(f"{reason} at")


async def test_nobody_else_can_answer_what_was_sent(ground: Ground, fresh_streams: Nats) -> None:
    """Who knows the password of NATS alone cannot hide what a stream lost, nor bury an event by a false body."""

    async def lie(message: Msg) -> None:
        await message.respond(b'{"items":[],"after":9}')

    stranger = await fresh_streams.subscribe("ask.casework.sent", cb=lie)
    try:
        assert await comparison(ground, fresh_streams).once(whole=True) == Compared(silent=("casework",))
    finally:
        await stranger.unsubscribe()
    assert await letters.count(ground.work) == 0


async def test_more_than_a_page_is_gone_through(
    told: Ground, fresh_streams: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent, "LIST", 4)
    await happen(told, 11)
    await fresh_streams.jetstream().purge_stream(STREAM)
    assert await comparison(told, fresh_streams).once(whole=True) == Compared(11, 11)
    assert await told.effects("notes") == list(range(1, 12))


async def test_nothing_is_passed_that_is_not_published_yet(told: Ground, fresh_streams: Nats) -> None:
    """Else it would not be asked for again."""
    await happen(told, 5)
    async with told.work.platform_connection() as connection:
        third = select(outbox.c.id).order_by(outbox.c.id).offset(2).limit(1).scalar_subquery()
        await connection.execute(
            update(outbox).where(outbox.c.id == third).values(published_at=clock.now() + timedelta(hours=1))
        )
        ids = list((await connection.execute(select(outbox.c.id).order_by(outbox.c.id))).scalars())
    listed = await sent.sent(fresh_streams, "casework", [Probed.subject()], 0)
    assert (len(listed.items), listed.after) == (2, ids[1])


async def test_a_database_restored_beside_a_newer_stream_tells_its_own_story(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
) -> None:
    """What happened after the copy is nowhere: not in the stream, and not heard again by whoever starts over."""

    async def nats() -> Nats:
        return fresh_streams

    async with running(relay_of(ground, fresh_streams, temporal_client).run):
        await happen(ground, 2)
        kept = (await fresh_streams.jetstream().stream_info(STREAM)).state.last_seq
        await happen(ground, 3)
    async with ground.work.platform_connection() as connection:
        rows = await connection.execute(select(outbox.c.id).order_by(outbox.c.id).offset(2))
        await connection.execute(delete(outbox).where(outbox.c.id.in_(list(rows.scalars()))))
        await connection.execute(delete(inbox))
        await connection.execute(text("UPDATE relay_state SET last_sequence = :kept"), {"kept": kept})
    async with running(relay_of(ground, fresh_streams, temporal_client).run):
        await happen(ground, 1)
        hearing = consumers(ground, fresh_streams)
        async with running(hearing.run):
            await heard(ground, 3)
            await listening(hearing)
    assert sorted(await ground.effects("notes")) == [1, 1, 2]
