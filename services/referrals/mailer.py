"""The mailer: every due message is sent at least once, always with the same id and the same link.

The protocol for one message. No transaction waits for another server.

1. Take the message's advisory lock on a connection of its own. Another mailer finds it taken and goes on; the lock of a
   process that dies is released immediately.
2. Read, without locks, which of its referrals are still wanted in it (`rules.unwanted`), and whether it has an address.
3. Open the connection to the relay (connect, encrypt, sign in), so that nothing is permitted while the relay is away.
4. Ask intake, with one question for all of them, for a permit per referral. Intake commits each permit, or a refusal,
   under the same lock as the person's consent.
5. One transaction: lock the referrals by id, then the message; read again; drop every referral that has moved on or is
   not permitted; write `sending`, the text and the reply grant; commit. A first message without an address becomes a
   worker's call.
6. Send.
7. One transaction: write `sent`, the event, what intake is to record and, for a first message, that its referral is
   sent from now on: its clock opens here and nowhere else. Intake is informed from these rows until it has confirmed.

The guarantees:

- *A sent referral was disclosed.* A referral is sent, its clock runs and a disclosure is recorded only once its email
  has left, or a worker has recorded the call.
- *Nothing leaves after an answer.* An answer and step 5 take turns on the referral's row. Step 5 sees an answer that
  was committed before it. A later answer finds an email that was already being sent.
- *Nothing leaves after a withdrawal, a no or a death.* Such a fact and the permit take turns in intake. If the fact was
  committed first, the permit is refused. If it was committed after the permit, the email was permitted before: at most
  `FRESH_SECONDS` lie between the permit and step 5, else the permit is requested again; and the event that follows
  closes the link.
- *Nothing new leaves on an expired consent.* A first message needs a consent that is valid at that moment; reminders of
  a sent referral do not. A first message that may not leave waits for a new consent.
- *At least once.* A process that dies between 5 and 7 leaves `sending`: the protocol starts again from 1, so that even
  then nothing leaves that is not wanted or not permitted any more. Message-ID, link and code are derived from the
  message's id. When nothing of the message is wanted any more it becomes `unclear`, for it may have left.
- *Our fault is never booked on a service.* Without NATS, intake or the relay nothing leaves, and neither does what a
  relay refuses because of us (`refusals`): the message waits with growing pauses, its row and the board show why, and
  one error per reason is logged for the operator. A referral is undeliverable only when the address refuses.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast
from uuid import UUID

from nats.aio.client import Client
from sqlalchemy import bindparam, or_, select, text, update

from services.referrals.base import SERVICE
from services.referrals.mail import service as mails
from services.referrals.message import rules
from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import PENDING
from services.referrals.outbound import closing, departure, permits
from services.referrals.outbound.closing import Again, Granted, Ready, Settled, Wanted
from services.referrals.outbound.permits import IntakeAway
from services.referrals.outbound.refusals import Trouble
from services.referrals.outbound.transport import NotSent, Refused, Transport, Way, transport_of
from shared import clock, log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import is_infrastructure
from shared.http.state import Services
from shared.settings import Settings
from shared.supervise import raise_if_cancelled

POLL_SECONDS = 0.3
AWAY_SECONDS = 2.0
REST_SECONDS = 60.0
AT_ONCE = 4
AT_MOST = 100
# A permit is a transaction of intake: this many are answered well within one attempt of the question.
ASKED_AT_ONCE = 50
_ATTEMPTS = 5

# Compiled at import: both run three times a second, whether anything is due or not.
_DUE = (
    select(Message.id)
    .where(
        Message.status.in_(sorted(PENDING)),
        Message.due_at <= bindparam("now"),
        or_(Message.not_before.is_(None), Message.not_before <= bindparam("now")),
    )
    .order_by(Message.due_at, Message.id)
    .limit(AT_MOST)
)
_TO_CONFIRM = (
    select(MessageItem.id, MessageItem.permit_id, MessageItem.permit_outcome)
    .where(MessageItem.permit_outcome.is_not(None), MessageItem.confirmed_at.is_(None))
    .order_by(MessageItem.id)
    .limit(AT_MOST)
)


class Mailer:
    """One process's mailer. Any number may run side by side."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        nats: Callable[[], Client | None],
        transport: Transport | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._nats = nats
        self._transport = transport or transport_of(settings)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._rests: dict[UUID, float] = {}

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            raise_if_cancelled()
            try:
                await self.round()
            except IntakeAway:
                log.get(part="mailer").warning("messages wait for intake")
                await asyncio.sleep(AWAY_SECONDS)
            await asyncio.sleep(POLL_SECONDS)

    async def round(self) -> list[str]:
        """Deliver the due messages, confirm disclosures to intake, and return each result. Raise IntakeAway."""
        outcomes = await asyncio.gather(*(self._in_turn(id) for id in await self._due()), return_exceptions=True)
        await self.confirm()
        if wrong := [each for each in outcomes if isinstance(each, BaseException)]:
            raise wrong[0]
        return [str(each) for each in outcomes]

    async def _in_turn(self, message_id: UUID) -> str:
        """Deliver one message; a message that cannot be handled rests for a while and holds up no other."""
        async with self._slots:
            if self._rests.get(message_id, 0) > time.monotonic():
                return "rests"
            try:
                return await self.deliver(message_id)
            except Exception as error:
                if isinstance(error, IntakeAway) or is_infrastructure(error):
                    raise
                log.get(part="mailer").error("a message cannot be handled", message_id=message_id, exc_info=True)
                self._rests[message_id] = time.monotonic() + REST_SECONDS
                return "rests"

    async def _due(self) -> list[UUID]:
        async with self._database.transaction(_actor()) as session:
            return list(await session.scalars(_DUE, {"now": clock.now()}))

    async def deliver(self, message_id: UUID) -> str:
        """Run the protocol above for one message and return its result."""
        async with self._message_lock(message_id) as mine:
            if not mine:
                return "taken"
            for _ in range(_ATTEMPTS):
                try:
                    return await self._attempt(message_id)
                except Again:
                    continue
        return "again"

    async def _attempt(self, message_id: UUID) -> str:
        async with self._database.transaction(_actor()) as session:
            asked = await closing.wanted(session, message_id)
        if asked is None:
            return "done"
        try:
            async with AsyncExitStack() as opened:
                way = await self._way(opened) if asked.addressed else None
                granted = await self._ask(message_id, asked)
                async with self._database.transaction(_actor()) as session:
                    decided = await closing.close(session, self._settings, message_id, asked, granted)
                    if isinstance(decided, Settled) and decided.unsent:
                        await mails.unsent(session, message_id, closing.NO_ADDRESS, closing.NO_ADDRESS)
                    if isinstance(decided, Ready | Settled) and decided.untold:
                        await mails.untold(session, message_id, decided.untold)
                if not isinstance(decided, Ready):
                    return decided.status
                assert way is not None
                # From here on the process finishes sending before it stops: half an email is worse than a late stop.
                return await _finish_despite_cancellation(self._send(way, message_id, decided))
        except NotSent as error:
            return await self._not_sent(message_id, error.trouble, perhaps=True)

    async def _way(self, opened: AsyncExitStack) -> Way:
        if self._transport is None:
            raise NotSent(Trouble.NO_RELAY)
        return await opened.enter_async_context(self._transport.open())

    async def _ask(self, message_id: UUID, asked: Wanted) -> dict[UUID, Granted]:
        at = time.monotonic()
        found: dict[UUID, Granted] = {}
        try:
            for first in range(0, len(asked.referrals), ASKED_AT_ONCE):
                few = asked.referrals[first : first + ASKED_AT_ONCE]
                purpose = rules.purpose(asked.kind)
                answers = await permits.ask(self._nats(), message_id, purpose, few, new_there=asked.new_there)
                found |= {referral.id: Granted(answer, at) for referral, answer in zip(few, answers, strict=True)}
        except IntakeAway:
            async with self._database.transaction(_actor()) as session:
                news = await departure.unasked(session, message_id)
            departure.tell_operator(Trouble.INTAKE_AWAY, message_id, news=news)
            raise
        return found

    async def _send(self, way: Way, message_id: UUID, ready: Ready) -> str:
        try:
            await way.send(ready.name, self._settings.mail_from, ready.recipient, ready.mail)
        except NotSent as error:
            return await self._not_sent(message_id, error.trouble, perhaps=error.perhaps or ready.perhaps)
        except Refused as error:
            log.get(part="mailer").warning("an address refused a message", message_id=message_id, status=error.code)
            async with self._database.transaction(_actor()) as session:
                await departure.refused(session, message_id, error.fault, perhaps=ready.perhaps)
                await mails.unsent(session, message_id, f"refused_{error.code}", error.fault)
            return "bounced"
        async with self._database.transaction(_actor()) as session:
            await departure.sent(session, message_id)
        return "sent"

    async def _not_sent(self, message_id: UUID, trouble: Trouble, *, perhaps: bool) -> str:
        async with self._database.transaction(_actor()) as session:
            news = await departure.not_sent(session, message_id, trouble, perhaps=perhaps)
        departure.tell_operator(trouble, message_id, news=news)
        return "not_sent"

    async def confirm(self) -> int:
        """Report the outcome of each permit to intake; return how many were confirmed. Raise IntakeAway."""
        async with self._database.transaction(_actor()) as session:
            rows = (await session.execute(_TO_CONFIRM)).all()
        outcomes: list[tuple[UUID, permits.Outcome]] = [
            (row.permit_id, cast(permits.Outcome, row.permit_outcome)) for row in rows if row.permit_id is not None
        ]
        if outcomes:
            await permits.confirm(self._nats(), outcomes)
        async with self._database.transaction(_actor()) as session:
            for row in rows:
                # Only where no other try has obtained a new permit meanwhile.
                same = update(MessageItem).where(
                    MessageItem.id == row.id,
                    MessageItem.permit_id.is_not_distinct_from(row.permit_id),
                    MessageItem.permit_outcome == row.permit_outcome,
                )
                await session.execute(same.values(confirmed_at=clock.now()))
        return len(outcomes)

    @asynccontextmanager
    async def _message_lock(self, message_id: UUID) -> AsyncIterator[bool]:
        """Hold the message's advisory lock while the block runs; yield whether it could be taken."""
        key = int.from_bytes(hashlib.blake2b(b"message" + message_id.bytes, digest_size=8).digest(), "big", signed=True)
        async with self._database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            mine = bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))
            try:
                yield mine
            finally:
                if mine:
                    await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def _actor() -> Actor:
    return Actor.service(SERVICE)


async def _finish_despite_cancellation(work: Awaitable[str]) -> str:
    """Return the result of `work`, which is finished even when the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def mailer(services: Services) -> None:
    """Run the mailer in the background for as long as the process runs."""
    await Mailer(services.work, services.settings, lambda: services.nats).run()
