"""A small noun of its own for tests of the HTTP ground: cups, in the referrals database."""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import String, select, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.access.roles import Role, team
from shared.access.table import TABLE, in_teams
from shared.db.base import Row, Versioned, service_base
from shared.db.session import actor_of
from shared.db.visible import visible
from shared.http.bodies import Body, Instant, View
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.idempotency import Once
from shared.http.limits import Limit
from shared.http.problems import conflict
from shared.http.routes import PUBLIC, Routes
from shared.text import Name, Text

SERVICE = "referrals"
Base = service_base(SERVICE)
ACTIONS = {
    "cup.make": team(Role.WORKER, Role.SUPERVISOR),
    "cup.read": team(Role.WORKER, Role.SUPERVISOR, Role.ADMIN),
    "cup.break": team(Role.SUPERVISOR),
}


class Cup(Row, Versioned, Base):
    __tablename__ = "cups"
    label: Mapped[str] = mapped_column(String())
    due: Mapped[datetime | None]


# A row of `refusals` makes every commit that wrote a cup fail, at the commit and not before.
REFUSE_AT_COMMIT = """
CREATE TABLE refusals (refuse boolean NOT NULL);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF EXISTS (SELECT 1 FROM refusals) THEN RAISE EXCEPTION 'refused at commit'; END IF; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER refuse_at_commit AFTER INSERT ON cups DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION refuse();
"""


class Kind(StrEnum):
    TEA = "tea"
    SOUP = "soup"


class Handle(Body):
    side: Kind
    width: Annotated[int, Field(ge=1, le=9)] = 1


class CupNew(Body):
    label: Name
    kind: Kind = Kind.TEA
    note: Text | None = None
    due: Instant | None = None
    owner: UUID | None = None
    count: int = 1
    hot: bool = False
    handles: list[Handle] = []
    names: dict[str, int] = {}

    @field_validator("note")
    @classmethod
    def _quiet(cls, value: str | None) -> str | None:
        if value and "shout" in value:
            raise ValueError(f"a careless validator quotes {value}")
        return value


class CupEdit(Body):
    label: Name


class CupView(View):
    id: UUID
    team_id: UUID
    label: str
    due: Instant | None
    version: int


class Told(BaseModel):
    heard: int


def build() -> Routes:
    """The routes of cups; their actions must be in the access table first."""
    routes = Routes("/cups")

    @routes.post("", allow="cup.make")
    async def make(body: CupNew, tx: Tx, once: Once, who: Who) -> CupView:
        async def fn() -> CupView:
            cup = Cup(team_id=who.teams[0], label=body.label, due=body.due)
            tx.add(cup)
            await tx.flush()
            await asyncio.sleep(0.02)
            if body.label == "taken":
                raise conflict("There is one already.")
            return CupView.model_validate(cup)

        return await once(body, fn)

    @routes.get("", allow="cup.read")
    async def listed(tx: Tx, paging: Paging, sort: str = "label") -> PageView[CupView]:
        order: list[Any] = [(Cup.label, "asc"), (Cup.id, "asc")]
        if sort == "due":
            order = [(Cup.due, "asc"), (Cup.id, "desc")]
        if sort == "-due":
            order = [(Cup.due, "desc"), (Cup.id, "asc")]
        found = await page(tx, in_teams(select(Cup), Cup, actor_of(tx)), order, paging)
        return PageView(items=[CupView.model_validate(c) for c in found.items], next_cursor=found.next_cursor)

    @routes.get("/{cup_id}", allow="cup.read")
    async def read(cup_id: UUID, tx: Tx, tag: Tag) -> CupView:
        return tag(CupView.model_validate(await visible(tx, Cup, cup_id)))

    @routes.patch("/{cup_id}", allow="cup.make")
    async def edit(cup_id: UUID, body: CupEdit, tx: Tx, if_match: IfMatch, tag: Tag) -> CupView:
        cup = await visible(tx, Cup, cup_id, lock=True)
        if_match.check(cup.version)
        cup.label = body.label
        cup.touch()
        return tag(CupView.model_validate(cup))

    @routes.post("/{cup_id}/break", allow="cup.break", status_code=200)
    async def smash(cup_id: UUID, tx: Tx, once: Once) -> CupView:
        cup = await visible(tx, Cup, cup_id, lock=True)

        async def fn() -> CupView:
            if cup.version > 1:
                raise conflict("It is broken already.", legal=["mend"])
            cup.touch()
            return CupView.model_validate(cup)

        return await once(None, fn, 200)

    @routes.post("/bug", allow="cup.make", keyless=True)
    async def bug(tx: Tx) -> None:
        raise RuntimeError("secret-in-an-exception")

    @routes.post("/sql", allow="cup.make", keyless=True)
    async def sql(tx: Tx, statement: str) -> None:
        await tx.execute(text(statement))

    @routes.post("/tell", allow=PUBLIC, keyless=True, status_code=200, limit=Limit(3, 60))
    async def tell(request: Request) -> Told:
        return Told(heard=len(await request.body()))

    @routes.post("/mail", allow=PUBLIC, accept=("message/rfc822",), keyless=True, status_code=202)
    async def mail(request: Request) -> Told:
        return Told(heard=len(await request.body()))

    @routes.post("/answer", allow=PUBLIC, status_code=200)
    async def answer(body: CupEdit, once: Once) -> Told:
        async def fn() -> Told:
            return Told(heard=len(body.label))

        return await once(body, fn, 200, scope=body.label)

    return routes


def allow_cups() -> None:
    TABLE.update(ACTIONS)


def forbid_cups() -> None:
    for action in ACTIONS:
        TABLE.pop(action, None)
