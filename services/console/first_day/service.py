"""The first steps that an account has opened."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.first_day.models import FirstStep
from services.console.first_day.rules import HIDDEN
from shared import clock
from shared.db.base import table_of


async def opened(tx: AsyncSession, account_id: UUID) -> set[str]:
    """Return the steps that were opened, with `hidden` when all were put away."""
    return set(await tx.scalars(select(FirstStep.step).where(FirstStep.account_id == account_id)))


async def open_step(tx: AsyncSession, account_id: UUID, step: str) -> None:
    """Record that a step was opened."""
    values = {"account_id": account_id, "step": step, "recorded_at": clock.now()}
    await tx.execute(insert(table_of(FirstStep)).values(values).on_conflict_do_nothing())


async def hide(tx: AsyncSession, account_id: UUID) -> None:
    """Put the page away for good."""
    await open_step(tx, account_id, HIDDEN)
