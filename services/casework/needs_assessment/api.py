"""Routes of needs assessments."""

from uuid import UUID

from services.casework.case.models import Case
from services.casework.needs_assessment import service
from services.casework.needs_assessment.models import NeedsAssessment
from services.casework.needs_assessment.schemas import NeedsAssessmentRecord, NeedsAssessmentView
from shared import clock
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.problems import conflict, invalid
from shared.http.routes import Routes

routes = Routes("/cases/{case_id}/needs-assessments", tags=["needs-assessments"])


@routes.post("", allow="needs_assessment.record")
async def record(case_id: UUID, body: NeedsAssessmentRecord, session: Tx, once: Once) -> NeedsAssessmentView:
    """Record one assessment of the person's needs; a domain that was not assessed is left out.

    An assessment is never changed: a later one is another row. With all ten domains it is the outcome form, too.
    """
    await visible(session, Case, case_id)
    now = clock.now()
    if body.at is not None and body.at > now:
        raise invalid("at", "future", "must not be in the future")

    async def act() -> NeedsAssessmentView:
        case = await visible(session, Case, case_id, lock=True)
        if case.stage == "closed":
            raise conflict("The case is closed; reopen it first.", rule="closed")
        row = await service.record(session, case, body, body.at or now)
        return view(row)

    return await once(body, act)


@routes.get("", allow="needs_assessment.read")
async def list_assessments(case_id: UUID, session: Tx, paging: Paging) -> PageView[NeedsAssessmentView]:
    """List the assessments of this case, the newest first."""
    await visible(session, Case, case_id)
    found = await service.listed(session, case_id, paging)
    return PageView(items=[view(row) for row in found.items], next_cursor=found.next_cursor)


def view(row: NeedsAssessment) -> NeedsAssessmentView:
    return NeedsAssessmentView.model_validate(row)
