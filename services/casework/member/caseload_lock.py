"""The lock of a worker's caseload."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def lock(session: AsyncSession, *workers: str | None) -> None:
    """Lock these workers' caseloads, in the same order everywhere."""
    for worker in sorted({name for name in workers if name}):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"caseload:{worker}", 0))))
