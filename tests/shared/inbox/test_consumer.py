"""Hearing other services on real engines: once each, through crashes, outages, poison and a lost store."""

import asyncio
import base64
import json
import os
import signal
import sys
import textwrap
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from nats.aio.client import Client as Nats
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client as Temporal

from deploy import children
from shared import clock
from shared.context import correlation, set_correlation
from shared.crypto import keyring
from shared.crypto.keyring import Keyring
from shared.db.platform_tables import dead_letters as letters
from shared.db.platform_tables import inbox, inbox_starts, outbox
from shared.events.envelope import BadEnvelope, Envelope, opened, write
from shared.events.sealing import MEMBER
from shared.ids import new_id
from shared.inbox import dead_letters
from shared.inbox.consumer import Consumers, HandlerGroup
from shared.inbox.dead_letters import UnknownDeadLetter, replay
from shared.nats import ensure_stream
from shared.outbox.emit import emit
from tests.shared.ground import ACTOR, TEAM, Effect, Ground, Probed, Quiet, relay_of, running, until, without_nats

QUICK = (0.05, 0.1, 0.1)


async def note(session: AsyncSession, event: Probed) -> None:
    session.add(Effect(group_name="notes", probe_id=event.probe_id, number=event.number, correlation_id=correlation()))


def group(
    handler: Callable[[AsyncSession, Probed], Awaitable[None]] = note, name: str = "notes", **options: object
) -> HandlerGroup:
    return HandlerGroup(name, "casework", {Probed: handler}, **options)  # type: ignore[arg-type]


def consumers(ground: Ground, nats: Nats, *groups: HandlerGroup, limit: int = 3) -> Consumers:
    return Consumers(ground.work, nats, groups or [group()], limit=limit, delays=QUICK)


def event(probe: UUID, number: int = 1) -> Envelope:
    happened = Probed(version=number, occurred_at=clock.now(), probe_id=probe, team_id=TEAM, number=number)
    return Envelope(new_id(), happened, probe, clock.now(), "from-the-visit")


async def publish(nats: Nats, body: str, subject: str = Probed.subject(), message_id: str | None = None) -> None:
    await ensure_stream(nats.jetstream(), "casework")
    headers = {"Nats-Msg-Id": message_id} if message_id else None
    await nats.jetstream().publish(subject, body.encode(), headers=headers)


async def heard(ground: Ground, count: int, name: str = "notes", seconds: float = 20) -> list[int]:
    async def enough() -> bool:
        return len(await ground.effects(name)) >= count

    await until(enough, seconds)
    return await ground.effects(name)


async def listening(hearing: Consumers) -> None:
    async def well() -> bool:
        return not hearing.waiting

    await until(well)


async def quiet(nats: Nats, durable: str = "casework-notes") -> None:
    """Until the durable has nothing left to deliver and nothing unacknowledged."""

    async def settled() -> bool:
        info = await nats.jetstream().consumer_info("CASEWORK", durable)
        return info.num_pending == 0 and info.num_ack_pending == 0

    await until(settled, 30)


