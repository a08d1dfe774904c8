"""Logging a contact: a plain form, which a script stores on the phone and sends again after it was offline."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.people import words
from services.console.people.asking import written_at
from services.console.people.strikes import replaced
from services.console.web.form import BadField, Form
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.practice.calendar import local_day

contacts = Pages("/people")

MAY_SHOW_AN_END = frozenset({"met", "sighted"})
_SAID: Final = "The contact is saved."
# What was no meeting moves no date, which somebody might think it does.
_SAID_AS_TRIED: Final = "The contact is saved. The next one is still counted from the last time you met or spoke."
# Pauses in which somebody may be met although the pause goes on.
ASKED_ABOUT = frozenset({"custody", "hospital"})


@contacts.get("/{person_id}/contacts/new", allow=READERS)
async def form(at: Here, person_id: UUID) -> Response:
    return await _form(at, person_id)


@contacts.post("/{person_id}/contacts", allow=READERS)
async def log(at: Here, person_id: UUID) -> Response:
    """Record a contact, once for each key, however often a phone sends it."""
    try:
        await at.intake.post(f"/people/{person_id}/contacts", body_of(at.form, at.now), key=at.once())
    except (Refused, BadField) as refused:
        # The record's id is the form's own, so it is on file already, from longer ago than keys are stored.
        if not (isinstance(refused, Refused) and refused.rule == "id_taken"):
            return await _form(at, person_id, refused)
    await replaced(at, f"/people/{person_id}", "contact")
    if (asked := await _pause_to_ask_about(at, person_id, at.form.text("kind"))) is not None:
        return at.go(asked, said="The contact is saved. Has the pause ended?")
    met = at.form.text("kind") in ("met", "spoke")
    return at.go(at.came_from(f"/people/{person_id}"), said=_SAID if met else _SAID_AS_TRIED)


def body_of(form: Form, now: datetime) -> dict[str, Any]:
    """Return the body of a contact for intake. Raises BadField for an invalid date."""
    kind = form.text("kind")
    if not kind:
        # Alone: how it was follows from it.
        raise BadField("kind", "choose what happened")
    written = written_at(form, now)
    at = form.moment("occurred_at", ahead=False, today=local_day(written or now)) or written
    return {
        "id": str(form.once),
        "kind": kind,
        "channel": form.optional("channel") or words.USUAL.get(kind),
        "occurred_at": at.isoformat() if at else None,
        "place": form.optional("place"),
        "note": form.optional("note"),
        "sighting": _sighting(form) if kind == "sighted" else None,
    }


def _sighting(form: Form) -> dict[str, str]:
    return {name: form.text(f"sighting.{name}") for name in ("by_whom", "where", "how_they_were")}


async def _form(at: Visit, person_id: UUID, refused: Refused | BadField | None = None) -> Response:
    person = await at.intake.get(f"/people/{person_id}")
    # A corrected form keeps the time at which it was first written.
    written = at.form.text("written_at") if refused else ""
    return at.page("people/contact.html", refused=refused, person=person, words=words, written_at=written)


async def _pause_to_ask_about(at: Visit, person_id: UUID, kind: str) -> str | None:
    """Return the page that asks whether a pause has ended, after a contact shows that it may have; None without one.

    A refusal is ignored: the contact has already been saved.
    """
    if kind not in MAY_SHOW_AN_END:
        return None
    try:
        for case in await at.casework.every("/cases", person_id=person_id, stage="on_hold", most=1):
            hold = (await at.casework.get(f"/plans/{case['plan_id']}"))["hold"]
            if hold and hold["kind"] in ASKED_ABOUT:
                return f"/plans/{case['plan_id']}/pause"
    except Refused:
        pass
    return None
