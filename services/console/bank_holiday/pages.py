"""Pages of bank holidays: teams read them, an administrator adds or removes one after a preview of what moves."""

import asyncio
from datetime import date
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.backend.names import Names
from services.console.bank_holiday import words
from services.console.staff import service as staff
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.http.problems import Wrong, not_found
from shared.practice.calendar import local_day

pages = Pages("/bank-holidays")

ADMIN = {Role.ADMIN}


@pages.get(allow=READERS | ADMIN)
async def listed(at: Here) -> Response:
    """List the bank holidays built in for this year and next, and those that were added."""
    return await _list(at)


@pages.post("/check", allow=ADMIN)
async def check(at: Here) -> Response:
    """Preview what a new bank holiday would recalculate; nothing is added yet."""
    try:
        day = _asked(at)
        effect = await _effect(at, day)
        if effect["why_not"]:
            raise BadField("day", f"{words.named(day)} {effect['why_not_words']}")
    except BadField as wrong:
        return await _list(at, wrong)
    sent = [("day-day", day.day), ("day-month", day.month), ("day-year", day.year)]
    kept = [*((name, str(value)) for name, value in sent), *((name, at.form.text(name)) for name in ("name", "source"))]
    return at.page("bank_holiday/add.html", day=day, effect=effect, kept=kept, words=words, fresh=True)


@pages.post(allow=ADMIN)
async def add(at: Here) -> Response:
    """Add a bank holiday. Pressed twice, it is added once."""
    try:
        day = _asked(at)
        body = {"day": day.isoformat(), "name": at.form.text("name"), "source": at.form.text("source")}
        await at.referrals.post("/bank-holidays", body, key=at.once())
    except (BadField, Refused) as wrong:
        return await _list(at, _at_the_day(wrong))
    return at.go("/bank-holidays", said="The bank holiday is added. What runs over it is counted anew.")


@pages.get("/{bank_holiday_id}/removal", allow=ADMIN)
async def ask_remove(at: Here, bank_holiday_id: UUID) -> Response:
    """Preview what removing a bank holiday would recalculate."""
    one = await _one(at, bank_holiday_id)
    effect = await _effect(at, date.fromisoformat(one["day"]))
    staff_names = await _staff(at)
    return at.page("bank_holiday/remove.html", one=one, effect=effect, staff=staff_names, words=words)


@pages.post("/{bank_holiday_id}/removal", allow=ADMIN)
async def remove(at: Here, bank_holiday_id: UUID) -> Response:
    """Remove a bank holiday that was added."""
    await at.referrals.post(f"/bank-holidays/{bank_holiday_id}/removal", key=at.once())
    return at.go("/bank-holidays", said="It is a working day again. What runs over it is counted anew.")


async def _list(at: Visit, refused: Refused | BadField | None = None) -> Response:
    rows, names = await asyncio.gather(at.referrals.whole("/bank-holidays"), _staff(at))
    today = local_day(at.now).isoformat()
    built_in = [row for row in rows if row["built_in"]]
    return at.page(
        "bank_holiday/list.html",
        refused=refused,
        coming=[row for row in built_in if row["day"] >= today],
        past=[row for row in built_in if row["day"] < today],
        added=[row for row in reversed(rows) if not row["built_in"] and not row["removed_at"]],
        removed=[row for row in reversed(rows) if row["removed_at"]],
        staff=names,
        may_change=at.is_a(Role.ADMIN),
    )


def _asked(at: Visit) -> date:
    """Return the typed day of a complete form. Raises BadField with all that is wrong together."""
    wrong: list[Wrong] = []
    day = None
    try:
        day = at.form.day("day")
        if day is None:
            wrong.append(Wrong("day", "missing", "Say which day."))
    except BadField as bad:
        wrong += bad.errors
    if not at.form.text("name"):
        wrong.append(Wrong("name", "missing", "Say what it is called."))
    if not at.form.text("source"):
        wrong.append(Wrong("source", "missing", "Say where it was announced."))
    if wrong or day is None:
        raise BadField.of(wrong)
    return day


def _at_the_day(wrong: BadField | Refused) -> BadField | Refused:
    """Show a day that another administrator has already added as an error of the field `day`."""
    if isinstance(wrong, Refused) and wrong.rule == "already_added":
        return BadField("day", wrong.detail)
    return wrong


async def _effect(at: Visit, day: date) -> Json:
    """Return what both services that count working days would recalculate."""
    theirs, ours = await asyncio.gather(
        at.referrals.get("/bank-holidays/effect", day=day.isoformat()),
        at.casework.get("/bank-holidays/effect", day=day.isoformat()),
    )
    return {**theirs, **ours}


async def _one(at: Visit, id: UUID) -> Json:
    for row in await at.referrals.whole("/bank-holidays"):
        if row["id"] == str(id):
            return row
    raise not_found()


async def _staff(at: Visit) -> Names:
    """Return the name of every account, because each team sees who changed the bank holidays."""
    async with at.transaction() as tx:
        return Names({str(one.id): one.name for one in await staff.every(tx)}, absent="Somebody else")
