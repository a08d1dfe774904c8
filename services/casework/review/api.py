"""Routes of reviews. A review itself is recorded on its plan."""

from uuid import UUID

from services.casework.review import service
from services.casework.review.schemas import ReviewsSign, ReviewView
from shared.http.cursors import PageView, Paging
from shared.http.deps import Tx
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/reviews")


@routes.get("", allow="review.read")
async def list_reviews(
    session: Tx, paging: Paging, plan_id: UUID | None = None, signed: bool | None = None
) -> PageView[ReviewView]:
    """List reviews of the reader's teams; `signed=false` is the list for supervision."""
    found = await service.listed(session, paging, plan_id=plan_id, signed=signed)
    return PageView(items=await service.views(session, found.items), next_cursor=found.next_cursor)


@routes.post("/sign", allow="review.sign", status_code=200)
async def sign(body: ReviewsSign, session: Tx, once: Once) -> list[ReviewView]:
    """Sign many reviews as a supervisor, or take the supervisor's own signatures back."""

    async def act() -> list[ReviewView]:
        return await service.views(session, await service.sign(session, body.ids, signed=body.signed))

    return await once(body, act, status=200)
