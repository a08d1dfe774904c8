"""Routes of emails: one for the gateway that submits them, the others for their readers."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request, Response

from services.referrals.mail import service, triage
from services.referrals.mail.models import Mail, MailFile
from services.referrals.mail.parser import MOST, CannotBeRead
from services.referrals.mail.reader import READER
from services.referrals.mail.rules import Status
from services.referrals.mail.schemas import FileView, MailLine, MailView, ReceivedView
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Platform, Tx, Who
from shared.http.etags import Tag
from shared.http.idempotency import Once
from shared.http.problems import forbidden, invalid
from shared.http.routes import Routes

inbound = Routes("/inbound-mail", tags=["mails"])
routes = Routes("/mails")

_BODY = {"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}}}


@inbound.post(
    "",
    allow="mail.receive",
    accept=("message/rfc822",),
    max_body=MOST,
    keyless=True,
    status_code=202,
    openapi_extra={**_BODY, "security": [{"bearer": []}]},
)
async def receive(request: Request, tx: Tx, actor: Who, platform: Platform) -> ReceivedView:
    """Receive one email as it arrived.

    The same email again changes nothing. An email pauses ladders and answers nothing. A body that is no email is
    refused with 422, and nothing of it is stored. An email that cannot be read is stored sealed, and becomes somebody's
    task with the reason.
    """
    if actor.user_id.startswith("agency:"):
        raise forbidden()  # an agency's program may answer; it may not submit emails to our mailbox
    raw, reads_the_rest = await request.body(), platform.settings.inbound_mail_team
    try:
        mail = await READER.read(raw)
    except CannotBeRead as error:
        if error.rule == "not_a_mail":
            raise invalid("body", error.rule, "is not an email") from None
        received = await triage.refuse(tx, raw, error.rule, len(raw), reads_the_rest)
    else:
        received = await triage.receive(tx, mail, reads_the_rest)
    return ReceivedView(
        status=received.status, mail_ids=list(received.mail_ids), referral_ids=list(received.referral_ids)
    )


@routes.get("", allow="mail.read")
async def search(
    tx: Tx,
    paging: Paging,
    status: Annotated[list[Status] | None, Query(max_length=6)] = None,
    agency_id: UUID | None = None,
    referral_id: UUID | None = None,
    unread: bool | None = None,
) -> PageView[MailLine]:
    """List emails of the reader's teams, newest first."""
    stmt = service.listed(tx, status, agency_id, referral_id, unread)
    found = await page(tx, stmt, [(Mail.recorded_at, "desc"), (Mail.id, "desc")], paging)
    about = await service.about(tx, [row.id for row in found.items])
    items = [MailLine(**_line(row, about[row.id])) for row in found.items]
    return PageView(items=items, next_cursor=found.next_cursor)


@routes.get("/{mail_id}", allow="mail.read")
async def read(mail_id: UUID, tx: Tx, tag: Tag) -> MailView:
    """Return one email with its text."""
    row = await service.visible(tx, mail_id)
    return tag(await _view(tx, row))


@routes.get("/{mail_id}/files/{file_id}", allow="mail.read", response_class=Response)
async def read_file(mail_id: UUID, file_id: UUID, tx: Tx) -> Response:
    """Return one file of an email as it came, only ever as a download: the file is untrusted."""
    found = await service.file(tx, await service.visible(tx, mail_id), file_id)
    name = quote((found.label or {}).get("name") or "file")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    return Response(found.content or b"", media_type="application/octet-stream", headers=headers)


@routes.post("/{mail_id}/read", allow="mail.mark_read", status_code=200)
async def mark_read(mail_id: UUID, tx: Tx, once: Once) -> MailView:
    """Mark an email as read; the ladders that waited for that run again."""
    row = await service.visible(tx, mail_id, lock=True)

    async def do() -> MailView:
        await service.mark_read(tx, row)
        return await _view(tx, row)

    return await once(None, do, 200)


def _line(row: Mail, about: list[UUID]) -> dict[str, Any]:
    fields = {name: getattr(row, name) for name in MailLine.model_fields if name != "referral_ids"}
    return {**fields, "referral_ids": about}


async def _view(tx: Tx, row: Mail) -> MailView:
    said = row.content or {}
    files = await service.files(tx, row.id)
    return MailView(
        **_line(row, (await service.about(tx, [row.id]))[row.id]),
        sender=said.get("from", ""),
        subject=said.get("subject", ""),
        text=said.get("text", ""),
        own=said.get("own", said.get("text", "")),
        attachments=len(files) or said.get("attachments", 0),
        files=_files(files),
    )


def _files(found: Sequence[MailFile]) -> list[FileView]:
    return [
        FileView(id=each.id, name=label.get("name", ""), kind=label.get("kind", ""), size=each.size)
        for each in found
        for label in (each.label or {},)
    ]
