"""Routes of mails: one for the gateway that hands them in, and those for who reads them."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request

from services.referrals.mail import reading, service
from services.referrals.mail.models import Mail
from services.referrals.mail.reading import CannotBeRead
from services.referrals.mail.rules import Status
from services.referrals.mail.schemas import MailLine, MailView, ReceivedView
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Ground, Tx, Who
from shared.http.etags import Tag
from shared.http.once import Once
from shared.http.problems import forbidden, invalid
from shared.http.routes import Routes

inbound = Routes("/inbound-mail", tags=["mails"])
routes = Routes("/mails")

_BODY = {"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}}}


@inbound.post(
    "",
    allow="mail.receive",
    accept=("message/rfc822",),
    keyless=True,
    status_code=202,
    openapi_extra={**_BODY, "security": [{"bearer": []}]},
)
async def receive(request: Request, tx: Tx, actor: Who, ground: Ground) -> ReceivedView:
    """One mail as it arrived. The same mail again changes nothing. It pauses ladders and answers nothing."""
    if actor.user_id.startswith("agency:"):
        raise forbidden()  # an agency's program may answer; it may not say what arrived in our mailbox
    try:
        mail = await asyncio.to_thread(reading.read, await request.body())
    except CannotBeRead as error:
        raise invalid("body", error.rule, "is not a mail that can be read") from None
    received = await service.receive(tx, mail, ground.settings.inbound_mail_team)
    return ReceivedView(
        status=received.status, mail_ids=list(received.mail_ids), referral_ids=list(received.referral_ids)
    )


@routes.get("", allow="mail.read")
async def search(
    tx: Tx,
    paging: Paging,
    status: Annotated[list[Status] | None, Query(max_length=4)] = None,
    agency_id: UUID | None = None,
    referral_id: UUID | None = None,
    unread: bool | None = None,
) -> PageView[MailLine]:
    """Mails of the reader's teams, newest first."""
    stmt = service.listed(tx, status, agency_id, referral_id, unread)
    found = await page(tx, stmt, [(Mail.recorded_at, "desc"), (Mail.id, "desc")], paging)
    about = await service.about(tx, [row.id for row in found.items])
    items = [MailLine(**_line(row, about[row.id])) for row in found.items]
    return PageView(items=items, next_cursor=found.next_cursor)


@routes.get("/{mail_id}", allow="mail.read")
async def read(mail_id: UUID, tx: Tx, tag: Tag) -> MailView:
    """One mail with what it says."""
    row = await service.visible(tx, mail_id)
    return tag(_view(row, (await service.about(tx, [row.id]))[row.id]))


@routes.post("/{mail_id}/read", allow="mail.mark_read", status_code=200)
async def mark_read(mail_id: UUID, tx: Tx, once: Once) -> MailView:
    """Somebody has read it; the ladders it held go on."""
    row = await service.visible(tx, mail_id, lock=True)

    async def do() -> MailView:
        await service.mark_read(tx, row)
        return _view(row, (await service.about(tx, [row.id]))[row.id])

    return await once(None, do, 200)


def _line(row: Mail, about: list[UUID]) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in MailLine.model_fields if name != "referral_ids"}
    return {**fields, "referral_ids": about}


def _view(row: Mail, about: list[UUID]) -> MailView:
    said = row.content or {}
    return MailView(
        **_line(row, about),
        sender=said.get("from", ""),
        subject=said.get("subject", ""),
        text=said.get("text", ""),
        attachments=said.get("attachments", 0),
    )
