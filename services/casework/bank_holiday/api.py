"""The effect of a bank holiday on casework. Referrals owns the calendar, and adds and takes back its days."""

from typing import Annotated

from fastapi import Query

from services.casework.bank_holiday import service
from services.casework.bank_holiday.schemas import EffectView
from shared.http.bodies import Day
from shared.http.deps import Tx
from shared.http.routes import Routes

routes = Routes("/bank-holidays")


@routes.get("/effect", allow="bank_holiday.change")
async def effect(session: Tx, day: Annotated[Day, Query()]) -> EffectView:
    """Return what a change of this day would recount. Nothing is stored."""
    return await service.effect(session, day)
