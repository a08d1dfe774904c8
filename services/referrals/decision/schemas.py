"""Requests of the routes of decisions."""

from typing import Literal

from pydantic import Field

from services.referrals.decision.service import MOST_WORKING_DAYS
from shared.http.bodies import Body, Instant
from shared.text import Text


class DecisionBody(Body):
    """A decision with only the field that it needs: `until` for acknowledge, `working_days` for extend.

    A referral is taken back by the move *withdraw*.
    """

    decision: Literal["extend", "escalate_now", "acknowledge", "offer_alternative"]
    until: Instant | None = None
    working_days: int | None = Field(default=None, ge=1, le=MOST_WORKING_DAYS)
    note: Text | None = None
