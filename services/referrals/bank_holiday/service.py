"""Adding a bank holiday, taking one back, and informing the other services."""

from collections.abc import Set
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.bank_holiday import rules
from services.referrals.bank_holiday.models import CALENDAR, BankHoliday, DaysOffRow
from services.referrals.bank_holiday.schemas import BankHolidayView, EffectView
from services.referrals.clock.models import EVERY_TEAM, ClockOpening, RungRow
from shared import clock, days_off
from shared.events.referrals import BankHolidaysChanged
from shared.http.problems import conflict, invalid, not_found
from shared.outbox.emit import emit
from shared.practice.calendar import at_local, built_in, local_day
from shared.practice.ladder_engine import PLANNED


async def listed(session: AsyncSession) -> list[BankHolidayView]:
    """List the built-in days of this year and next, and every one that was ever added, by day."""
    today = local_day(clock.now())
    known = [
        BankHolidayView(id=None, day=day, name=name, built_in=True)
        for year in (today.year, today.year + 1)
        for day, name in built_in(year).items()
    ]
    added = await session.scalars(select(BankHoliday).order_by(BankHoliday.id))
    return sorted([*known, *(view(row) for row in added)], key=lambda each: each.day)


def view(row: BankHoliday) -> BankHolidayView:
    """Return the view of an added bank holiday."""
    return BankHolidayView(
        id=row.id,
        day=row.day,
        name=row.name or "",
        built_in=False,
        source=row.source,
        added_by=row.added_by,
        added_at=row.added_at,
        removed_by=row.removed_by,
        removed_at=row.removed_at,
        may_remove=row.removed_at is None and rules.may_remove(row.day, local_day(clock.now())),
    )


async def add(session: AsyncSession, day: date, name: str, source: str, by: str) -> BankHoliday:
    """Make a day a bank holiday: from the commit on it counts as one, and the clocks that run over it are recounted."""
    if refused := rules.why_not(day, local_day(clock.now())):
        raise invalid("day", *refused)
    await days_off.lock(session)
    before, now = await days_off.latest(session), await days_off.moment(session, DaysOffRow)
    if day in before.days:
        raise conflict("This day was added already.", rule="already_added")
    row = BankHoliday(team_id=EVERY_TEAM, day=day, added_by=by, added_at=now)
    row.name, row.source = name, source
    session.add(row)
    await _change(session, before.days | {day}, by, now)
    return row


async def remove(session: AsyncSession, id: UUID, by: str) -> BankHoliday:
    """Take back a bank holiday that was added by mistake, or called off."""
    await days_off.lock(session)
    now = await days_off.moment(session, DaysOffRow)
    row = await session.get(BankHoliday, id, with_for_update=True)
    if row is None:
        raise not_found()
    if row.removed_at is not None:
        raise conflict("This day was taken back already.", rule="removed")
    if not rules.may_remove(row.day, local_day(now)):
        raise conflict(f"This day is over for more than {rules.LONGEST_AGO.days} days.", rule="too_long_ago")
    row.removed_by, row.removed_at = by, now
    before = await days_off.latest(session)
    await _change(session, before.days - {row.day}, by, now)
    return row


async def effect(session: AsyncSession, day: date) -> EffectView:
    """Count the running clocks of referrals that have that day before their end or before a planned step."""
    begins, ends = at_local(day, time(0)), at_local(day + timedelta(days=1), time(0))
    to_come = exists().where(RungRow.opening_id == ClockOpening.id, RungRow.outcome == PLANNED, RungRow.at >= begins)
    over = select(func.count()).where(
        ClockOpening.closed_at.is_(None),
        ClockOpening.opened_at < ends,
        or_(ClockOpening.deadline >= begins, to_come),
    )
    found = rules.why_not(day, local_day(clock.now()))
    if found is None and day in (await days_off.latest(session)).days:
        found = "already_added", "was added already"
    rule, words = found or (None, None)
    return EffectView(clocks=await session.scalar(over) or 0, why_not=rule, why_not_words=words)


async def _change(session: AsyncSession, days: Set[date], by: str, at: datetime) -> None:
    kept = await days_off.keep(session, DaysOffRow, days, by, at)
    assert kept is not None, "it is after the last one"
    told = BankHolidaysChanged(version=kept.revision, occurred_at=at, days=sorted(days), by=by)
    await emit(session, told, aggregate=CALENDAR)
