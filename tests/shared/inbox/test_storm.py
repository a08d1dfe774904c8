"""Everything at once: facts are told while engines die under relay and consumers. Nothing is lost, nothing doubled."""

import asyncio
import shutil

from nats.aio.client import Client as Nats
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client as Temporal

from deploy.engines import nats as nats_engine
from shared.failure import is_infrastructure
from shared.inbox import dead_letters
from shared.inbox.consumer import Consumers, HandlerGroup
from tests.shared.ground import Effect, Ground, Probe, Probed, relay_of, running, until


async def note(session: AsyncSession, event: Probed) -> None:
    session.add(Effect(group_name="notes", probe_id=event.probe_id, number=event.number))


async def test_engines_die_while_facts_are_told(ground: Ground, fresh_streams: Nats, temporal_client: Temporal):
    probes = [await ground.probe() for _ in range(6)]
    telling = True

    async def tell(probe) -> None:
        while telling:
            try:
                await ground.happen(probe, drive=True)
            except Exception as error:
                # What a caller would get as 503; whether it was committed only the database knows.
                assert is_infrastructure(error), error
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.01)

    supervisor = ground.engines.supervisor
    group = HandlerGroup("notes", "casework", {Probed: note})
    hearing = Consumers(ground.work, fresh_streams, [group])
    relays = [relay_of(ground, fresh_streams, temporal_client) for _ in range(2)]
    async with running(hearing.run, *(relay.run for relay in relays)):
        tellers = [asyncio.ensure_future(tell(probe)) for probe in probes]
        for victim in ("nats", "postgres", "temporal", "postgres", "nats"):
            await asyncio.sleep(0.7)
            ground.engines.kill(victim)
            await ground.engines.wait_ready(victim)
        await asyncio.sleep(0.5)
        await supervisor.stop("nats")
        shutil.rmtree(ground.engines.folder.path / "nats" / "jetstream")
        await supervisor.start(nats_engine.program(ground.engines.folder, ground.engines.ports))
        await asyncio.sleep(0.5)
        telling = False
        await asyncio.gather(*tellers)

        async def settled() -> bool:
            told = len(await ground.event_ids())
            return (
                await ground.published() == await ground.dispatched() == told
                and len(await ground.effects("notes")) >= told
            )

        await until(settled, 90)
        # Time for what might still come twice.
        await asyncio.sleep(1)

    async with ground.work.platform_connection() as connection:
        counts = {row.id: row.times for row in await connection.execute(select(Probe.id, Probe.count.label("times")))}
        effects = (
            await connection.execute(
                select(Effect.probe_id, func.count(), func.count(Effect.number.distinct()), func.max(Effect.number))
                .where(Effect.group_name == "notes")
                .group_by(Effect.probe_id)
            )
        ).all()
    assert {row[0]: tuple(row[1:]) for row in effects} == {probe: (n, n, n) for probe, n in counts.items()}
    assert await dead_letters.count(ground.work) == 0
