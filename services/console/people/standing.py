"""Safe contact, engagement, a person's no, their return, and their death."""

from datetime import datetime, time

from services.console.people.asking import form
from services.console.web.form import BadField
from services.console.web.pages import Pages
from services.console.web.visit import Visit
from shared.clock import LONDON
from shared.practice.calendar import local_day

standing = Pages("/people")


@form(standing, "/safe-contact", "safe_contact", said="Saved. Calls and referrals go by it from now on.")
async def safe_contact(at: Visit, person_path: str) -> None:
    """Replace the whole safe contact, at the version that was read."""
    as_written = at.form.text("voicemail") == "as_written"
    body = {
        "channels": at.form.all("channels"),
        "by_whom": at.form.text("by_whom"),
        "when": at.form.optional("when"),
        "details": at.form.optional("details"),
        "voicemail": at.form.text("voicemail"),
        "voicemail_words": at.form.optional("voicemail_words") if as_written else None,
    }
    await at.intake.put(f"{person_path}/safe-contact", body, version=at.form.version)


@form(standing, "/engagement", "engagement", said="Saved. The new stage stands in the file.")
async def engagement(at: Visit, person_path: str) -> None:
    await at.intake.post(f"{person_path}/engagement", {"state": at.form.text("state")}, key=at.once())


@form(standing, "/said-no", "said_no", said="Saved. Attempts, tasks and messages stop.")
async def said_no(at: Visit, person_path: str) -> None:
    """Record the person's no: attempts, tasks and messages stop."""
    how_long, day = at.form.text("how_long"), at.form.day("until")
    body = {"words": at.form.optional("words")}
    if how_long == "until":
        if day is None:
            raise BadField("until", "say until which day, or choose for good")
        body["until"] = datetime.combine(day, time(), tzinfo=LONDON).isoformat()
    elif how_long != "for_good":
        raise BadField("how_long", "choose one")
    await at.intake.post(f"{person_path}/said-no", body, key=at.once())


@form(standing, "/came-back", "came_back", said="Reopened. They may be contacted again.")
async def came_back(at: Visit, person_path: str) -> None:
    body = {"by": at.form.text("by") or "person", "why": at.form.optional("why")}
    await at.intake.post(f"{person_path}/came-back", body, key=at.once())


@form(standing, "/died", "died", said="Saved. Every message, task and appointment stops.")
async def died(at: Visit, person_path: str) -> None:
    """Record a death: everything that would reach the person or speak of them stops."""
    if not at.form.ticked("sure"):
        raise BadField("sure", "tick this box to say that you are sure")
    body = {"words": at.form.optional("words")}
    # The person may have been met earlier that day: the death counts from the day's end, or from now if it is today.
    if at.form.day("occurred_at") != local_day(at.now) and (last := at.form.through("occurred_at")):
        body["occurred_at"] = last.isoformat()
    await at.intake.post(f"{person_path}/died", body, key=at.once())
