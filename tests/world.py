"""What every service has in tests: its application over ASGI on a real database, two teams, tokens of every kind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from sqlalchemy import MetaData, text

from shared.access import tokens
from shared.access.roles import Role
from shared.context import Actor
from shared.http.state import Services
from shared.ids import new_id
from shared.process import Service, open_services
from shared.settings import Settings
from tests import bad_input

Json = dict[str, Any]


@dataclass
class House:
    """One application, an actor of each role in `team`, and another team. Each service's world adds its own words."""

    metadata: ClassVar[MetaData]

    app: FastAPI
    http: httpx.AsyncClient
    services: Services
    team: UUID = field(default_factory=new_id)
    other_team: UUID = field(default_factory=new_id)

    @classmethod
    @asynccontextmanager
    async def opened(cls, service: Service, settings: Settings, **more: Any) -> AsyncIterator[Self]:
        """The application of a service on its database as it is, without engines behind it."""
        services = open_services(service.name, settings)
        services.groups = service.groups(services)
        app = service.app(services)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{service.name}") as http:
            yield cls(app, http, services, **more)
        services.stopping.set()
        await services.database.dispose()
        await services.work.dispose()

    def token(
        self,
        role: str = "worker",
        *,
        teams: Sequence[UUID] | None = None,
        ttl: timedelta | None = None,
        sub: str = "",
        audience: str = "",
        key: OKPKey | None = None,
    ) -> str:
        settings = self.services.settings
        assert settings.token_private_key_file is not None
        return tokens.issue(
            key or tokens.load_key(settings.token_private_key_file),
            sub or f"{role}-1",
            Role(role),
            [self.team] if teams is None else teams,
            audience or settings.token_audience,
            ttl or timedelta(minutes=10),
        )

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "worker",
        sub: str = "",
        teams: Sequence[UUID] | None = None,
        key: str | None = None,
        etag: str | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(role, teams=teams, sub=sub)}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid4())
        if etag is not None:
            headers["If-Match"] = etag
        return await self.http.request(method, path, json=body, headers=headers)

    async def ok(self, method: str, path: str, body: Any = None, *, status: int | None = None, **more: Any) -> Any:
        answer = await self.send(method, path, body, **more)
        wanted = {status} if status else {200, 201, 202}
        assert answer.status_code in wanted, f"{answer.status_code} {answer.text}"
        return answer.json()

    async def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> Json:
        answer = await self.send(method, path, body, **more)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return dict(answer.json())

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.services.work.transaction(Actor.service("test")) as session:
            return list((await session.execute(text(query), values)).all())

    def bad_input(self) -> bad_input.Client:
        return bad_input.Client(
            self.app, self.http, self.token, bad_input.snapshot_of(self.services.work, self.metadata)
        )
