"""The step that chooses first referrals: a search of the directory, the chosen services, the questions about each."""

import asyncio
from typing import Any

from services.console.plan_start.answers import ASKED, MOST_REFERRALS, Answers
from services.console.plan_start.calls import referred
from services.console.referral import view
from services.console.referral.calls import answering, services_of
from services.console.web.visit import Visit

A_PAGE = 10


async def choosing(at: Visit, answers: Answers, person: Any) -> dict[str, Any]:
    """Return the context of this step's page; the search is posted with the other fields, so no address holds it."""
    form = answers.form
    q, pathway = form.text("q")[:100], form.text("pathway")
    known = pathway if pathway in view.PATHWAYS else None
    found, usually, chosen, before = await asyncio.gather(
        at.referrals.get("/services", q=q or None, pathway=known, cursor=form.optional("cursor"), limit=A_PAGE),
        answering(at),
        services_of(at, answers.services),
        referred(at, person),
    )
    return {
        "chosen": [(service_id, service, f"{ASKED}{service_id}.") for service_id, service in chosen.items()],
        "found": [service for service in found["items"] if service["id"] not in answers.services],
        "more": found["next_cursor"],
        "answering": usually,
        "referred": before,
        "needs_of": view.needs_of,
        "pathways": view.PATHWAYS,
        "about": [(kind, text.capitalize()) for kind, text in view.KINDS.items() if kind not in view.ON_FILE],
        "full": len(answers.services) >= MOST_REFERRALS,
    }
