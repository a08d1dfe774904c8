"""Today: what one worker has to do, in order of time and place."""

from uuid import UUID

from starlette.responses import Response

from services.console.back.errors import Refused
from services.console.board import gather
from services.console.directory.calls import to_confirm
from services.console.people import concerns
from services.console.people import words as of_people
from services.console.today import calls, guardian, words
from services.console.web.form import BadField
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.http.problems import not_found

pages = Pages("/today")

MOST_AT_ONCE = 50


@pages.get(allow=READERS)
async def today(at: Here) -> Response:
    """Show visits, one call for each agency, replies, then what can wait; to a guardian, the guardian's day."""
    if at.is_a(Role.GUARDIAN):
        return await guardian.today(at)
    return await _today(at, at.query.get("done"))


async def _today(at: Visit, undo: str | None, refused: Refused | BadField | None = None) -> Response:
    """Show the day; `undo` is the task that was just ticked off, in case that was a mistake."""
    day = await calls.fetch_day(at)
    worries = await concerns.untold(at, by=str(at.me.account_id))
    desks = await calls.desks(at, day.calls)
    return at.page(
        "today/today.html",
        day=day,
        desks=desks,
        agencies=await calls.agencies(at, day.calls),
        concerns=worries,
        to_confirm=await to_confirm(at),
        names=await at.names(
            {
                *day.people(),
                *(one.referral["person_id"] for each in desks.values() for desk in each for one in desk.spoken),
                *(one["person_id"] for one in worries),
            }
        ),
        staff=await at.staff(),
        words=words,
        of_people=of_people,
        undo=undo,
        refused=refused,
    )


@pages.post("/done", allow=CARE)
async def done(at: Here) -> Response:
    """Mark the tasks of one press as done. Raises Refused for one that closes only by a fact, or is no longer owed."""
    given = at.form.all("task")[:MOST_AT_ONCE]
    for task in given:
        await at.casework.post(f"/tasks/{as_id(task)}/done", key=at.once(task))
    return at.go(f"/today?done={given[0]}" if len(given) == 1 else "/today", said="Done.")


@pages.post("/undone", allow=CARE)
async def undone(at: Here) -> Response:
    """Open a task again that was ticked off by mistake, with its own due day."""
    task = as_id(at.form.text("task"))
    try:
        if not at.form.text("why"):
            raise BadField("why", "say why it was a mistake")
        await at.casework.post(f"/tasks/{task}/undone", {"why": at.form.text("why")}, key=at.once())
    except (Refused, BadField) as refused:
        return await _today(at, str(task), refused)
    return at.go("/today", said="Reopened.")


@pages.get("/next-steps/{referral_id}", allow=CARE)
async def next_step_form(at: Here, referral_id: UUID) -> Response:
    return await _next_step(at, referral_id)


@pages.post("/next-steps/{referral_id}", allow=CARE)
async def next_step(at: Here, referral_id: UUID) -> Response:
    """Record what is done instead; only that takes the next step off the board."""
    step = at.form.uuid("step")
    try:
        await at.casework.post(f"/next-steps/{step}/record", {"what": at.form.text("what")}, key=at.once())
    except Refused as refused:
        return await _next_step(at, referral_id, refused)
    return at.go("/today", said="Next step saved.")


def as_id(text: str) -> UUID:
    """Return an id from a form of ours. Raises 404 for anything else."""
    try:
        return UUID(text)
    except ValueError:
        raise not_found() from None


async def _next_step(at: Visit, referral_id: UUID, refused: Refused | None = None) -> Response:
    found = await at.casework.every("/next-steps", referral_id=referral_id, most=1)
    if not found and refused is None:
        return at.go(f"/referrals/{referral_id}")
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    agencies = await gather.agency_names(at, [referral["agency_id"]])
    names = await at.names([referral["person_id"]])
    return at.page(
        "today/next_step.html",
        refused=refused,
        step=found[0] if found else None,
        referral=referral,
        agency=agencies.get(referral["agency_id"], "a service that is not shown any more"),
        names=names,
    )
