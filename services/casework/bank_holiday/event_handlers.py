"""Handlers of the bank holiday events of referrals."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.bank_holiday.models import DaysOffRow
from shared import days_off
from shared.events.referrals import BankHolidaysChanged


async def changed(session: AsyncSession, event: BankHolidaysChanged) -> None:
    """Store a copy of the added days. An event that comes late or out of order changes nothing: the newest counts."""
    await days_off.keep(session, DaysOffRow, event.days, event.by, event.occurred_at)
