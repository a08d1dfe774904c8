"""Routes of bank holidays. Bank holidays belong to the country: an administrator changes them for every team."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.referrals.bank_holiday import service
from services.referrals.bank_holiday.schemas import BankHolidayView, EffectView, NewBankHoliday
from shared.http.bodies import Day
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/bank-holidays")


@routes.get("", allow="bank_holiday.read")
async def bank_holidays(tx: Tx, actor: Who) -> list[BankHolidayView]:
    """List the built-in days of this year and next, and every added one, including those taken back."""
    return await service.listed(tx)


@routes.get("/effect", allow="bank_holiday.change")
async def effect(tx: Tx, actor: Who, day: Annotated[Day, Query()]) -> EffectView:
    """Return what a change of this day would recount. Nothing is stored."""
    return await service.effect(tx, day)


@routes.post("", allow="bank_holiday.change", status_code=201)
async def add(body: NewBankHoliday, tx: Tx, actor: Who, once: Once) -> BankHolidayView:
    """Make a day a bank holiday. Clocks that run over the day are recounted; steps that have fired stay."""

    async def do() -> BankHolidayView:
        return service.view(await service.add(tx, body.day, body.name, body.source, actor.user_id))

    return await once(body, do)


@routes.post("/{bank_holiday_id}/removal", allow="bank_holiday.change", status_code=200)
async def remove(bank_holiday_id: UUID, tx: Tx, actor: Who, once: Once) -> BankHolidayView:
    """Take back an added bank holiday. A step that becomes overdue by this fires now."""

    async def do() -> BankHolidayView:
        return service.view(await service.remove(tx, bank_holiday_id, actor.user_id))

    return await once(None, do, 200)
