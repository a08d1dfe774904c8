"""How emails leave, and a test email that says nothing of anybody."""

from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.models import AgencyService
from services.referrals.outbound import text
from services.referrals.outbound.refusals import Trouble
from services.referrals.outbound.transport import NotSent, Refused, domain_of, transport_of
from shared import clock
from shared.settings import Settings

SUBJECT = "Test email from Alongside"
BODY = """Hello,

this is the test email that you asked for. Emails from Alongside leave, and reach you.

To check the rest: is the sender the address that services will know, and did this arrive in the inbox and not as spam?
"""


def way(settings: Settings) -> Literal["relay", "folder", "nowhere"]:
    """Return where emails go."""
    if settings.smtp_host:
        return "relay"
    return "folder" if settings.mail_folder is not None else "nowhere"


async def services(session: AsyncSession) -> int:
    """Return how many active services are in the directory."""
    active = select(func.count()).select_from(AgencyService).where(AgencyService.status == "active")
    return await session.scalar(active) or 0


async def send_test(settings: Settings, to: str, test_id: UUID) -> str | None:
    """Send the test email. Return None when it left, else the code of why it did not."""
    transport = transport_of(settings)
    if transport is None:
        return Trouble.NO_RELAY
    sender = text.sender(settings.mail_from, settings.organisation_name)
    header_id = f"<test-{test_id}@{domain_of(settings.mail_from)}>"
    envelope = text.Envelope(sender, to, settings.reply_to or settings.mail_from, header_id, clock.now())
    try:
        async with transport.open() as open_way:
            await open_way.send(f"test-{test_id}", settings.mail_from, to, text.mime(envelope, SUBJECT, BODY))
    except NotSent as error:
        return str(error.args[0])
    except Refused as error:
        return str(error.fault)
    return None
