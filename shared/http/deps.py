"""Dependencies of routes: the transaction, the actor, the engines."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client

from shared.http.auth import Who
from shared.http.problems import NOTHING_DONE, unavailable
from shared.http.state import Services, services_of

__all__ = ["Platform", "TemporalClient", "Tx", "Who", "transaction"]


async def transaction(request: Request, actor: Who) -> AsyncIterator[AsyncSession]:
    """Open the one transaction of this request: commit when the route returns, roll back when it raises."""
    async with services_of(request).database.transaction(actor) as session:
        yield session
        # From this point a lost connection leaves the outcome unknown: the commit may have reached the disk.
        request.state.committing = True


# Function scope ends before the response is sent: no success is reported before the commit.
Tx = Annotated[AsyncSession, Depends(transaction, scope="function")]


async def _platform(request: Request) -> Services:
    return services_of(request)


Platform = Annotated[Services, Depends(_platform)]


async def _temporal(request: Request) -> Client:
    client = services_of(request).temporal
    if client is None:
        raise unavailable(f"The workflow engine is away. {NOTHING_DONE}")
    return client


TemporalClient = Annotated[Client, Depends(_temporal)]
