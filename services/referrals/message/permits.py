"""Asking intake, by standalone activities on its queue (ADR 0004)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, TypeVar
from uuid import UUID

from temporalio.client import ActivityFailureError, Client
from temporalio.exceptions import ApplicationError, TemporalError
from temporalio.service import RPCError

from services.referrals.message.rules import Purpose
from services.referrals.referral.models import Referral
from services.referrals.referral.telling import parts_told
from shared.ids import new_id
from shared.temporal.activities import REFUSED
from workflows.contracts import (
    CONFIRM_DISCLOSURE,
    CONFIRM_DISCLOSURES,
    INTAKE_QUEUE,
    REQUEST_PERMIT,
    REQUEST_PERMITS,
    ConfirmDisclosure,
    ConfirmDisclosures,
    Permit,
    PermitRequest,
    PermitRequests,
    Permits,
)

_ONE_TRY = timedelta(seconds=10)
_ALTOGETHER = timedelta(seconds=30)
_RPC = timedelta(seconds=10)
_PATIENCE = 40.0
# Somebody sits in front of a page and waits.
_AT_ONCE = timedelta(seconds=3)

Outcome = Literal["sent", "lapsed"]
T = TypeVar("T")


class EngineAway(Exception):
    """The engine or intake did not answer: nothing leaves, it waits."""


async def ask(client: Client, message_id: UUID, purpose: Purpose, referrals: Sequence[Referral]) -> list[Permit]:
    """May this message speak of these referrals, now? By reference only, whatever kind of message it is.

    The request ids are the same for every try, so a retry within five minutes gets the same permits, unless they were
    taken back meanwhile. One question for all: hundreds of steps of one instant are some dozen messages, and each
    question costs the engine as much as a step. Raises EngineAway.
    """
    requests = [_request(f"mail-{message_id}-{referral.id}", referral, purpose) for referral in referrals]
    answered = await _run(client, REQUEST_PERMITS, PermitRequests(requests), Permits, f"permits-{message_id}")
    return answered.answers


async def ask_to_show(client: Client, referral: Referral) -> Permit:
    """May the agency read what it is told, now? Each reading is a disclosure of its own, so each asks anew.

    Somebody waits for the answer: raises EngineAway after a few seconds.
    """
    request = _request(f"show-{new_id()}", referral, "show", tells=True)
    try:
        return await _run(client, REQUEST_PERMIT, request, Permit, f"permit-{request.request_id}", _AT_ONCE)
    except _Refused:
        return Permit(request_id=request.request_id, granted=False, why="not_known")


async def shown(client: Client, permit: Permit) -> None:
    """Have intake write down that it is read, before it is. Raises EngineAway after a few seconds."""
    if permit.permit_id is None:
        return
    told = ConfirmDisclosure(permit.permit_id, "sent")
    try:
        await _run(client, CONFIRM_DISCLOSURE, told, bool, f"disclosure-{permit.permit_id}", _AT_ONCE)
    except _Refused:
        return  # intake knows no such permit: there is nobody left to tell


async def confirm(client: Client, outcomes: Sequence[tuple[UUID, Outcome]]) -> None:
    """Tell intake what became of permits. Repeating it is harmless. Raises EngineAway."""
    told = ConfirmDisclosures([ConfirmDisclosure(str(permit_id), outcome) for permit_id, outcome in outcomes])
    await _run(client, CONFIRM_DISCLOSURES, told, bool, "disclosures")


def _request(request_id: str, referral: Referral, purpose: Purpose, *, tells: bool = False) -> PermitRequest:
    return PermitRequest(
        request_id,
        str(referral.id),
        str(referral.person_id),
        str(referral.agency_id),
        purpose,
        str(referral.team_id),
        parts_told(referral, request_id) if tells else [],
    )


class _Refused(Exception):
    pass


async def _run(
    client: Client, name: str, given: object, result: type[T], id: str, within: timedelta | None = None
) -> T:
    try:
        async with asyncio.timeout(_PATIENCE if within is None else within.total_seconds()):
            return await client.execute_activity(
                name,
                given,
                id=f"{id}-{new_id()}",
                task_queue=INTAKE_QUEUE,
                result_type=result,
                start_to_close_timeout=min(_ONE_TRY, within or _ONE_TRY),
                schedule_to_close_timeout=within or _ALTOGETHER,
                rpc_timeout=min(_RPC, within or _RPC),
            )
    except ActivityFailureError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.type == REFUSED:
            raise _Refused from None
        raise EngineAway from error
    except (RPCError, TemporalError, TimeoutError, OSError) as error:
        raise EngineAway from error