async def test_from_commit_to_effect_with_its_correlation(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    set_correlation("street-round")
    probe = await ground.probe()
    async with running(relay_of(ground, fresh_streams, temporal_client).run, consumers(ground, fresh_streams).run):
        await ground.happen(probe, times=20)
        assert sorted(await heard(ground, 20)) == list(range(1, 21))
        await quiet(fresh_streams)
    async with ground.work.platform_connection() as connection:
        assert set(await connection.scalars(select(Effect.correlation_id))) == {"street-round"}


async def test_delivered_twice_has_one_effect(ground: Ground, fresh_streams: Nats):
    one = event(new_id())
    async with running(consumers(ground, fresh_streams).run):
        for _ in range(5):
            await publish(fresh_streams, write(one))
        await heard(ground, 1)
        await quiet(fresh_streams)
    assert await ground.effects("notes") == [1]


async def buried(ground: Ground, count: int = 1) -> None:
    async def enough() -> bool:
        return await dead_letters.count(ground.work) == count

    await until(enough)


def _forged(how: str) -> str:
    """An event that nobody of ours has written so."""
    raw = json.loads(write(event(new_id())))
    if how == "in clear":
        del raw[MEMBER]
        raw["data"] = {"version": 1}
    elif how == "altered":
        raw[MEMBER] = base64.b64encode(b"\0" + base64.b64decode(raw[MEMBER])[1:]).decode()
    elif how == "another id":
        raw["id"] = str(new_id())
    elif how == "another type":
        raw["type"] = Quiet.type
    elif how == "another key":
        attributes = {name: raw[name] for name in raw if name != MEMBER}
        sealed = Keyring("k1", {"k1": bytes(32)}, "k1").encrypt(b"{}", b"")
        raw = {**attributes, MEMBER: base64.b64encode(sealed).decode()}
    return json.dumps(raw)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("in clear", "BadEnvelope"),
        ("altered", "SealBroken"),
        ("another id", "SealBroken"),
        ("another type", "SealBroken"),
        ("another key", "SealBroken"),
    ],
)
async def test_what_nobody_of_ours_has_written_has_no_effect_and_is_kept(
    ground: Ground, fresh_streams: Nats, how: str, reason: str
):
    """Who knows the password of NATS alone cannot end anybody's help."""
    async with running(consumers(ground, fresh_streams).run):
        await publish(fresh_streams, _forged(how))
        await publish(fresh_streams, write(event(new_id(), 2)))
        assert await heard(ground, 1) == [2]
        await buried(ground)
        await quiet(fresh_streams)
    assert await ground.effects("notes") == [2]
    [letter] = await dead_letters.list_open(ground.work)
    assert letter.error.startswith(f"{reason} at") and letter.attempts == 1
    assert letter.message_key.startswith("sha256:"), "it does not stand for the event whose id it bears"
    with pytest.raises(dead_letters.NotOpened if reason == "SealBroken" else BadEnvelope):
        await replay(ground.work, [group()], letter.id)
    [letter] = await dead_letters.list_open(ground.work)
    assert letter.error.startswith(f"{reason} at") and letter.attempts == 2


async def test_an_event_published_as_another_is_not_handled(ground: Ground, fresh_streams: Nats):
    async with running(consumers(ground, fresh_streams).run):
        rest = Quiet(version=1, occurred_at=clock.now(), probe_id=new_id(), team_id=TEAM)
        await publish(fresh_streams, write(Envelope(new_id(), rest, rest.probe_id, clock.now(), "c")))
        await buried(ground)
    assert (await dead_letters.list_open(ground.work))[0].error.startswith("BadEnvelope")


async def test_a_key_that_is_put_back_opens_what_was_buried_without_it(
    ground: Ground, fresh_streams: Nats, tmp_path: Path
):
    file = tmp_path / "keys.json"
    other = Keyring("k7", {"k7": bytes(range(32))}, "k7")
    with keyring.using(other):
        sealed = write(event(new_id(), 3))
    async with running(consumers(ground, fresh_streams).run):
        await publish(fresh_streams, sealed)
        await buried(ground)
        await quiet(fresh_streams)
    [letter] = await dead_letters.list_open(ground.work)
    assert letter.error.startswith("KeyMissing at")
    with pytest.raises(dead_letters.NotOpened, match="put that key back"):
        await replay(ground.work, [group()], letter.id)
    other.save(file)
    with keyring.using(Keyring.load(file)):
        assert await replay(ground.work, [group()], letter.id) == "handled"
    assert await ground.effects("notes") == [3]


