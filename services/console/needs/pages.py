"""Assessing a person's needs again, from the plan."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.needs import words
from services.console.needs.form import looked_at
from services.console.needs.view import lines
from services.console.web.form import BadField
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/plans")

LOOKS = 100
"""More than a plan has in years; the newest are read first."""


@pages.get("/{plan_id}/needs", allow=CARE)
async def form(at: Here, plan_id: UUID) -> Response:
    return await _form(at, plan_id)


@pages.post("/{plan_id}/needs", allow=CARE)
async def look(at: Here, plan_id: UUID) -> Response:
    """Record one assessment; domains that were left out keep their earlier scores."""
    plan = await at.casework.get(f"/plans/{plan_id}")
    try:
        domains = looked_at(at.form)
        if not domains:
            raise BadField(f"domains.{next(iter(words.DOMAINS))}.score", "score at least one, or leave this page")
        await record(at, plan["case_id"], domains, key=at.once())
    except (Refused, BadField) as refused:
        return await _form(at, plan_id, refused)
    return at.go(f"/plans/{plan_id}#needs", said="Assessment saved. Earlier assessments do not change.")


async def record(at: Visit, case_id: str, domains: dict[str, Any], *, key: str) -> None:
    """Record one assessment with the current time."""
    await at.casework.post(f"/cases/{case_id}/needs-assessments", {"domains": domains}, key=key)


async def looks(at: Visit, case_id: str) -> list[Json]:
    """Return all assessments of this case, newest first."""
    return await at.casework.every(f"/cases/{case_id}/needs-assessments", most=LOOKS)


async def _form(at: Visit, plan_id: UUID, refused: Refused | BadField | None = None) -> Response:
    plan = await at.casework.get(f"/plans/{plan_id}")
    person, seen = await asyncio.gather(at.intake.get(f"/people/{plan['person_id']}"), looks(at, plan["case_id"]))
    looked = {line.domain: line for line in lines(seen)}
    return at.page("needs/needs.html", refused=refused, plan=plan, person=person, words=words, looked=looked)
