"""Reading and signing reviews, inside the caller's transaction."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board import notes
from services.casework.plan.models import Plan
from services.casework.review.models import Review
from services.casework.review.schemas import ReviewView
from shared import clock
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.http.cursors import Page, PageRequest, page
from shared.http.problems import not_found


async def listed(
    session: AsyncSession, paging: PageRequest, *, plan_id: UUID | None, signed: bool | None
) -> Page[Review]:
    """Return reviews of the actor's teams, the newest first."""
    statement = in_teams(select(Review), Review, actor_of(session))
    if plan_id is not None:
        statement = statement.where(Review.plan_id == plan_id)
    if signed is not None:
        statement = statement.where(Review.signed_at.is_not(None) if signed else Review.signed_at.is_(None))
    return await page(session, statement, [(Review.at, "desc"), (Review.id, "desc")], paging)


async def views(session: AsyncSession, reviews: Sequence[Review]) -> list[ReviewView]:
    """Return the views of reviews, each with the plan's person and its note."""
    plans = {review.plan_id for review in reviews}
    found = await session.execute(select(Plan.id, Plan.person_id).where(Plan.id.in_(plans)))
    people = {plan: person for plan, person in found}
    written = await notes.beside(session, [review.decision_id for review in reviews])
    return [
        ReviewView(
            id=review.id,
            team_id=review.team_id,
            plan_id=review.plan_id,
            person_id=people[review.plan_id],
            at=review.at,
            by=review.by,
            signed_at=review.signed_at,
            signed_by=review.signed_by,
            note=written.get(review.decision_id),
        )
        for review in reviews
    ]


async def sign(session: AsyncSession, ids: Collection[UUID], *, signed: bool) -> list[Review]:
    """Sign these reviews, or take the actor's own signatures back: all of them, or raise 404 and change none.

    A review that somebody else has signed keeps that signature.
    """
    by = actor_of(session).user_id
    statement = in_teams(select(Review).where(Review.id.in_(set(ids))), Review, actor_of(session))
    found = list(await session.scalars(statement.order_by(Review.id).with_for_update()))
    if len(found) < len(set(ids)):
        raise not_found()
    for review in found:
        if signed and review.signed_at is None:
            review.signed_at, review.signed_by = clock.now(), by
        elif not signed and review.signed_by == by:
            review.signed_at = review.signed_by = None
    return found
