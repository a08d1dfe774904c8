"""Routes of the counts, which are never recorded of a person."""

from typing import Annotated

from fastapi import Depends, Header, Request

from services.intake.counts import service
from services.intake.counts.once import Nobody
from services.intake.counts.schemas import AddOne, Counted, CountsView
from shared.access.scope import team_for
from shared.http.deps import Tx, Who
from shared.http.idempotency import HEADER
from shared.http.routes import Routes

routes = Routes("/counts")


async def _nobody(
    session: Tx,
    request: Request,
    idempotency_key: Annotated[str | None, Header(alias=HEADER, description="A random value.")] = None,
) -> Nobody:
    return Nobody(session, request, idempotency_key)


# Declared keyless, but `Nobody` requires the key and stores it without its sender.
@routes.post("", allow="count.add", keyless=True)
async def add_one(
    body: AddOne,
    tx: Tx,
    who: Who,
    request: Request,
    once: Annotated[Nobody, Depends(_nobody, scope="function")],
) -> Counted:
    """Add one to a count. No person, worker, day or place is stored, here or in the log."""
    team_id = team_for(who, body.team_id)

    async def do() -> Counted:
        await service.add_one(tx, team_id, body.kind)
        await once.forget_the_day()
        return Counted()

    answer = await once(body, do)
    request.state.unlogged = True
    return answer


@routes.get("", allow="count.read")
async def read(tx: Tx, request: Request) -> CountsView:
    """List the counts of the years that are over, rounded to 5 and without 1 to 7."""
    # A supervisor who counts and reads right afterwards would reveal the minute of the count in the access log.
    request.state.unlogged = True
    return CountsView(items=await service.read(tx))
