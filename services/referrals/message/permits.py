"""Asking intake, by standalone activities on its queue (ADR 0004)."""

import asyncio
from datetime import timedelta
from typing import Literal, TypeVar
from uuid import UUID

from temporalio.client import ActivityFailureError, Client
from temporalio.exceptions import ApplicationError, TemporalError
from temporalio.service import RPCError

from services.referrals.referral.models import Referral
from shared.ids import new_id
from shared.temporal.activities import REFUSED
from workflows.contracts import (
    CONFIRM_DISCLOSURE,
    INTAKE_QUEUE,
    REQUEST_PERMIT,
    ConfirmDisclosure,
    Permit,
    PermitRequest,
)

_ONE_TRY = timedelta(seconds=10)
_ALTOGETHER = timedelta(seconds=30)
_RPC = timedelta(seconds=10)
_PATIENCE = 40.0
# Somebody sits in front of a page and waits.
_AT_ONCE = timedelta(seconds=3)

Purpose = Literal["show", "chase"]
T = TypeVar("T")


class EngineAway(Exception):
    """The engine or intake did not answer: nothing leaves, it waits."""


async def ask(client: Client, message_id: UUID, referral: Referral) -> Permit:
    """May this message speak of this referral, now? By reference only, whatever kind of message it is.

    The request id is the same for every try, so a retry within five minutes gets the same permit, unless it was taken
    back meanwhile. Raises EngineAway.
    """
    return await _ask(client, f"mail-{message_id}-{referral.id}", referral, "chase")


async def ask_to_show(client: Client, referral: Referral) -> Permit:
    """May the agency read what it is told, now? Each reading is a disclosure of its own, so each asks anew.

    Somebody waits for the answer: raises EngineAway after a few seconds.
    """
    return await _ask(client, f"show-{new_id()}", referral, "show", _AT_ONCE)


async def shown(client: Client, permit: Permit) -> None:
    """Have intake write down that it is read, before it is. Raises EngineAway after a few seconds."""
    if permit.permit_id is not None:
        await confirm(client, UUID(permit.permit_id), "sent", _AT_ONCE)


async def confirm(
    client: Client, permit_id: UUID, outcome: Literal["sent", "lapsed"], within: timedelta | None = None
) -> None:
    """Tell intake what became of a permit. Repeating it is harmless. Raises EngineAway."""
    told = ConfirmDisclosure(str(permit_id), outcome)
    try:
        await _run(client, CONFIRM_DISCLOSURE, told, bool, f"disclosure-{permit_id}", within)
    except _Refused:
        return  # intake knows no such permit: there is nobody left to tell


async def _ask(
    client: Client, request_id: str, referral: Referral, purpose: Purpose, within: timedelta | None = None
) -> Permit:
    request = PermitRequest(
        request_id, str(referral.id), str(referral.person_id), str(referral.agency_id), purpose, str(referral.team_id)
    )
    try:
        return await _run(client, REQUEST_PERMIT, request, Permit, f"permit-{request_id}", within)
    except _Refused:
        return Permit(request_id=request_id, granted=False, why="not_known")


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
