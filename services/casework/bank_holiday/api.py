"""What a bank holiday would count anew in casework. Referrals, which owns them, adds and takes them back."""

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
    """What a change of this day would count anew. Nothing is kept."""
    return await service.effect(session, day)
