"""The guardian's day: what waits for their opinion, and nothing of anybody's care."""

from starlette.responses import Response

from services.console.account_changes import service as account_changes
from services.console.board import gather
from services.console.people import concerns
from services.console.task import cards
from services.console.web.casework_words import OVERSIGHT
from services.console.web.visit import Visit

MOST_TASKS = 400


async def today(at: Visit) -> Response:
    """Show the guardian's own tasks, the concerns that the lead has not been informed of, and changed accounts."""
    tasks = await at.casework.every("/tasks", mine=True, most=MOST_TASKS)
    worries = await concerns.untold(at)
    async with at.transaction() as tx:
        accounts = await account_changes.has_unread(tx, at.me.account_id, at.me.teams)
    items = [item for task in tasks for item in cards.items_of(task)]
    word = cards.gather(item for item in items if item.kind in OVERSIGHT)
    more = cards.gather(item for item in items if item.kind not in OVERSIGHT)
    people = {person for card in (*word, *more) for person in card.people}
    names = await at.names({*people, *(one["person_id"] for one in worries)})
    return at.page(
        "today/guardian.html",
        word=word,
        more=more,
        concerns=worries,
        accounts=accounts,
        agencies=await gather.agency_names(at, {item.agency_id for item in items}),
        names=names,
        again=cards.again((card, cards.reads(card, names, {})) for card in (*word, *more)),
    )