async def test_nothing_of_the_data_is_in_clear_on_its_way(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    """In the outbox, in the stream, and in the dead letter of a handler that fails."""
    canary = new_id()

    async def never(session: AsyncSession, happened: Probed) -> None:
        raise RuntimeError

    async with ground.api.transaction(ACTOR) as session:
        told = Probed(version=1, occurred_at=clock.now(), probe_id=canary, team_id=TEAM, number=1)
        await emit(session, told, aggregate=new_id())
    failing = consumers(ground, fresh_streams, group(never))
    async with running(relay_of(ground, fresh_streams, temporal_client).run, failing.run):
        await buried(ground)
    async with ground.work.platform_connection() as connection:
        kept = list(await connection.scalars(select(outbox.c.body)))
        kept += [body.decode() for body in await connection.scalars(select(letters.c.body))]
    message = await fresh_streams.jetstream().get_last_msg("CASEWORK", Probed.subject())
    kept.append((message.data or b"").decode())
    assert len(kept) == 3 and {opened(body)[1]["probe_id"] for body in kept} == {str(canary)}
    assert not any(str(canary) in body or str(TEAM) in body for body in kept)


async def test_two_processes_share_the_work_and_each_event_has_one_effect(ground: Ground, fresh_streams: Nats):
    one, two = consumers(ground, fresh_streams), consumers(ground, fresh_streams)
    async with running(one.run, two.run):
        for number in range(1, 101):
            await publish(fresh_streams, write(event(new_id(), number)))
        await heard(ground, 100)
        await quiet(fresh_streams)
    assert sorted(await ground.effects("notes")) == list(range(1, 101))


async def test_twins_at_the_same_moment_have_one_effect(ground: Ground, fresh_streams: Nats):
    """The same event in several tasks at once: the second waits for the first and finds it done."""

    async def slowly(session: AsyncSession, happened: Probed) -> None:
        await asyncio.sleep(0.3)
        await note(session, happened)

    one = event(new_id())
    for _ in range(3):
        await publish(fresh_streams, write(one))
    async with running(consumers(ground, fresh_streams, group(slowly)).run):
        await heard(ground, 1)
        await quiet(fresh_streams)
    assert await ground.effects("notes") == [1]


async def test_a_poison_event_becomes_a_dead_letter_others_go_on_and_replay_works(ground: Ground, fresh_streams: Nats):
    broken = True

    async def fussy(session: AsyncSession, happened: Probed) -> None:
        if broken and happened.number == 13:
            await note(session, happened)
            raise RuntimeError("canary-in-the-text")
        await note(session, happened)

    fussed = group(fussy)
    async with running(consumers(ground, fresh_streams, fussed).run):
        for number in (12, 13, 14):
            await publish(fresh_streams, write(event(new_id(), number)))

        async def buried() -> bool:
            return await dead_letters.count(ground.work) == 1

        await until(buried)
        await quiet(fresh_streams)
    assert sorted(await ground.effects("notes")) == [12, 14]
    (letter,) = await dead_letters.list_open(ground.work)
    assert letter.group == "notes" and letter.attempts == 3
    assert letter.error.startswith("RuntimeError at") and "canary" not in letter.error

    with pytest.raises(RuntimeError):
        await replay(ground.work, [fussed], letter.id)
    assert (await dead_letters.list_open(ground.work))[0].attempts == 4

    broken = False
    assert await replay(ground.work, [fussed], letter.id) == "handled"
    assert await replay(ground.work, [fussed], letter.id) == "already handled"
    assert sorted(await ground.effects("notes")) == [12, 13, 14]
    assert await dead_letters.list_open(ground.work) == []


async def test_replay_of_a_letter_nobody_knows(ground: Ground):
    with pytest.raises(UnknownDeadLetter):
        await replay(ground.work, [group()], new_id())


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        '{"specversion":"1.0","type":"casework.probe.unheard_of","data":{}}',
        '{"specversion":"1.0","type":"casework.probe.happened","data":{"version":"canary"}}',
        '{"specversion":"1.0","type":"casework.probe.happened","data_base64":"canary"}',
    ],
)
async def test_what_nobody_understands_becomes_a_dead_letter_at_once(ground: Ground, fresh_streams: Nats, body: str):
    async with running(consumers(ground, fresh_streams).run):
        await publish(fresh_streams, body)

        async def buried() -> bool:
            return await dead_letters.count(ground.work) == 1

        await until(buried)
        await publish(fresh_streams, write(event(new_id())))
        await heard(ground, 1)
        await quiet(fresh_streams)
    (letter,) = await dead_letters.list_open(ground.work)
    assert letter.attempts == 1 and letter.message_key.startswith("sha256:") and "canary" not in letter.error


async def test_an_infrastructure_error_is_never_given_up(ground: Ground, fresh_streams: Nats):
    """More refusals of the database than the limit of a handler's attempts, then it goes on."""
    one = event(new_id())
    async with ground.work.platform_connection() as connection:
        await connection.execute(text("SELECT 1"))
    holder = ground.api.engine.connect()
    async with holder as connection:
        # Nobody can write an effect, and we do not want to wait long for it.
        await connection.execute(text("LOCK TABLE effects IN ACCESS EXCLUSIVE MODE"))

        async def impatient(session: AsyncSession, happened: Probed) -> None:
            nonlocal tries
            tries += 1
            await session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            await note(session, happened)
            await session.flush()

        tries = 0
        async with running(consumers(ground, fresh_streams, group(impatient), limit=2).run):
            await publish(fresh_streams, write(one))

            async def many() -> bool:
                return tries >= 5

            await until(many)
            assert await dead_letters.count(ground.work) == 0
            await connection.rollback()
            assert await heard(ground, 1) == [1]


