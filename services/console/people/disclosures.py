"""What was disclosed about a person: to whom, when, on what basis.

Messages record their own disclosures; what a colleague disclosed in person is recorded here by hand, and so are the
bases that are not the person's consent.
"""

import asyncio
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.people import calls, words
from services.console.people.asking import form
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit

told = Pages("/people")

AT_ONCE = 50
MOST = 200


@told.get("/{person_id}/disclosures", allow=READERS)
async def listed(at: Here, person_id: UUID) -> Response:
    """List the disclosures, latest first, each with its basis."""
    path = f"/people/{person_id}"
    person = await at.intake.get(path)
    found, grounds, agencies, staff, oversight = await asyncio.gather(
        at.intake.get(f"{path}/disclosures", limit=AT_ONCE, cursor=at.query.get("cursor")),
        _grounds(at, path),
        calls.agency_names(at),
        at.staff(),
        at.intake.every(f"{path}/oversight", most=MOST),
    )
    return at.page(
        "people/disclosures.html",
        person=person,
        found=found,
        agencies=agencies,
        staff=staff,
        words=words,
        oversight={row["record_id"]: row for row in oversight},
        **grounds,
    )


async def _grounds(at: Visit, path: str) -> dict[str, Any]:
    """Return the person's consents and the other legal bases, each by id."""
    consents, bases = await asyncio.gather(
        at.intake.every(f"{path}/consents", most=MOST), at.intake.every(f"{path}/legal-bases", most=MOST)
    )
    return {"consents": {row["id"]: row for row in consents}, "bases": {row["id"]: row for row in bases}}


async def _possible_bases(at: Visit, path: str) -> dict[str, Any]:
    """Return the bases that may be named: every consent, also one that has ended, and each decision to share without.

    A consent that has ended may have been valid when the disclosure was made.
    """
    grounds, agencies, referrals = await asyncio.gather(
        _grounds(at, path),
        calls.agency_names(at),
        at.referrals.every("/referrals", person_id=path.rpartition("/")[2], most=100),
    )
    return {"grounds": _choices(grounds, agencies), "agencies": agencies, "referrals": referrals}


def _choices(grounds: dict[str, dict[str, Json]], agencies: dict[str, str]) -> list[tuple[str, str, str]]:
    agreed = sorted(grounds["consents"].values(), key=lambda row: not row["live"])
    found = [
        (
            f"consent:{row['id']}:{row['agency_id']}",
            f"Consent: {agencies.get(row['agency_id'], 'a service')}",
            f"{words.listed(row['may_tell'], words.MAY_TELL)}. {words.held(row)}.",
        )
        for row in agreed
    ]
    return found + [
        (
            f"basis:{row['id']}:{row['agency_id']}",
            f"Decided without consent: {agencies.get(row['agency_id'], 'a service')}",
            f"{words.listed(row['grounds'], words.GROUNDS)}.",
        )
        for row in grounds["bases"].values()
        if row["override"]
    ]


@form(
    told,
    "/disclosures",
    "disclosure",
    asked_at="/disclosures/new",
    leads_to="/disclosures",
    more=_possible_bases,
    said="Saved. It stands below, with who was told and why.",
)
async def by_mouth(at: Visit, path: str) -> None:
    """Record what a colleague disclosed, on a basis that was valid at that time."""
    kind, _, rest = at.form.text("ground").partition(":")
    ground_id, _, agency_id = rest.partition(":")
    if kind not in ("consent", "basis"):
        raise BadField("ground", "choose the ground it was told on; told without one, it is a concern: raise it below")
    body = {
        "id": str(at.form.once),
        "categories": at.form.all("categories"),
        "how": at.form.text("how"),
        "agency_id": agency_id,
        "to_whom": at.form.optional("to_whom"),
        "referral_id": at.form.optional("referral_id"),
        "consent_id": ground_id if kind == "consent" else None,
        "legal_basis_id": ground_id if kind == "basis" else None,
        "occurred_at": at.form.instant("occurred_at"),
    }
    await at.intake.post(f"{path}/disclosures", body, key=at.once())


async def _services(at: Visit, path: str) -> dict[str, Any]:
    return {"agencies": [*(await calls.agency_names(at)).items()]}


@form(
    told,
    "/legal-bases",
    "legal_basis",
    asked_at="/legal-bases/new",
    leads_to="/disclosures",
    more=_services,
    said="Legal basis saved. It is named with what is shared on it.",
)
async def legal_basis(at: Visit, path: str) -> None:
    """Record a legal basis other than consent; a decision to share without consent also has reasons and risk."""
    choice = at.form.text("override")
    if choice not in ("no", "yes"):
        raise BadField("override", "choose one")
    body = {
        "id": str(at.form.once),
        "agency_id": at.form.optional("agency_id"),
        "grounds": at.form.all("grounds"),
        "note": at.form.optional("note"),
        "override": _override(at) if choice == "yes" else None,
        "decided_at": at.form.instant("decided_at"),
    }
    await at.intake.post(f"{path}/legal-bases", body, key=at.once())


def _override(at: Visit) -> dict[str, Any]:
    was_told = at.form.text("override.told")
    if was_told not in ("yes", "no"):
        raise BadField("override.told", "choose whether the person was told")
    return {
        **{name: at.form.text(f"override.{name}") for name in ("why", "risk", "proportionality")},
        "told": was_told == "yes",
        "why_not_told": at.form.optional("override.why_not_told") if was_told == "no" else None,
    }
