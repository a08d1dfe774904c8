"""The preview before sending: what exactly will be disclosed, the consent, and the warnings the person needs."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.referral import calls, consent_sets, view, words
from services.console.referral.record import stale
from services.console.web.form import BadField
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/referrals")
# The move that sends, by the state of the referral.
SENDS = {"draft": "send", "awaiting_consent": "agreed", "undeliverable": "resend"}
WARNED = "The person was told that the service may charge or pass details on."


@pages.get("/{referral_id}/preview", allow=CARE)
async def preview(at: Here, referral_id: UUID) -> Response:
    """Show what would be sent, from the draft."""
    return await _preview(at, referral_id)


@pages.post("/{referral_id}/send", allow=CARE)
async def send(at: Here, referral_id: UUID) -> Response:
    """Approve the referral. Intake checks the consent once more before anything is sent."""
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    service = await at.referrals.get(f"/services/{referral['service_id']}")
    move = SENDS.get(at.form.text("state"), "send")

    async def post(version: int | None) -> dict[str, Any]:
        note = {"note": WARNED} if at.form.ticked("warned") else {}
        body = {"move": move, **note}
        return await at.referrals.post(f"/referrals/{referral_id}/moves", body, key=at.once(), version=version)

    try:
        if view.warning(service).needed and not at.form.ticked("warned"):
            raise BadField("warned", "tell the person first, then tick this")
        await calls.on_what_was_seen(at, referral_id, post)
    except (Refused, BadField) as refused:
        return await _preview(at, referral_id, refused)
    except calls.Changed as changed:
        return stale(at, changed)
    return at.go(f"/referrals/{referral_id}", said="Approved. We are checking consent. This takes a few seconds.")


async def _preview(at: Visit, referral_id: UUID, refused: Refused | BadField | None = None) -> Response:
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    given = await calls.compose(at, referral["person_id"], referral["service_id"], referral["plan_id"])
    if referral["state"] not in SENDS or referral["walk_in"]:
        if refused is None:
            return at.go(f"/referrals/{referral_id}")
        return at.page("referral/too_late.html", refused=refused, referral=referral)
    return at.page(
        "referral/preview.html",
        refused=refused,
        referral=referral,
        given=given,
        agreed=given.agreed(referral["told"], referral["about"] or []),
        titles=view.TOLD,
        kinds=view.KINDS,
    )


@pages.get("/{referral_id}/consent", allow=CARE)
async def consent(at: Here, referral_id: UUID) -> Response:
    """Show the form of a consent, with exactly the data that this referral would disclose."""
    return await _consent(at, referral_id)


@pages.post("/{referral_id}/consent", allow=CARE)
async def record_consent(at: Here, referral_id: UUID) -> Response:
    """Record the person's consent. A referral that waits for it is then sent by itself."""
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    form = at.form
    try:
        may_tell, may_tell_us = consent_sets.chosen(form)
        if not form.text("how_given"):
            raise BadField("how_given", "choose how consent was given")
        last = form.through("expires_at")
        body = {
            "agency_id": referral["agency_id"],
            "purpose": "referral",
            "may_tell": may_tell,
            "may_tell_us": may_tell_us,
            "how_given": form.text("how_given"),
            "language": form.optional("language"),
            "present": form.optional("present"),
            "expires_at": last.isoformat() if last else None,
        }
        given = {name: value for name, value in body.items() if value is not None}
        await at.intake.post(f"/people/{referral['person_id']}/consents", given, key=at.once())
    except (Refused, BadField) as refused:
        return await _consent(at, referral_id, refused)
    if referral["state"] == "awaiting_consent":
        return at.go(f"/referrals/{referral_id}", said="Consent saved. What was waiting for it is sent now.")
    return at.go(f"/referrals/{referral_id}/preview", said="Consent saved. Check what is sent, then send it.")


async def _consent(at: Visit, referral_id: UUID, refused: Refused | BadField | None = None) -> Response:
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    given = await calls.compose(at, referral["person_id"], referral["service_id"], referral["plan_id"])
    agreed = given.agreed(referral["told"], referral["about"] or [])
    had = list(agreed.consent["may_tell"]) if agreed.consent else []
    first = [*agreed.kinds, *had]
    return at.page(
        "referral/consent.html",
        refused=refused,
        referral=referral,
        given=given,
        agreed=agreed,
        sets=consent_sets.of_referral(agreed.kinds, agreed.consent),
        had=had,
        had_back=list(agreed.consent["may_tell_us"]) if agreed.consent else [],
        kinds=[
            (kind, _sentence(view.KINDS[kind]), *(("Needed for this referral",) if kind in agreed.kinds else ()))
            for kind in dict.fromkeys([*first, *view.KINDS])
        ],
        back=[(kind, _sentence(name)) for kind, name in view.TELLS_US.items()],
        how=words.HOW_GIVEN,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
