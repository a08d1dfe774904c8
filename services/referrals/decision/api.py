"""Routes of decisions about a referral's course."""

from datetime import timedelta
from uuid import UUID

from services.referrals.decision.schemas import DecisionBody
from services.referrals.decision.service import Decision, NotDone, decide
from services.referrals.referral import api_views, service
from services.referrals.referral.clocks import set_clocks
from services.referrals.referral.position import load
from services.referrals.referral.schemas import ReferralView
from shared import clock
from shared.decisions import ACKNOWLEDGE, EXTEND
from shared.http.deps import Tx, Who
from shared.http.etags import IfMatch
from shared.http.idempotency import Once
from shared.http.problems import conflict, invalid
from shared.http.routes import Routes

routes = Routes("/referrals/{referral_id}/decisions", tags=["referrals"])

_LONGEST = timedelta(days=366)
_NEEDS = {EXTEND: "working_days", ACKNOWLEDGE: "until"}


@routes.post("", allow="referral.decide", status_code=200)
async def decisions(
    referral_id: UUID, body: DecisionBody, tx: Tx, actor: Who, once: Once, if_match: IfMatch
) -> ReferralView:
    """Give the agency more time, take the next step now, acknowledge, or look for another service.

    Raise 409 with the reason when the decision is not possible, or no longer. With If-Match the decision applies only
    to the version that was read.
    """
    row = await service.visible(tx, referral_id, lock=True)

    async def do() -> ReferralView:
        if_match.check_if_sent(row.version)
        _check(body)
        position, now = await load(tx, row), clock.now()
        # The decision is about the clocks of the present state.
        await set_clocks(tx, position, now)
        decision = Decision(
            once.decision_id, body.decision, actor.user_id, now, body.until, body.working_days, note=body.note
        )
        try:
            await decide(tx, position, decision)
        except NotDone as error:
            raise conflict(error.why, rule="not_done") from None
        await set_clocks(tx, position, now)
        return api_views.one(tx, position)

    return await once(body, do, 200)


def _check(body: DecisionBody) -> None:
    wanted = _NEEDS.get(body.decision)
    for field in ("until", "working_days"):
        given = getattr(body, field) is not None
        if field == wanted and not given:
            raise invalid(field, "missing", "is needed for this decision")
        if given and field != wanted:
            raise invalid(field, "not_used", "has no meaning for this decision")
    if body.until is not None and not clock.now() < body.until < clock.now() + _LONGEST:
        raise invalid("until", "range", "must lie in the future, at most a year ahead")
