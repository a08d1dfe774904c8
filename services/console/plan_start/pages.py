"""Starting a case plan, in two steps: what he wants, then a look at what will run before anything starts."""

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.console.back.client import Json
from services.console.back.errors import Refused
from services.console.board.words import step
from services.console.plan.words import PHASES
from services.console.web.form import BadField
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/plan-start")

DATES_SHOWN = 12


@pages.get(allow=CARE)
async def form(at: Here) -> Response:
    """His goals, and how often we mean to meet him."""
    return await _form(at, _person(at.query.get("person")))


@pages.post("/preview", allow=CARE)
async def preview(at: Here) -> Response:
    """The dates that would follow. A POST, so that his words stand in no address; it changes nothing."""
    person_id = _person(at.form.text("person"))
    try:
        asked = _asked(at)
        dates = await at.casework.get("/plans/preview", phase=asked["phase"], cadence_days=asked["cadence_days"])
    except (Refused, BadField) as refused:
        return await _form(at, person_id, refused)
    person = await at.intake.get(f"/people/{person_id}")
    return at.page("plan_start/preview.html", person=person, asked=asked, dates=dates, shown=DATES_SHOWN, step=step)


@pages.post(allow=CARE)
async def start(at: Here) -> Response:
    """Open a case if there is none, then start its plan. Pressed twice, both are there once."""
    person_id = _person(at.form.text("person"))
    if at.form.text("change"):
        return await _form(at, person_id)
    try:
        asked = _asked(at)
        case = await _open_case(at, person_id)
        if case is None:
            case = await at.casework.post("/cases", {"person_id": str(person_id)}, key=at.once("case"))
        if case["stage"] == "waiting":
            return at.page("plan_start/waiting.html", person=await at.intake.get(f"/people/{person_id}"))
        plan = await at.casework.post(f"/cases/{case['id']}/plan", asked, key=at.once("plan"))
    except (Refused, BadField) as refused:
        return await _form(at, person_id, refused)
    return at.go(f"/plans/{plan['id']}", said="The plan has started.")


def _person(given: str | None) -> UUID:
    try:
        return UUID(given or "")
    except ValueError:
        raise HTTPException(404) from None


def _asked(at: Visit) -> dict[str, Any]:
    """What casework is asked for. Raises BadField."""
    goals = at.form.lines("goals")
    if not goals:
        raise BadField("goals", "write at least one thing he wants, in his words")
    days = at.form.number("cadence_days")
    if at.form.text("cadence_days") and days is None:
        raise BadField("cadence_days", "must be a whole number of days, for example 7")
    return {"goals": goals, "phase": at.form.text("phase") or "transition", "cadence_days": days}


async def _open_case(at: Visit, person_id: UUID) -> Json | None:
    found = await at.casework.every("/cases", person_id=str(person_id))
    return next((case for case in found if case["stage"] != "closed"), None)


async def _form(at: Visit, person_id: UUID, refused: Refused | BadField | None = None) -> Response:
    person = await at.intake.get(f"/people/{person_id}")
    return at.page("plan_start/form.html", refused=refused, person=person, phases=PHASES)
