"""What a person agrees to, in both directions, and what they withdraw."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.back.errors import Refused
from services.console.people import calls, words
from services.console.people.asking import form
from services.console.web.form import Form
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit

consents = Pages("/people")


async def _services(at: Visit, person_path: str) -> dict[str, Any]:
    return {"agencies": [*(await calls.agency_names(at)).items()], "chosen": at.query.get("agency")}


@form(consents, "/consents", "consent", asked_at="/consents/new", more=_services, said="Consent saved.")
async def record(at: Visit, person_path: str) -> None:
    await at.intake.post(f"{person_path}/consents", body_of(at.form), key=at.once())


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
    """Return the body of a consent for intake. Raises BadField for an invalid date."""
    last = form.through("expires_at")
    return {
        "id": str(form.once),
        "agency_id": form.optional("agency_id"),
        "purpose": form.text("purpose"),
        "may_tell": form.all("may_tell"),
        "may_tell_us": form.all("may_tell_us"),
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
