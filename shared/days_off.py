"""The bank holidays that an administrator has added, as each service that counts working days keeps them.

One service owns them and tells the others (`referrals.bank_holidays.changed`). Every change is a row of its own and
none is ever edited: what was counted by an earlier one can be compared with what the newest says.
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

# The services that count working days. Until their table is made nothing was added.
KEPT_BY: Final = frozenset({"casework", "referrals"})

_THERE = text("SELECT to_regclass('days_off') IS NOT NULL")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('days_off', 0))")
_LATEST = text("SELECT revision, days FROM days_off ORDER BY revision DESC LIMIT 1")


class Kept:
    """One state of the added days. Name it before the base: `class DaysOffRow(Kept, Base)`."""

    __tablename__ = "days_off"

    revision: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=False)
    days: Mapped[list[Any]]
    by: Mapped[str]  # who made the change that led to it
    at: Mapped[datetime] = mapped_column(Instant(), nullable=False)  # when they made it
    recorded_at: Mapped[datetime] = mapped_column(Instant(), nullable=False, default=clock.now)


async def there(session: AsyncSession) -> bool:
    """Whether the table is made yet: a program may run a little before its migration."""
    return bool(await session.scalar(_THERE))


async def latest(session: AsyncSession) -> DaysOff:
    """The days that count now."""
    row = (await session.execute(_LATEST)).first()
    return DaysOff() if row is None else DaysOff(row.revision, as_days(row.days))


async def of_revision(session: AsyncSession, model: type[DeclarativeBase], revision: int) -> DaysOff:
    """The days that counted at an earlier revision; before the first there was none."""
    kept = cast(Any, model)
    days = await session.scalar(
        select(kept.days).where(kept.revision <= revision).order_by(kept.revision.desc()).limit(1)
    )
    return DaysOff(revision, as_days(days or ()))


async def lock(session: AsyncSession) -> None:
    """One change at a time: the second sees what the first did, and no revision is given twice."""
    await session.execute(_LOCK)


async def moment(session: AsyncSession, model: type[DeclarativeBase]) -> datetime:
    """When a change is made that is made now: after the last one, even if another machine's clock runs ahead."""
    kept = cast(Any, model)
    last: datetime | None = await session.scalar(select(kept.at).order_by(kept.revision.desc()).limit(1))
    return clock.now() if last is None else max(clock.now(), last + timedelta(microseconds=1))


async def keep(
    session: AsyncSession, model: type[DeclarativeBase], days: Iterable[date], by: str, at: datetime
) -> DaysOff | None:
    """Write down how the added days stand since `at`; None when that, or something newer, is known already.

    Each service counts its own revisions: the owner may have been put back to another day, the others not.
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
    """Days as they are kept."""
    return frozenset(date.fromisoformat(day) for day in kept)
