"""Routes of people."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person import service, views
from services.intake.person.engagement.rules import State
from services.intake.person.models import Person
from services.intake.person.schemas import (
    ChangePerson,
    NamesView,
    NameView,
    PersonLine,
    PersonView,
    RegisteredView,
    RegisterPerson,
    SearchPeople,
    WhoseNames,
)
from shared.access.scope import team_for
from shared.db.visible import visible
from shared.http.cursors import PageRequest, PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch, Tag
from shared.http.idempotency import Once
from shared.http.problems import invalid
from shared.http.routes import Routes

routes = Routes("/people")


@routes.post("", allow="person.register")
async def register(body: RegisterPerson, tx: Tx, who: Who, once: Once) -> RegisteredView:
    """Open a file for a person: any name is enough. The response lists people of the team with a similar name."""
    team_id = team_for(who, body.team_id)

    async def do() -> RegisteredView:
        person, similar = await service.register(tx, team_id, body)
        return RegisteredView(**(await views.full(tx, person)).model_dump(), similar=similar)

    return await once(body, do)


@routes.get("", allow="person.read")
async def listed(
    tx: Tx,
    who: Who,
    paging: Paging,
    engagement: State | None = None,
    alias: Annotated[str | None, Query(include_in_schema=False)] = None,
) -> PageView[PersonLine]:
    """List the people of the reader's teams, newest file first."""
    if alias is not None:
        # If the parameter were ignored, a search for one person would list everybody.
        raise invalid("alias", "not_in_an_address", "addresses end up in logs; ask by POST /people/search")
    return await _page(tx, service.listed(who, None, engagement), paging)


@routes.post("/search", allow="person.read", status_code=200, keyless=True)
async def search(body: SearchPeople, tx: Tx, who: Who, paging: Paging) -> PageView[PersonLine]:
    """List people by name. A POST because names in addresses end up in logs."""
    return await _page(tx, service.listed(who, body.alias, body.engagement), paging)


async def _page(tx: AsyncSession, stmt: Select[Any], paging: PageRequest) -> PageView[PersonLine]:
    found = await page(tx, stmt, [(Person.recorded_at, "desc"), (Person.id, "desc")], paging)
    return PageView(items=[views.line(person) for person in found.items], next_cursor=found.next_cursor)


@routes.post("/names", allow="person.read", status_code=200, keyless=True)
async def names(body: WhoseNames, tx: Tx) -> NamesView:
    """Return the names of many people, for a page that has ids. A POST because ids in addresses end up in logs."""
    found = await service.names(tx, body.ids)
    return NamesView(items=[NameView(id=person_id, alias=alias) for person_id, alias in found])


@routes.get("/{person_id}", allow="person.read")
async def read(person_id: UUID, tx: Tx, tag: Tag) -> PersonView:
    """Return one person's file, without sealed facts."""
    return tag(await views.full(tx, await visible(tx, Person, person_id)))


@routes.patch("/{person_id}", allow="person.change")
async def change(person_id: UUID, body: ChangePerson, tx: Tx, if_match: IfMatch, tag: Tag) -> PersonView:
    """Change a person's names or language."""
    person = await visible(tx, Person, person_id, lock=True)
    if_match.check(person.version)
    return tag(await views.full(tx, await service.change(tx, person, body)))
