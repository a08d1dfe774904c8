"""The bank holidays that an administrator has added, as stored by each service that counts working days.

One service owns these days and announces changes to the others (`referrals.bank_holidays.changed`). Every change is a
row of its own and no row is edited: a date counted with an earlier revision can be compared with the newest.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Integer, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import clock
from shared.db.base import Instant
from shared.practice.calendar import DaysOff

__all__ = ["KEPT_BY", "Kept", "as_days", "keep", "latest", "lock", "moment", "of_revision", "there"]

# The services that count working days. Before the migration that creates the table no days have been added.
KEPT_BY: Final = frozenset({"casework", "referrals"})

_THERE = text("SELECT to_regclass('days_off') IS NOT NULL")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('days_off', 0))")
_LATEST = text("SELECT revision, days FROM days_off ORDER BY revision DESC LIMIT 1")


class Kept:
    """One state of the added days. Name it before the base: `class DaysOffRow(Kept, Base)`."""

    __tablename__ = "days_off"

    revision: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    days: Mapped[list[Any]]
    by: Mapped[str]  # who made the change
    at: Mapped[datetime] = mapped_column(Instant(), nullable=False)  # when the change was made
    recorded_at: Mapped[datetime] = mapped_column(Instant(), nullable=False, default=clock.now)


async def there(session: AsyncSession) -> bool:
    """Return whether the table exists: a program may start shortly before its migration runs."""
    return bool(await session.scalar(_THERE))


async def latest(session: AsyncSession) -> DaysOff:
    """Return the days of the newest revision."""
    row = (await session.execute(_LATEST)).first()
    return DaysOff() if row is None else DaysOff(row.revision, as_days(row.days))


async def of_revision(session: AsyncSession, model: type[DeclarativeBase], revision: int) -> DaysOff:
    """Return the days in force at an earlier revision; none before the first."""
    kept = cast(Any, model)
    days = await session.scalar(
        select(kept.days).where(kept.revision <= revision).order_by(kept.revision.desc()).limit(1)
    )
    return DaysOff(revision, as_days(days or ()))


async def lock(session: AsyncSession) -> None:
    """Take the lock under which changes follow one another, so that no revision number is used twice."""
    await session.execute(_LOCK)


async def moment(session: AsyncSession, model: type[DeclarativeBase]) -> datetime:
    """Return the time of a change made now: later than the last change, even if another machine's clock is ahead."""
    kept = cast(Any, model)
    last: datetime | None = await session.scalar(select(kept.at).order_by(kept.revision.desc()).limit(1))
    return clock.now() if last is None else max(clock.now(), last + timedelta(microseconds=1))


async def keep(
    session: AsyncSession, model: type[DeclarativeBase], days: Iterable[date], by: str, at: datetime
) -> DaysOff | None:
    """Store the added days in force since `at`; return None when this or a newer change is stored already.

    Each service numbers its own revisions: the owner may have been restored from a backup, and the others not.
    """
    await lock(session)
    kept = cast(Any, model)
    newest = await session.scalar(select(kept).order_by(kept.revision.desc()).limit(1))
    if newest is not None and at <= newest.at:
        return None
    now = DaysOff(newest.revision + 1 if newest else 1, frozenset(days))
    listed = sorted(day.isoformat() for day in now.days)
    session.add(kept(revision=now.revision, days=listed, by=by, at=at, recorded_at=clock.now()))
    await session.flush()
    return now


def as_days(kept: Iterable[str]) -> frozenset[date]:
    """Parse days in the form of the table."""
    return frozenset(date.fromisoformat(day) for day in kept)
