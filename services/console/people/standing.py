"""How we stand with each other: safe contact, engagement, his no, that he came back, that he died."""

from datetime import datetime, time
from uuid import UUID

from starlette.responses import Response

from services.console.back.errors import Refused
from services.console.people import words
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.clock import LONDON

standing = Pages("/people")


@standing.get("/{person_id}/safe-contact", allow=READERS)
async def safe_contact_form(at: Here, person_id: UUID) -> Response:
    return await _page(at, person_id, "safe_contact")


@standing.post("/{person_id}/safe-contact", allow=READERS)
async def safe_contact(at: Here, person_id: UUID) -> Response:
    as_written = at.form.text("voicemail") == "as_written"
    body = {
        "channels": at.form.all("channels"),
        "by_whom": at.form.text("by_whom"),
        "when": at.form.optional("when"),
        "details": at.form.optional("details"),
        "voicemail": at.form.text("voicemail"),
        "voicemail_words": at.form.optional("voicemail_words") if as_written else None,
    }
    try:
        await at.intake.put(f"/people/{person_id}/safe-contact", body, version=at.form.version)
    except Refused as refused:
        return await _page(at, person_id, "safe_contact", refused)
    return at.go(f"/people/{person_id}", said="How he may be reached is on file.")


@standing.get("/{person_id}/engagement", allow=READERS)
async def engagement_form(at: Here, person_id: UUID) -> Response:
    return await _page(at, person_id, "engagement")


@standing.post("/{person_id}/engagement", allow=READERS)
async def engagement(at: Here, person_id: UUID) -> Response:
    try:
        await at.intake.post(f"/people/{person_id}/engagement", {"state": at.form.text("state")}, key=at.once())
    except Refused as refused:
        return await _page(at, person_id, "engagement", refused)
    return at.go(f"/people/{person_id}", said="Saved.")


@standing.get("/{person_id}/said-no", allow=READERS)
async def said_no_form(at: Here, person_id: UUID) -> Response:
    return await _page(at, person_id, "said_no")


@standing.post("/{person_id}/said-no", allow=READERS)
async def said_no(at: Here, person_id: UUID) -> Response:
    """Attempts, tasks and messages stop."""
    try:
        day = at.form.day("until")
        if at.form.text("how_long") == "until" and day is None:
            raise BadField("until", "say until which day, or choose for good")
        body = {"words": at.form.optional("words")}
        if at.form.text("how_long") == "until" and day is not None:
            body["until"] = datetime.combine(day, time(), tzinfo=LONDON).isoformat()
        elif at.form.text("how_long") != "for_good":
            raise BadField("how_long", "choose one")
        await at.intake.post(f"/people/{person_id}/said-no", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _page(at, person_id, "said_no", refused)
    return at.go(f"/people/{person_id}", said="His no is on file. Attempts, tasks and messages stop.")


@standing.get("/{person_id}/came-back", allow=READERS)
async def came_back_form(at: Here, person_id: UUID) -> Response:
    return await _page(at, person_id, "came_back")


@standing.post("/{person_id}/came-back", allow=READERS)
async def came_back(at: Here, person_id: UUID) -> Response:
    body = {"by": at.form.text("by") or "himself", "why": at.form.optional("why")}
    try:
        await at.intake.post(f"/people/{person_id}/came-back", body, key=at.once())
    except Refused as refused:
        return await _page(at, person_id, "came_back", refused)
    return at.go(f"/people/{person_id}", said="It is open again.")


@standing.get("/{person_id}/died", allow=READERS)
async def died_form(at: Here, person_id: UUID) -> Response:
    return await _page(at, person_id, "died")


@standing.post("/{person_id}/died", allow=READERS)
async def died(at: Here, person_id: UUID) -> Response:
    """Everything that would reach him or speak of him stops."""
    try:
        if not at.form.ticked("sure"):
            raise BadField("sure", "tick this box to say that you are sure")
        day = at.form.day("occurred_at")
        body = {"words": at.form.optional("words")}
        if day is not None:
            body["occurred_at"] = datetime.combine(day, time(), tzinfo=LONDON).isoformat()
        await at.intake.post(f"/people/{person_id}/died", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _page(at, person_id, "died", refused)
    return at.go(f"/people/{person_id}", said="It is on file. Every message, task and appointment stops.")


async def _page(at: Visit, person_id: UUID, name: str, refused: Refused | BadField | None = None) -> Response:
    person = await at.intake.get(f"/people/{person_id}")
    return at.page(f"people/{name}.html", refused=refused, person=person, words=words)
