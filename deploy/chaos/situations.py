"""The situations that occurred in a run, counted from the stack's own records. A situation that did not occur is 0."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import nats
from nats.aio.client import Client as Nats
from nats.aio.msg import Msg

from deploy.chaos.place import Place
from deploy.chaos.truth.reading import rows
from deploy.stack import SERVICES, Stack
from shared import clock
from shared import nats as shared_nats

NEAR = timedelta(seconds=1)

REPLY_NEAR_RUNG = "a reply within a second of its rung"
HAND_OVER = "a relay handed over to the other process"
IN_FLIGHT = "a relay hand-over with rows in flight"
AGAIN = "an event delivered again"
AFTER_COMMIT = "an event delivered again after its effect was committed"
EMAIL_AGAIN = "the same email handed over again (same Message-ID)"
RUNG_BROKEN = "a rung that fired while something was broken"
JUMPS = "jumps of time"
ALWAYS = (REPLY_NEAR_RUNG, HAND_OVER, IN_FLIGHT, AGAIN, AFTER_COMMIT, EMAIL_AGAIN, RUNG_BROKEN, JUMPS)

Span = tuple[datetime, datetime]


async def counted(place: Place, broken: list[Span]) -> dict[str, int]:
    """Count every situation, first those that a run is meant to cause."""
    found = Counter({name: 0 for name in ALWAYS})
    found.update(place.seen)
    found[REPLY_NEAR_RUNG] = await _replies_near(place.stack)
    for service in SERVICES:
        times, with_rows = await _hand_overs(place.stack, service)
        found[HAND_OVER] += times
        found[IN_FLIGHT] += with_rows
    found[EMAIL_AGAIN] = sum(times - 1 for times in place.relay.taken.values())
    fired = await rows(place.stack, "referrals", "SELECT fired_at FROM escalations WHERE outcome = 'fired'")
    found[RUNG_BROKEN] = sum(any(start <= row["fired_at"] <= end for start, end in broken) for row in fired)
    return {**{name: found[name] for name in ALWAYS}, **{name: found[name] for name in sorted(found)}}


async def _replies_near(stack: Stack) -> int:
    """Count the answers recorded within a second of a step of their stage, before or after it."""
    found = await rows(
        stack,
        "referrals",
        "SELECT count(*) AS times FROM referral_moves m WHERE m.channel IN ('phone', 'link') AND EXISTS ("
        " SELECT 1 FROM escalations e WHERE e.referral_id = m.referral_id"
        " AND abs(extract(epoch FROM e.fired_at - m.recorded_at)) <= %s)",
        NEAR.total_seconds(),
    )
    return int(found[0]["times"])


async def _hand_overs(stack: Stack, service: str) -> tuple[int, int]:
    """Count how often the lead passed to another relay, and how often rows recorded before were still waiting."""
    leads: list[tuple[datetime, str]] = []
    for name in (service, f"{service}-2"):
        for log in stack.folder.log(name).parent.glob(f"{name}.log*"):
            for line in log.read_text(errors="replace").splitlines():
                if '"relay leads"' in line:
                    leads.append((datetime.fromisoformat(json.loads(line)["time"]), name))
    leads.sort()
    times = with_rows = 0
    for (_, before), (at, now) in zip(leads, leads[1:], strict=False):
        times += before != now
        waited = await rows(
            stack,
            service,
            "SELECT 1 FROM outbox WHERE recorded_at < %s AND (published_at >= %s OR dispatched_at >= %s) LIMIT 1",
            at,
            at,
            at,
        )
        with_rows += bool(waited)
    return times, with_rows


@asynccontextmanager
async def redeliveries(place: Place) -> AsyncIterator[None]:
    """Count acknowledged deliveries that were not the first, and those whose effect had been committed before."""
    connection = await _listening(place)
    try:
        yield
    finally:
        await connection.close()


async def _listening(place: Place) -> Nats:

    async def silent(_: Exception) -> None:
        """Ignore errors: NATS is killed and cut off on purpose."""

    to = shared_nats.options(place.stack.settings())
    connection = await nats.connect(**to, max_reconnect_attempts=-1, reconnect_time_wait=0.5, error_cb=silent)

    async def acknowledged(message: Msg) -> None:
        _, _, stream, durable, delivery, sequence, *_ = message.subject.split(".")
        if int(delivery) < 2 or message.data not in (b"", b"+ACK"):
            return
        place.seen[AGAIN] += 1
        try:
            raw = await connection.jetstream().get_msg(stream, int(sequence))
            event = json.loads(raw.data or b"{}")["id"]
            service, _, group = durable.partition("-")
            found = await rows(
                place.stack,
                service,
                # An event handled just now is some milliseconds old.
                "SELECT extract(epoch FROM %s::timestamptz - recorded_at) AS age FROM inbox"
                " WHERE group_name = %s AND event_id = %s",
                clock.now(),
                group,
                event,
            )
            if found and found[0]["age"] > 5:
                place.seen[AFTER_COMMIT] += 1
        except Exception:  # purged, or PostgreSQL is unavailable: not counted
            return

    await connection.subscribe("$JS.ACK.>", cb=acknowledged)
    await asyncio.wait_for(connection.flush(), 10)
    return connection
