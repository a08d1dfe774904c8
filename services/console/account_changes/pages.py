"""Pages of acts on accounts: a guardian reads those of the team, everybody reads their own."""

from datetime import datetime

from starlette.responses import Response

from services.console.account_changes import service
from services.console.account_changes.rules import WORDS
from services.console.web.pages import ANYBODY, Pages
from services.console.web.visit import Here
from shared.access.roles import Role
from shared.http.problems import problem

pages = Pages("/account-changes")


@pages.get(allow={Role.GUARDIAN})
async def listed(at: Here) -> Response:
    """List the acts on accounts of the guardian's teams, newest first."""
    async with at.transaction() as tx:
        changes = await service.listed(tx, at.me.account_id, at.me.teams)
    return at.page("account_changes/list.html", changes=changes, words=WORDS)


@pages.post("/read", allow={Role.GUARDIAN})
async def read(at: Here) -> Response:
    """Mark what the page showed as read; acts recorded since then stay new."""
    try:
        until = datetime.fromisoformat(at.form.text("until"))
        if until.tzinfo is None:
            raise ValueError
    except ValueError:
        raise problem(422, "Reload the page and try again.") from None
    async with at.transaction() as tx:
        await service.read(tx, at.me.account_id, min(until, at.real_now))
    return at.go("/account-changes", said="Marked as read. You are shown the next change.")


@pages.post("/mine/read", allow=ANYBODY)
async def read_mine(at: Here) -> Response:
    """Mark the acts on the reader's own account as read."""
    async with at.transaction() as tx:
        await service.read_by_holder(tx, at.me.account_id)
    return at.go("/account", said="Marked as read. You are shown the next change.")
