"""Asking intake before anything is disclosed, and reporting the outcome (`shared.permits`, ADR 0010)."""

from collections.abc import Collection, Sequence
from typing import Literal, TypeVar
from uuid import UUID

from nats.aio.client import Client

from services.referrals.referral.disclosed_text import disclosed_items
from services.referrals.referral.models import Referral
from shared import asking
from shared.ids import new_id
from shared.permits import (
    CONFIRM_DISCLOSURES,
    REQUEST_PERMITS,
    ConfirmDisclosure,
    ConfirmDisclosures,
    Confirmed,
    Permit,
    PermitRequest,
    PermitRequests,
    Permits,
    Purpose,
)

# A background round may wait; a person in front of a page may not.
PATIENCE_SECONDS = 10.0
AT_ONCE_SECONDS = 3.0

Outcome = Literal["sent", "lapsed"]
A = TypeVar("A")


class IntakeAway(Exception):
    """Intake did not answer, or answered another question: nothing is disclosed."""


async def ask(
    nats: Client | None,
    message_id: UUID,
    purpose: Purpose,
    referrals: Sequence[Referral],
    *,
    new_there: Collection[UUID] = (),
) -> list[Permit]:
    """Ask whether this message may speak of these referrals now. Raise IntakeAway.

    `new_there`: the referrals whose address has never been told of them. The request ids are the same for every try, so
    a retry within five minutes gets the same permits, unless they were taken back meanwhile. One question serves all
    referrals. Only a first message discloses something new, and its parts are named; all others speak by reference. At
    a new address any message discloses something new.
    """
    requests: list[PermitRequest] = []
    for each in referrals:
        new, id = each.id in new_there, f"mail-{message_id}-{each.id}"
        its: Purpose = "send" if new else purpose
        requests.append(_request(f"{id}-new" if new else id, each, its, tells=its == "send"))
    return await _permits(nats, requests, PATIENCE_SECONDS)


async def ask_to_call(nats: Client | None, referral: Referral) -> Permit:
    """Ask whether a worker may tell the service by phone what was written for it.

    Raise IntakeAway after a few seconds.
    """
    request = _request(f"call-{referral.send_request}", referral, "call", tells=True)
    return (await _permits(nats, [request], AT_ONCE_SECONDS))[0]


async def ask_to_show(nats: Client | None, referral: Referral) -> Permit:
    """Ask whether the service may read the details now. Raise IntakeAway after a few seconds.

    Each reading is a disclosure of its own, so each has a permit of its own. A person waits for the answer.
    """
    request = _request(f"show-{new_id()}", referral, "show", tells=True)
    return (await _permits(nats, [request], AT_ONCE_SECONDS))[0]


async def shown(nats: Client | None, permit: Permit) -> None:
    """Have intake record the disclosure before the details are shown. Raise IntakeAway after a few seconds."""
    if permit.permit_id is not None:
        told = ConfirmDisclosures([ConfirmDisclosure(permit.permit_id, "sent")])
        await _asked(nats, CONFIRM_DISCLOSURES, told, Confirmed, AT_ONCE_SECONDS)


async def confirm(nats: Client | None, outcomes: Sequence[tuple[UUID, Outcome]]) -> None:
    """Report the outcome of permits to intake. Repeating it is harmless. Raise IntakeAway."""
    told = ConfirmDisclosures([ConfirmDisclosure(str(permit_id), outcome) for permit_id, outcome in outcomes])
    await _asked(nats, CONFIRM_DISCLOSURES, told, Confirmed, PATIENCE_SECONDS)


def _request(request_id: str, referral: Referral, purpose: Purpose, *, tells: bool = False) -> PermitRequest:
    return PermitRequest(
        request_id,
        str(referral.id),
        str(referral.person_id),
        str(referral.agency_id),
        purpose,
        str(referral.team_id),
        disclosed_items(referral, request_id) if tells else [],
    )


async def _permits(nats: Client | None, requests: list[PermitRequest], seconds: float) -> list[Permit]:
    found = (await _asked(nats, REQUEST_PERMITS, PermitRequests(requests), Permits, seconds)).answers
    if [each.request_id for each in found] != [each.request_id for each in requests]:
        raise IntakeAway("answered another question")
    return found


async def _asked(nats: Client | None, subject: str, question: object, answer: type[A], seconds: float) -> A:
    if nats is None:
        raise IntakeAway("not connected")
    try:
        return await asking.ask(nats, subject, question, answer, seconds)
    except asking.NoAnswer as error:
        raise IntakeAway(str(error)) from error
