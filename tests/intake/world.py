"""Intake's application over ASGI on a real database, with people of two teams."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from services.intake.activities import Activities
from services.intake.models import Base
from shared import clock
from shared.access import tokens
from shared.access.roles import Role
from shared.context import Actor
from shared.http.state import Services
from shared.ids import new_id
from tests import bad_input
from workflows import contracts

Json = dict[str, Any]


@dataclass
class World:
    """One application, an actor of each role in `team`, and another team."""

    app: FastAPI
    http: httpx.AsyncClient
    services: Services
    activities: Activities
    team: UUID = field(default_factory=new_id)
    other_team: UUID = field(default_factory=new_id)

    def token(self, role: str = "worker", *, teams: list[UUID] | None = None, ttl: timedelta | None = None) -> str:
        settings = self.services.settings
        assert settings.token_private_key_file is not None
        return tokens.issue(
            tokens.load_key(settings.token_private_key_file),
            f"{role}-1",
            Role(role),
            [self.team] if teams is None else teams,
            settings.token_audience,
            ttl or timedelta(minutes=10),
        )

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "worker",
        teams: list[UUID] | None = None,
        key: str | None = None,
        etag: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(role, teams=teams)}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid4())
        if etag is not None:
            headers["If-Match"] = etag
        return await self.http.request(method, path, json=body, headers=headers)

    async def ok(self, method: str, path: str, body: Any = None, *, status: int | None = None, **more: Any) -> Json:
        answer = await self.send(method, path, body, **more)
        wanted = {status} if status else {200, 201}
        assert answer.status_code in wanted, f"{answer.status_code} {answer.text}"
        return dict(answer.json())

    async def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> Json:
        answer = await self.send(method, path, body, **more)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return dict(answer.json())

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
    ) -> contracts.Permit:
        asked = contracts.PermitRequest(
            request or str(uuid4()), str(referral or new_id()), person, str(agency), purpose
        )
        return await self.activities.request_permit(asked)

    async def confirm(self, permit: contracts.Permit, outcome: Any = "sent") -> bool:
        assert permit.permit_id is not None
        return await self.activities.confirm_disclosure(contracts.ConfirmDisclosure(permit.permit_id, outcome))

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.services.work.transaction(Actor.service("test")) as session:
            return list((await session.execute(text(query), values)).all())

    async def events(self, person: str) -> list[tuple[str, Json]]:
        """(type, data) of what was emitted about a person, in order."""
        rows = await self.rows(
            "SELECT body::jsonb ->> 'type', body::jsonb -> 'data' FROM outbox WHERE aggregate_id = :id ORDER BY id",
            id=person,
        )
        return [(row[0], row[1]) for row in rows]

    def bad_input(self) -> bad_input.Client:
        return bad_input.Client(
            self.app, self.http, self.token, bad_input.snapshot_of(self.services.work, Base.metadata)
        )


MakeWorld = Callable[[], World]


def ago(**span: float) -> str:
    return (clock.now() - timedelta(**span)).isoformat()


def ahead(**span: float) -> str:
    return (clock.now() + timedelta(**span)).isoformat()


def instant(value: str) -> datetime:
    return datetime.fromisoformat(value)
