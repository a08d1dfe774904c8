"""What workflows and the mailer may ask of intake: may this leave, and what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from services.intake.disclosure import permits, service
from services.intake.disclosure.rules import Outcome, Purpose
from shared.context import Actor
from shared.crypto.opaque import meant
from shared.db.session import Database
from shared.practice.told import PARTS
from shared.temporal.activities import refuse
from workflows import contracts

ACTOR = "intake"


class Activities:
    """The activities of this service, on the work role's connections."""

    def __init__(self, work: Database) -> None:
        self._work = work

    @activity.defn(name=contracts.REQUEST_PERMIT)
    async def request_permit(self, request: contracts.PermitRequest) -> contracts.Permit:
        """Grant or refuse, at this moment. The answer is committed before it is given."""
        asked = _asked(request)
        try:
            async with self._work.transaction(Actor.service(ACTOR)) as session:
                answered = await service.request(session, asked)
        except service.RequestReused:
            refuse("the request id was used for another disclosure", "request_id")
        permit = answered.permit
        if permit is None:
            return contracts.Permit(
                request_id=request.request_id, granted=False, why=answered.why, person_version=answered.person_version
            )
        return contracts.Permit(
            request_id=request.request_id,
            granted=True,
            permit_id=str(permit.id),
            expires_at=permit.expires_at,
            may_tell_us=answered.may_tell_us,
            person_version=answered.person_version,
        )

    @activity.defn(name=contracts.REQUEST_PERMITS)
    async def request_permits(self, asked: contracts.PermitRequests) -> contracts.Permits:
        """Each as `request_permit` does, in a transaction of its own; what that would refuse is not permitted."""
        return contracts.Permits([await self._permitted(request) for request in asked.requests])

    @activity.defn(name=contracts.CONFIRM_DISCLOSURE)
    async def confirm_disclosure(self, confirmed: contracts.ConfirmDisclosure) -> bool:
        """Write down what became of a permit. Repeating it changes nothing."""
        try:
            permit_id, outcome = UUID(confirmed.permit_id), Outcome(confirmed.outcome)
        except ValueError:
            refuse("not a permit id and an outcome", "permit_id")
        async with self._work.transaction(Actor.service(ACTOR)) as session:
            known = await permits.confirm(session, permit_id, outcome)
        if not known:
            refuse("there is no such permit", "permit_id")
        return True

    @activity.defn(name=contracts.CONFIRM_DISCLOSURES)
    async def confirm_disclosures(self, confirmed: contracts.ConfirmDisclosures) -> bool:
        """Each as `confirm_disclosure` does; of a permit that is not known there is nobody left to tell."""
        for each in confirmed.confirmed:
            with suppress(ApplicationError):
                await self.confirm_disclosure(each)
        return True

    async def _permitted(self, request: contracts.PermitRequest) -> contracts.Permit:
        try:
            return await self.request_permit(request)
        except ApplicationError:
            return contracts.Permit(request_id=request.request_id, granted=False, why="not_known")

    def all(self) -> Sequence[Callable[..., Awaitable[Any]]]:
        """Everything a worker of this service carries out."""
        return [self.request_permit, self.request_permits, self.confirm_disclosure, self.confirm_disclosures]


def _asked(request: contracts.PermitRequest) -> service.Asked:
    if not request.request_id or len(request.request_id) > 200:
        refuse("a request id has 1 to 200 characters", "request_id")
    try:
        return service.Asked(
            request_id=request.request_id,
            referral_id=UUID(request.referral_id),
            person_id=UUID(request.person_id),
            agency_id=UUID(request.agency_id),
            purpose=Purpose(request.purpose),
            team_id=UUID(request.team_id) if request.team_id else None,
            # A word we do not know is part of what is told all the same: nobody has agreed to it.
            tells=tuple(part or "" for part in meant(request.tells, PARTS, request.request_id)),
        )
    except ValueError:
        refuse("referral, person, agency and team are UUIDs, the purpose one of the contracts", "permit_request")
