"""Sending in tests: real databases of both services, intake answering over NATS, a folder or a relay."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import SMTP
from nats.aio.client import Client
from sqlalchemy import select

from services.referrals.activities import ReferralActivities
from services.referrals.mailer import Mailer
from services.referrals.message import service
from services.referrals.message.models import Message, MessageItem
from services.referrals.outbound import departure, permits
from services.referrals.outbound.transport import Transport
from services.referrals.referral.transitions import Attribution
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.practice.calendar import at_local, local_day, working_days_after
from shared.settings import Settings
from tests.intake.world import World
from tests.referrals.conftest import Place
from tests.referrals.stories import Story

# What covers the TOLD of these tests.
AGREED = {"may_tell": ["alias", "safe_contact", "person_wants"], "may_tell_us": ["attendance"]}


@dataclass
class Post:
    """Everything that is needed to make referrals whose agency may be told, and to send their messages."""

    db: Database
    activities: ReferralActivities
    worker: Actor
    intake: World
    nats: Client
    settings: Settings
    folder: Path
    travel: Callable[[timedelta], None]
    consents: dict[UUID, str] = field(default_factory=dict[UUID, str])

    def mailer(self, transport: Transport | None = None, **changed: Any) -> Mailer:
        """One more mailer, as another process would have it."""
        return Mailer(self.db, self.settings.model_copy(update=changed), lambda: self.nats, transport)

    async def story(self, place: Place, **more: Any) -> Story:
        """A referral that was approved, of a person who has agreed: its first message waits for the mailer."""
        story = Story(self.db, self.activities, self.worker, place)
        story.person_id = UUID(await self.intake.person())
        consent = await self.intake.consent(str(story.person_id), place.agency_id, **AGREED)
        await story.ordered(**more)
        self.consents[story.id] = consent["id"]
        return story

    async def withdraw(self, story: Story) -> None:
        """Withdraw the person's consent at intake."""
        await self.intake.ok("POST", f"/consents/{self.consents[story.id]}/withdraw", {}, status=200)

    async def remind(self, story: Story, clock_key: str = "any.sent") -> None:
        """A step of its ladder asks the agency again."""
        await story.look()
        await story.do(_remind, clock_key)

    async def messages(self, **wanted: Any) -> list[Message]:
        stmt = select(Message).filter_by(**wanted).order_by(Message.recorded_at, Message.id)
        async with self.db.transaction(Actor.service("test")) as session:
            return list(await session.scalars(stmt))

    async def items(self, message: Message) -> list[MessageItem]:
        stmt = select(MessageItem).where(MessageItem.message_id == message.id).order_by(MessageItem.id)
        async with self.db.transaction(Actor.service("test")) as session:
            return list(await session.scalars(stmt))

    def mails(self) -> list[EmailMessage]:
        """What lies in the folder, by file name."""
        return [read(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]

    def to_the_morning(self, at: time = time(9, 31)) -> datetime:
        """Move everybody to a time of the next working day."""
        target = at_local(working_days_after(local_day(clock.now()), 1), at)
        self.travel(target - clock.now())
        return target

    async def call(self, story: Story) -> None:
        """A worker rang them and told them, as intake permits."""
        permit = await permits.ask_to_call(self.nats, await story.row())
        await story.do(departure.called, permit, Attribution("worker-1", clock.now(), "phone"))

    async def told_of(self, story: Story) -> list[str]:
        """For what intake has written down that the service was told of the person."""
        rows = await self.intake.rows(
            "SELECT purpose FROM disclosures WHERE referral_id = :id ORDER BY occurred_at, id", id=story.id
        )
        return [row[0] for row in rows]

    async def disclosures(self, story: Story) -> list[tuple[str, str]]:
        """(purpose, outcome) of the permits that intake gave for a referral."""
        rows = await self.intake.rows(
            "SELECT purpose, outcome FROM permits WHERE referral_id = :id ORDER BY granted_at", id=story.id
        )
        return [(row[0], row[1]) for row in rows]


async def _remind(session: Any, position: Any, clock_key: str) -> None:
    await service.queue_reminder(session, position.referral, clock_key, clock.now())


def read(raw: bytes) -> EmailMessage:
    found = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(found, EmailMessage)
    return found


def text_in(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def token_in(mail: EmailMessage) -> str:
    found = re.search(r"/r#(\S+)", text_in(mail))
    assert found is not None
    return found.group(1)


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"type this code: (\S+)", text_in(mail))
    assert found is not None
    return found.group(1)


class Office:
    """A mail relay. `behave` is called with each mail's place in the row: answer a reply, or "drop"."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.tries = 0
        self.rcpt_answers: list[str] = []
        self.data_answers: list[str] = []
        self._server: asyncio.Server | None = None
        self.relay: dict[str, Any] = {}  # the settings that lead to it

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt_answers:
            self.tries += 1
            answer = self.rcpt_answers.pop(0)
            if answer == "drop":
                server.transport.abort()
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.tries += 1
        answer = self.data_answers.pop(0) if self.data_answers else "250 OK"
        if not answer.startswith(("4", "5")):
            self.mails.append(read(envelope.content))
            self.recipients.append(list(envelope.rcpt_tos))
        if answer == "drop":
            # It has it, and the sender will never know.
            server.transport.abort()
            await asyncio.sleep(0)
        return answer

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, hostname="relay.test", loop=loop), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.relay = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False}

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()
