"""What a person agrees to, in both directions, and what they withdraw."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.people import calls, words
from services.console.people.asking import form, written_at
from services.console.referral import consent_sets, view
from services.console.web.form import BadField, Form
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit

consents = Pages("/people")


MOST_LIKELY = 8
"""How many services are offered as links; in a small directory that is all of them."""


async def _services(at: Visit, person_path: str) -> dict[str, Any]:
    """Return the service that the form is for and its usual sets, or the services to choose from."""
    names = await calls.agency_names(at)
    asked = at.form.text("agency_id") if at.posted else at.query.get("agency")
    if asked not in names:
        return await _to_choose_from(at, person_path, names)
    services, given = await asyncio.gather(
        at.referrals.every("/services", agency_id=asked, most=200),
        at.intake.every(f"{person_path}/consents", most=500),
    )
    return {
        "agency": names[asked],
        "agency_id": asked,
        "sets": consent_sets.of_pathways(service["pathway"] for service in services),
        "consent": view.newest(given, asked),
    }


async def _to_choose_from(at: Visit, person_path: str, names: dict[str, str]) -> dict[str, Any]:
    """Return the services: first those that the person has to do with."""
    rows, given = await asyncio.gather(
        at.referrals.every("/referrals", person_id=person_path.rpartition("/")[2], most=100),
        at.intake.every(f"{person_path}/consents", most=200),
    )
    theirs = dict.fromkeys(row["agency_id"] for row in (*rows, *given) if row["agency_id"] in names)
    rest = [one for one in names if one not in theirs]
    likely = [*theirs, *rest] if len(names) <= MOST_LIKELY else [*theirs][:MOST_LIKELY]
    others = [(one, names[one]) for one in names if one not in likely]
    return {"agency": None, "likely": [(one, names[one]) for one in likely], "others": others}


@form(
    consents,
    "/consents",
    "consent",
    asked_at="/consents/new",
    more=_services,
    said="Consent saved. You can refer them to this service now.",
)
async def record(at: Visit, person_path: str) -> None:
    # A consent counts from when it was given, not from when the phone had a line: a withdrawal in between stands.
    given = written_at(at.form, at.now)
    body = body_of(at.form) | ({"given_at": given.isoformat()} if given else {})
    await at.intake.post(f"{person_path}/consents", body, key=at.once())


@consents.get("/{person_id}/consents/{consent_id}/withdraw", allow=READERS)
async def withdraw_form(at: Here, person_id: UUID, consent_id: UUID) -> Response:
    return await _withdraw(at, person_id, consent_id)


@consents.post("/{person_id}/consents/{consent_id}/withdraw", allow=READERS)
async def withdraw(at: Here, person_id: UUID, consent_id: UUID) -> Response:
    """Withdraw everything the person agreed to for this agency. Once this returns, nothing more is sent there."""
    body = {"how": at.form.text("how"), "words": at.form.optional("words")}
    try:
        await at.intake.post(f"/consents/{consent_id}/withdraw", body, key=at.once())
    except Refused as refused:
        return await _withdraw(at, person_id, consent_id, refused)
    return at.go(f"/people/{person_id}", said="Consent withdrawn. Nothing more is sent to this service.")


def body_of(form: Form) -> dict[str, Any]:
    """Return the body of a consent for intake. Raises BadField for what is missing, and for an invalid date."""
    if not form.text("agency_id"):
        raise BadField("agency_id", "choose a service")
    may_tell, may_tell_us = consent_sets.chosen(form)
    if not form.text("how_given"):
        raise BadField("how_given", "choose how consent was given")
    last = form.through("expires_at")
    return {
        "id": str(form.once),
        "agency_id": form.text("agency_id"),
        "purpose": form.text("purpose") or "a referral",
        "may_tell": may_tell,
        "may_tell_us": may_tell_us,
        "how_given": form.text("how_given"),
        "language": form.optional("language"),
        "present": form.optional("present"),
        "expires_at": last.isoformat() if last else None,
    }


async def _withdraw(at: Visit, person_id: UUID, consent_id: UUID, refused: Refused | None = None) -> Response:
    person = await at.intake.get(f"/people/{person_id}")
    given = await at.intake.every(f"/people/{person_id}/consents", most=500)
    consent = next((one for one in given if one["id"] == str(consent_id)), None)
    if consent is None or consent["withdrawn_at"]:
        return at.go(f"/people/{person_id}")
    return at.page(
        "people/withdraw.html",
        refused=refused,
        person=person,
        consent=consent,
        agencies=await calls.agency_names(at),
        words=words,
    )
