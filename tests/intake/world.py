"""Intake's application over ASGI on a real database, with people of two teams."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from nats.aio.client import Client as Nats
from sqlalchemy import MetaData

from services.intake.disclosure.permit_requests import PermitDesk, answered
from shared import clock
from shared.events.envelope import opened
from shared.ids import new_id
from shared.permits import ConfirmDisclosure, Permit, PermitRequest
from tests.tables import base_of
from tests.world import House, Json


@dataclass
class World(House):
    """One application, an actor of each role in `team`, and another team."""

    metadata: ClassVar[MetaData] = base_of("intake").metadata

    @property
    def desk(self) -> PermitDesk:
        return PermitDesk(self.services.work)

    @asynccontextmanager
    async def answering(self, nats: Nats) -> AsyncGenerator[None]:
        """Intake answers over NATS while the block runs."""
        self.services.nats = nats
        async with answered(self.services):
            yield

    async def person(self, alias: str = "Jo", **more: Any) -> str:
        return str((await self.ok("POST", "/people", {"alias": alias, **more}))["id"])

    async def stranger(self, alias: str = "Sam") -> str:
        """A person of the other team."""
        made = await self.ok("POST", "/people", {"alias": alias}, teams=[self.other_team])
        return str(made["id"])

    async def consent(self, person: str, agency: UUID, **more: Any) -> Json:
        body = {"agency_id": str(agency), "purpose": "a bed", "may_tell": ["alias"], "how_given": "spoken", **more}
        return await self.ok("POST", f"/people/{person}/consents", body, status=201)

    async def permit(
        self,
        person: str,
        agency: UUID,
        purpose: Any = "send",
        *,
        request: str | None = None,
        referral: UUID | None = None,
    ) -> Permit:
        asked = PermitRequest(request or str(uuid4()), str(referral or new_id()), person, str(agency), purpose)
        return await self.desk.request_permit(asked)

    async def confirm(self, permit: Permit, outcome: Any = "sent") -> bool:
        assert permit.permit_id is not None
        return await self.desk.confirm_disclosure(ConfirmDisclosure(permit.permit_id, outcome))

    async def events(self, person: str) -> list[tuple[str, Json]]:
        """(type, data) of what was emitted about a person, in order."""
        rows = await self.rows("SELECT body FROM outbox WHERE aggregate_id = :id ORDER BY id", id=person)
        found = [opened(row[0]) for row in rows]
        return [(attributes["type"], data) for attributes, data in found]


MakeWorld = Callable[[], World]


def ago(**span: float) -> str:
    return (clock.now() - timedelta(**span)).isoformat()


def ahead(**span: float) -> str:
    return (clock.now() + timedelta(**span)).isoformat()


def instant(value: str) -> datetime:
    return datetime.fromisoformat(value)
