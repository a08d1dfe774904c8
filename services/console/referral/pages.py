"""Referrals: the list, choosing a service, writing the minimum, recording a walk-in."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.backend.names import isolated
from services.console.referral import calls, meaning, view, words, writing
from services.console.referral.calls import address
from services.console.referral.record import pages as record
from services.console.referral.record import stale
from services.console.referral.sending import pages as sending
from services.console.web.form import BadField
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from shared.http.problems import not_found

pages = Pages("/referrals")
A_PAGE = 25


@pages.get(allow=READERS)
async def listed(at: Here) -> Response:
    """List the referrals of the reader's teams, newest first; of one person or plan when the address names one."""
    wanted = {name: _id(at, name) for name in ("person", "plan")}
    everything = at.query.get("show") == "all"
    found = await at.referrals.get(
        "/referrals",
        person_id=wanted["person"],
        plan_id=wanted["plan"],
        state=None if everything else view.OPEN,
        limit=A_PAGE,
        cursor=at.query.get("cursor"),
    )
    rows = found["items"]
    names, services = await asyncio.gather(
        at.names(row["person_id"] for row in rows), calls.service_names(at, (row["service_id"] for row in rows))
    )
    more = found["next_cursor"] and address(
        "/referrals", **wanted, show=at.query.get("show"), cursor=found["next_cursor"]
    )
    return at.page(
        "referral/list.html",
        rows=rows,
        names=names,
        services=services,
        everything=everything,
        other=address("/referrals", **wanted, show=None if everything else "all"),
        person=wanted["person"],
        more=more,
    )


@pages.get("/choose", allow=CARE)
async def choose(at: Here) -> Response:
    """Search the directory for a service to refer to, by words of the name and by kind of help."""
    person_id = _id(at, "person")
    q, pathway = at.query.get("q", "").strip()[:100], at.query.get("pathway", "")
    known = pathway if pathway in view.PATHWAYS else None
    closed = at.query.get("closed") == "yes"
    found, answering, names = await asyncio.gather(
        at.referrals.get(
            "/services", q=q or None, pathway=known, closed=closed, cursor=at.query.get("cursor"), limit=A_PAGE
        ),
        calls.answering(at),
        at.names([person_id]),
    )
    asked = {"person": person_id, "plan": _id(at, "plan"), "q": q, "pathway": known}
    shown = "yes" if closed else None
    more = found["next_cursor"] and address("/referrals/choose", **asked, closed=shown, cursor=found["next_cursor"])
    return at.page(
        "referral/choose.html",
        asked=asked,
        services=found["items"],
        answering=answering,
        name=names[person_id] if person_id else None,
        pathways=view.PATHWAYS,
        kinds=[
            {"value": value, "text": text, "selected": value == (known or "")}
            for value, text in (("", "Any"), *view.PATHWAYS.items())
        ],
        more=more,
        closed=closed,
        other=address("/referrals/choose", **asked, closed=None if closed else "yes"),
        to=lambda service: address("/referrals/new", person=person_id, plan=asked["plan"], service=service["id"]),
    )


@pages.get("/new", allow=CARE)
async def new(at: Here) -> Response:
    """Show the form for what will be disclosed to the agency."""
    given = await _given(at)
    return await _form(at, given, writing.as_form(None, None, given.service["pathway"]))


@pages.post("/new", allow=CARE)
async def draft(at: Here) -> Response:
    """Store a draft, then show the preview of exactly what would be sent."""
    given = await _given(at)
    try:
        body = {**calls.whom(given), **writing.told_by(at.form, given), **meaning.meant(at.form)}
        made = await at.referrals.post("/referrals", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _form(at, given, writing.as_form(None, None, None), meaning.asked(refused))
    return at.go(f"/referrals/{made['id']}/preview")


@pages.post("/walk-in", allow=CARE)
async def walk_in(at: Here) -> Response:
    """Record that the person goes there without a referral being sent; nothing is disclosed to anybody."""
    given = await _given(at)
    body = {**calls.whom(given), "walk_in": True, **meaning.meant(at.form)}
    try:
        made = await at.referrals.post("/referrals", body, key=at.once())
    except Refused as refused:
        if (asked := meaning.asked(refused)) is refused:
            raise
        return await _form(at, given, writing.as_form(None, None, None), asked)
    return at.go(f"/referrals/{made['id']}", said="It is noted. Nothing was sent to anybody.")


@pages.get("/{referral_id}/edit", allow=CARE)
async def edit(at: Here, referral_id: UUID) -> Response:
    """Show the form again, while nothing has been sent."""
    referral, given = await _written(at, referral_id)
    return await _form(
        at, given, writing.as_form(referral["told"], referral["about"], given.service["pathway"]), of=referral
    )


@pages.post("/{referral_id}/edit", allow=CARE)
async def rewrite(at: Here, referral_id: UUID) -> Response:
    """Change the draft, unless it was approved or changed meanwhile."""
    referral, given = await _written(at, referral_id)

    async def put(version: int | None) -> dict[str, Any]:
        return await at.referrals.put(f"/referrals/{referral_id}/told", body, version=version)

    try:
        body = writing.told_by(at.form, given)
        await calls.on_what_was_seen(at, referral_id, put)
    except (Refused, BadField) as refused:
        return await _form(at, given, writing.as_form(None, None, None), refused, of=referral)
    except calls.Changed as changed:
        return stale(at, changed)
    return at.go(f"/referrals/{referral_id}/preview")


async def _form(
    at: Visit,
    given: calls.Compose,
    values: dict[str, Any],
    refused: Refused | BadField | None = None,
    *,
    of: dict[str, Any] | None = None,
) -> Response:
    return at.page(
        "referral/new.html",
        refused=refused,
        given=given,
        values=values,
        of=of,
        open_one=None if of else await meaning.open_there(at, given.person, given.service),
        safe_contact=view.safe_contact(given.person["safe_contact"]),
        need_choices=[(code, sentence) for code, sentence, _ in view.needs_of(given.service["pathway"])],
        include_choices=[
            (name, view.TOLD[name], isolated(text)) for name, text in writing.known_of(given.person).items()
        ],
        about_choices=[(kind, text.capitalize()) for kind, text in view.KINDS.items() if kind not in view.ON_FILE],
        entitled=words.ENTITLED,
    )


async def _given(at: Visit) -> calls.Compose:
    person, service, plan = (_id(at, name) for name in ("person", "service", "plan"))
    if person is None or service is None:
        raise not_found()
    return await calls.compose(at, person, service, str(plan) if plan else None)


async def _written(at: Visit, referral_id: UUID) -> tuple[dict[str, Any], calls.Compose]:
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    return referral, await calls.compose(at, referral["person_id"], referral["service_id"], referral["plan_id"])


def _id(at: Visit, name: str) -> UUID | None:
    """Return an id from the form or the address, if there is a valid one."""
    try:
        return UUID(at.form.text(name) or at.query.get(name, ""))
    except ValueError:
        return None


# Fixed paths come first, so that /choose is not taken for a referral's id.
for more in (sending, record):
    pages.routes.extend(more.routes)
