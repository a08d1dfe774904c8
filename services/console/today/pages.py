"""Today: what one worker has to do, in order of time and place."""

import asyncio
from typing import Final
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.board import gather
from services.console.directory.calls import to_confirm
from services.console.people import concerns
from services.console.people import words as of_people
from services.console.task import cards
from services.console.task.pages import to_undo
from services.console.today import calls, guardian
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role

pages = Pages("/today")

SEEN: Final = {"met": "Met", "spoke": "Spoke", "sighted": "Seen"}


@pages.get(allow=READERS)
async def today(at: Here) -> Response:
    """Show the day in its order; to a guardian, the guardian's day."""
    if at.is_a(Role.GUARDIAN):
        return await guardian.today(at)
    return await _today(at)


async def _today(at: Visit) -> Response:
    worries = await concerns.untold(at, by=str(at.me.account_id))
    day = await calls.fetch_day(at, worries)
    desks, agencies, staff, changes = await asyncio.gather(
        calls.desks(at, day.cards), gather.agency_names(at, day.services()), at.staff(), to_confirm(at)
    )
    told = {one.referral["person_id"] for each in desks.values() for desk in each for one in desk.spoken}
    names = await at.names({*day.everybody(), *told})
    return at.page(
        "today/today.html",
        day=day,
        desks=desks,
        agencies=agencies,
        to_confirm=changes,
        names=names,
        again=cards.again((card, cards.reads(card, names, agencies)) for card in day.cards),
        staff=staff,
        words=SEEN,
        of_people=of_people,
        undo=to_undo(at),
    )


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
    return at.go("/today", said="Next step saved. It is off every list.")


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
