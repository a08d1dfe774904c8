"""Routes of messages."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from services.referrals.message.models import Message, MessageItem
from services.referrals.message.words import Kind, Status
from services.referrals.outbound import service
from services.referrals.outbound.schemas import MessageItemView, MessageLine, MessageView, SecondStepView
from services.referrals.referral.service import visible as visible_referral
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx
from shared.http.etags import Tag
from shared.http.routes import Routes

routes = Routes("/messages")
second_steps = Routes("/referrals", tags=["messages"])


@routes.get("", allow="message.read")
async def search(
    tx: Tx,
    paging: Paging,
    agency_id: UUID | None = None,
    referral_id: UUID | None = None,
    kind: Kind | None = None,
    status: Annotated[list[Status] | None, Query(max_length=6)] = None,
    due: Annotated[bool | None, Query(description="Those that should be leaving now (true), or all others.")] = None,
) -> PageView[MessageLine]:
    """List messages of the reader's teams, newest first."""
    stmt = service.listed(tx, agency_id, referral_id, kind, status, due)
    found = await page(tx, stmt, [(Message.recorded_at, "desc"), (Message.id, "desc")], paging)
    items = await service.items_of(tx, [row.id for row in found.items])
    return PageView(
        items=[MessageLine(**_line(row, items[row.id])) for row in found.items], next_cursor=found.next_cursor
    )


@routes.get("/{message_id}", allow="message.read")
async def read(message_id: UUID, tx: Tx, tag: Tag) -> MessageView:
    """Return one message as it was sent, but for its link and code."""
    row = await visible(tx, Message, message_id)
    items = (await service.items_of(tx, [row.id]))[row.id]
    return tag(
        MessageView(
            **_line(row, items), address=row.address, header_id=row.header_id, subject=row.subject, text=row.body
        )
    )


@second_steps.get("/{referral_id}/second-step", allow="message.second_step")
async def second_step(referral_id: UUID, tx: Tx) -> SecondStepView:
    """Return the code that opens the details behind this referral's link, to be read out over the phone."""
    code, until, phone = await service.second_step(tx, await visible_referral(tx, referral_id))
    return SecondStepView(code=code, opens_until=until, ring_them_on=phone)


def _line(row: Message, items: list[tuple[MessageItem, str]]) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in MessageLine.model_fields if name != "items"},
        "items": [
            MessageItemView(
                referral_id=item.referral_id,
                reference=reference,
                clock=item.clock,
                stage_entry=item.stage_entry,
                outcome=item.outcome,
                why=item.why,
            )
            for item, reference in items
        ],
    }