async def test_nats_away_and_back(ground: Ground, fresh_streams: Nats, temporal_client: Temporal):
    probe = await ground.probe()
    hearing = consumers(ground, fresh_streams)
    async with running(relay_of(ground, fresh_streams, temporal_client).run, hearing.run):
        await ground.happen(probe)
        await heard(ground, 1)
        async with without_nats(ground.engines):
            await ground.happen(probe, times=3)
            await asyncio.sleep(3)
            assert await ground.effects("notes") == [1]
        assert sorted(await heard(ground, 4)) == [1, 2, 3, 4]
        await listening(hearing)


async def test_a_lost_store_is_rebuilt_and_nothing_happens_twice(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    probe = await ground.probe()
    projection, reaction = group(), group(reacted, "reactions", start="new")
    both = consumers(ground, fresh_streams, projection, reaction)
    async with running(relay_of(ground, fresh_streams, temporal_client).run, both.run):
        await listening(both)
        await ground.happen(probe, times=20)
        await heard(ground, 20)
        await heard(ground, 20, "reactions")
        async with without_nats(ground.engines, lose_store=True):
            await ground.happen(probe, times=5)
        await heard(ground, 25)
        await heard(ground, 25, "reactions")
        await quiet(fresh_streams)
        await quiet(fresh_streams, "casework-reactions")
    assert sorted(await ground.effects("notes")) == list(range(1, 26))
    assert sorted(await ground.effects("reactions")) == list(range(1, 26))


async def reacted(session: AsyncSession, happened: Probed) -> None:
    session.add(Effect(group_name="reactions", probe_id=happened.probe_id, number=happened.number))


async def test_a_reaction_ignores_what_was_before_its_time_also_when_the_stream_is_rebuilt(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    probe = await ground.probe()
    async with running(relay_of(ground, fresh_streams, temporal_client).run):
        await ground.happen(probe, times=5)
        both = consumers(ground, fresh_streams, group(), group(reacted, "reactions", start="new"))
        async with running(both.run):
            await listening(both)
            await heard(ground, 5)
            await ground.happen(probe, times=2)
            await heard(ground, 2, "reactions")
            await fresh_streams.jetstream().delete_stream("CASEWORK")
            await ground.happen(probe)
            await heard(ground, 3, "reactions")
            await heard(ground, 8)
            await quiet(fresh_streams)
            await quiet(fresh_streams, "casework-reactions")
    assert sorted(await ground.effects("reactions")) == [6, 7, 8]
    assert sorted(await ground.effects("notes")) == list(range(1, 9))


async def test_a_group_that_hears_more_gets_the_past_of_the_new_type_too(ground: Ground, fresh_streams: Nats):
    rest = Quiet(version=1, occurred_at=clock.now(), probe_id=new_id(), team_id=TEAM)
    await publish(fresh_streams, write(event(new_id())))
    quiet_body = write(Envelope(new_id(), rest, rest.probe_id, clock.now(), "c"))
    await publish(fresh_streams, quiet_body, Quiet.subject())
    await publish(fresh_streams, write(event(new_id(), 2)))
    async with running(consumers(ground, fresh_streams).run):
        await heard(ground, 2)
        await quiet(fresh_streams)

    async def rested(session: AsyncSession, happened: Quiet) -> None:
        session.add(Effect(group_name="notes", probe_id=happened.probe_id, number=99))

    more = HandlerGroup("notes", "casework", {Probed: note, Quiet: rested})
    async with running(consumers(ground, fresh_streams, more).run):
        await heard(ground, 3)
        await quiet(fresh_streams)
    assert sorted(await ground.effects("notes")) == [1, 2, 99]


async def test_settings_of_an_existing_durable_are_brought_to_ours(ground: Ground, fresh_streams: Nats):
    await ensure_stream(fresh_streams.jetstream(), "casework")
    await fresh_streams.jetstream().add_consumer(
        "CASEWORK", durable_name="casework-notes", ack_wait=600, filter_subject=Probed.subject(), max_deliver=2
    )
    async with running(consumers(ground, fresh_streams).run):

        async def ours() -> bool:
            config = (await fresh_streams.jetstream().consumer_info("CASEWORK", "casework-notes")).config
            return config.ack_wait == 15 and config.max_deliver == -1

        await until(ours)
        await publish(fresh_streams, write(event(new_id())))
        await heard(ground, 1)


async def test_a_crash_after_the_commit_and_before_the_acknowledgement(ground: Ground, fresh_streams: Nats):
    """What the server sees of it is a message it delivers again."""
    one = event(new_id())
    async with running(consumers(ground, fresh_streams).run):
        await publish(fresh_streams, write(one))
        await heard(ground, 1)
        await quiet(fresh_streams)
    await fresh_streams.jetstream().delete_consumer("CASEWORK", "casework-notes")
    async with running(consumers(ground, fresh_streams).run):
        await publish(fresh_streams, write(event(new_id(), 2)))
        await heard(ground, 2)
        await quiet(fresh_streams)
    assert await ground.effects("notes") == [1, 2]


CRASHING = """
    import asyncio, os, sys
    sys.path[:0] = {path!r}
    from shared import nats as shared_nats
    from shared.db.session import Database
    from shared.inbox.consumer import Consumers, HandlerGroup
    from shared.settings import load
    from tests.shared.ground import Effect, Probed

    async def main():
        async def half(session, event):
            session.add(Effect(group_name="notes", probe_id=event.probe_id, number=event.number))
            await session.flush()
            print("half", flush=True)
            await asyncio.sleep(60)
        settings = load()
        connection = await shared_nats.connect(settings, "crashing")
        group = HandlerGroup("notes", "casework", {{Probed: half}})
        await Consumers(Database(settings, "casework", "work"), connection, [group]).run()

    asyncio.run(main())
"""


async def test_a_process_killed_in_the_middle_of_a_handler(ground: Ground, fresh_streams: Nats):
    await publish(fresh_streams, write(event(new_id(), 7)))
    process = await children.begin(
        sys.executable,
        "-c",
        textwrap.dedent(CRASHING.format(path=[os.getcwd()])),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **ground.engines.environment()},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            while await process.stdout.readline() != b"half\n":
                assert process.returncode is None
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await ground.effects("notes") == []
    async with running(consumers(ground, fresh_streams).run):
        # Out of sight until the acknowledgement's time is over.
        assert await heard(ground, 1, seconds=30) == [7]
        await quiet(fresh_streams)
    assert await ground.effects("notes") == [7]


async def test_the_start_of_a_reaction_is_kept(ground: Ground, fresh_streams: Nats):
    reaction = group(reacted, "reactions", start="new")
    first_time = consumers(ground, fresh_streams, reaction)
    async with running(first_time.run):
        await listening(first_time)
        await publish(fresh_streams, write(event(new_id())))
        await heard(ground, 1, "reactions")
    async with ground.work.platform_connection() as connection:
        first = (await connection.execute(select(inbox_starts))).one()
        assert first.subject == Probed.subject() and clock.now() - first.started_at < timedelta(seconds=30)
    async with running(consumers(ground, fresh_streams, reaction).run):
        await publish(fresh_streams, write(event(new_id(), 2)))
        await heard(ground, 2, "reactions")
    async with ground.work.platform_connection() as connection:
        assert (await connection.execute(select(inbox_starts))).one() == first


async def test_burying_the_same_message_again_keeps_one_letter(ground: Ground, fresh_streams: Nats):
    one = event(new_id())
    for _ in range(2):
        await dead_letters.bury(
            ground.work,
            group(),
            subject=Probed.subject(),
            body=write(one).encode(),
            event_id=one.id,
            error=ValueError(),
            attempts=8,
        )
    assert await dead_letters.count(ground.work) == 1
    async with ground.work.platform_connection() as connection:
        await connection.execute(delete(letters))
        assert (await connection.execute(select(inbox))).all() == []


def test_two_groups_cannot_share_a_name(ground: Ground, fresh_streams: Nats):
    with pytest.raises(ValueError, match="one name"):
        Consumers(ground.work, fresh_streams, [group(), group()])
