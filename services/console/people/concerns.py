"""A concern about an adult or a child: recorded, and reported to the safeguarding lead the same day."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.people import words
from services.console.people.asking import form, written_at
from services.console.people.strikes import link as strike_link
from services.console.people.strikes import replaced
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared import clock

concerns = Pages("/people")

MOST = 200


async def untold(at: Visit, by: str | None = None) -> list[Json]:
    """Return the concerns of the reader's teams that the lead has not been informed of, longest waiting first.

    `by` limits them to those that this account raised.
    """
    found = await at.intake.every("/concerns", most=MOST)
    return [with_clock(at, one) for one in found if by in (None, one["by"])]


async def of_person(at: Visit, path: str) -> list[Json]:
    """Return the person's concerns, latest first."""
    return [with_clock(at, one) for one in await at.intake.every(f"{path}/concerns", most=MOST)]


def with_clock(at: Visit, concern: Json) -> Json:
    """Add `waits` (the lead has not been informed) and `late` (and the day for it has passed)."""
    waits = concern["lead_told_at"] is None
    return {**concern, "waits": waits, "late": waits and concern["tell_lead_by"] < clock.local_date(at.now).isoformat()}


@concerns.get("/{person_id}/concerns", allow=READERS)
async def listed(at: Here, person_id: UUID) -> Response:
    path = f"/people/{person_id}"
    person = await at.intake.get(path)
    return at.page(
        "people/concerns.html",
        person=person,
        concerns=await of_person(at, path),
        staff=await at.staff(),
        words=words,
        strike_link=strike_link,
    )


@form(
    concerns,
    "/concerns",
    "concern",
    asked_at="/concerns/new",
    leads_to="/concerns",
    said="Concern saved. Tell the safeguarding lead today.",
)
async def raised(at: Visit, path: str) -> None:
    body = {
        "id": str(at.form.once),
        "about": at.form.text("about"),
        "who": at.form.optional("who"),
        "what": at.form.text("what"),
        "noticed_at": at.form.instant("noticed_at") or _written_without_a_line(at),
    }
    await at.intake.post(f"{path}/concerns", body, key=at.once())
    await replaced(at, path, "concern")


def _written_without_a_line(at: Visit) -> str | None:
    """Return when a phone kept the concern: the lead is to be told that same day, whenever it arrives."""
    written = written_at(at.form, at.now)
    return written.isoformat() if written else None


@concerns.get("/{person_id}/concerns/{concern_id}/told-lead", allow=READERS)
async def told_form(at: Here, person_id: UUID, concern_id: UUID) -> Response:
    return await _told(at, person_id, concern_id)


@concerns.post("/{person_id}/concerns/{concern_id}/told-lead", allow=READERS)
async def told(at: Here, person_id: UUID, concern_id: UUID) -> Response:
    """Record that the lead was informed, and what was decided."""
    try:
        body: dict[str, Any] = {
            "to_whom": at.form.text("to_whom"),
            "decided": at.form.optional("decided"),
            "occurred_at": at.form.instant("occurred_at"),
        }
        await at.intake.post(f"/concerns/{concern_id}/told-lead", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _told(at, person_id, concern_id, refused)
    return at.go(f"/people/{person_id}/concerns", said="Saved. The lead was told.")


async def _told(at: Visit, person_id: UUID, concern_id: UUID, refused: Refused | BadField | None = None) -> Response:
    path = f"/people/{person_id}"
    person = await at.intake.get(path)
    concern = next((one for one in await of_person(at, path) if one["id"] == str(concern_id)), None)
    if concern is None or (concern["to_whom"] and refused is None):
        return at.go(f"{path}/concerns")
    return at.page("people/told_lead.html", refused=refused, person=person, concern=concern, words=words)
