"""What referrals tells of bank holidays."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.bank_holiday.models import DaysOffRow
from shared import days_off
from shared.events.referrals import BankHolidaysChanged


async def changed(session: AsyncSession, event: BankHolidaysChanged) -> None:
    """Keep a copy. Heard late or out of order it changes nothing: the newest counts."""
    await days_off.keep(session, DaysOffRow, event.days, event.by, event.occurred_at)
