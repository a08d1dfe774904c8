"""The page of somebody's first day: what to do first, and the way there."""

from starlette.responses import Response

from services.console.first_day import rules, service
from services.console.web.pages import ANYBODY, Pages
from services.console.web.visit import Here
from shared.http.problems import not_found

pages = Pages("/first-day")


@pages.get(allow=ANYBODY)
async def shown(at: Here) -> Response:
    """Show what this role does first."""
    async with at.transaction() as tx:
        opened = await service.opened(tx, at.me.account_id)
    return at.page("first_day/first_day.html", steps=rules.steps(at.me.role), opened=opened)


@pages.post("/hide", allow=ANYBODY)
async def hide(at: Here) -> Response:
    """Put the page away; the help page still leads to it."""
    async with at.transaction() as tx:
        await service.hide(tx, at.me.account_id)
    return at.go(at.home)


@pages.post("/{slug}", allow=ANYBODY)
async def go(at: Here, slug: str) -> Response:
    """Record that a step was opened, and lead there."""
    step = next((step for step in rules.steps(at.me.role) if step.slug == slug), None)
    if step is None:
        raise not_found()
    async with at.transaction() as tx:
        await service.open_step(tx, at.me.account_id, slug)
    return at.go(step.href)
