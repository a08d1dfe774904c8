"""The guardian's day: what waits for their opinion, and nothing of anybody's care."""

from starlette.responses import Response

from services.console.account_changes import service as account_changes
from services.console.people import concerns
from services.console.today.view import item_of
from services.console.web.casework_words import OVERSIGHT
from services.console.web.visit import Visit

MOST_TASKS = 400


async def today(at: Visit) -> Response:
    """Show the guardian's own tasks, the concerns that the lead has not been informed of, and changed accounts."""
    tasks = await at.casework.every("/tasks", mine=True, most=MOST_TASKS)
    worries = await concerns.untold(at)
    async with at.transaction() as tx:
        accounts = await account_changes.has_unread(tx, at.me.account_id, at.me.teams)
    items = [(task["kind"], item_of(task)) for task in tasks]
    return at.page(
        "today/guardian.html",
        word=[item for kind, item in items if kind in OVERSIGHT],
        more=[item for kind, item in items if kind not in OVERSIGHT],
        concerns=worries,
        accounts=accounts,
        names=await at.names({*(item.person_id for _, item in items), *(one["person_id"] for one in worries)}),
    )
