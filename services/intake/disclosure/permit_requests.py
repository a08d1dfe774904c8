"""Answers to other services: permits for disclosures, and the recording of their outcomes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from services.intake.base import SERVICE
from services.intake.disclosure import confirmation, service
from services.intake.permit.rules import Outcome, Purpose
from shared import asking
from shared.context import Actor
from shared.crypto.opaque import meant
from shared.db.session import Database
from shared.http.state import Services
from shared.metrics import counted
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
)
from shared.practice.disclosure_parts import PARTS


class NotAsked(ValueError):
    """The request for a permit is malformed; the message names the field."""


class PermitDesk:
    """The handler of permit requests and confirmations, on the work role's connections."""

    def __init__(self, work: Database) -> None:
        self._work = work

    async def request_permit(self, request: PermitRequest) -> Permit:
        """Grant or refuse a permit. The answer is committed before it is returned. Raise NotAsked."""
        asked = _asked(request)
        try:
            async with self._work.transaction(_actor()) as session:
                answered = await service.request(session, asked)
        except service.RequestReused:
            raise NotAsked("request_id: was used for another disclosure") from None
        permit = answered.permit
        if permit is None:
            return Permit(request.request_id, False, why=answered.why, person_version=answered.person_version)
        return Permit(
            request_id=request.request_id,
            granted=True,
            permit_id=str(permit.id),
            expires_at=permit.expires_at,
            may_tell_us=answered.may_tell_us,
            person_version=answered.person_version,
        )

    async def request_permits(self, asked: PermitRequests) -> Permits:
        """Answer each request in a transaction of its own; a malformed request gets a refusal."""
        answers = [await self._permitted(request) for request in asked.requests]
        for answer in answers:
            counted.permit(answer.why or counted.GRANTED)
        return Permits(answers)

    async def confirm_disclosure(self, confirmed: ConfirmDisclosure) -> bool:
        """Record the outcome of a permit; return False when there is no such permit. A repeat changes nothing."""
        try:
            permit_id, outcome = UUID(confirmed.permit_id), Outcome(confirmed.outcome)
        except ValueError:
            raise NotAsked("permit_id: not a permit id and an outcome") from None
        async with self._work.transaction(_actor()) as session:
            return await confirmation.confirm(session, permit_id, outcome)

    async def confirm_disclosures(self, confirmed: ConfirmDisclosures) -> Confirmed:
        """Record the outcome of each permit and return the number of known ones; unknown permits are skipped."""
        known = 0
        for each in confirmed.confirmed:
            try:
                known += await self.confirm_disclosure(each)
            except NotAsked:
                continue
        return Confirmed(known)

    async def _permitted(self, request: PermitRequest) -> Permit:
        try:
            return await self.request_permit(request)
        except NotAsked:
            return Permit(request.request_id, False, why="not_known")


@asynccontextmanager
async def answered(services: Services) -> AsyncGenerator[None]:
    """Answer requests while the block runs, as one of any number of processes."""
    desk, nats = PermitDesk(services.work), await services.until_nats()
    async with (
        asking.answering(nats, REQUEST_PERMITS, SERVICE, PermitRequests, desk.request_permits),
        asking.answering(nats, CONFIRM_DISCLOSURES, SERVICE, ConfirmDisclosures, desk.confirm_disclosures),
    ):
        yield


async def answer_permits(services: Services) -> None:
    """Answer requests until cancelled: the background work of a process."""
    async with answered(services):
        await asyncio.Event().wait()


def _actor() -> Actor:
    return Actor.service(SERVICE)


def _asked(request: PermitRequest) -> service.Asked:
    if not request.request_id or len(request.request_id) > 200:
        raise NotAsked("request_id: has 1 to 200 characters")
    try:
        return service.Asked(
            request_id=request.request_id,
            referral_id=UUID(request.referral_id),
            person_id=UUID(request.person_id),
            agency_id=UUID(request.agency_id),
            purpose=Purpose(request.purpose),
            team_id=UUID(request.team_id) if request.team_id else None,
            # An unknown part is disclosed all the same, so it counts as a part without consent.
            tells=tuple(part or "" for part in meant(request.tells, PARTS, request.request_id)),
        )
    except ValueError:
        raise NotAsked("permit_request: referral, person, agency and team are UUIDs, the purpose a known one") from None
