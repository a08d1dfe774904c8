"""Requests to the services for the pages of one person."""

import asyncio
from typing import Any
from uuid import UUID

from services.console.backend.client import Json
from services.console.people import concerns, strikes
from services.console.web.casework_words import paused
from services.console.web.pages import CARE
from services.console.web.visit import Visit
from services.console.web.words import instant
from shared.access.table import may

CONTACTS_SHOWN = 10


async def file(at: Visit, person_id: UUID) -> dict[str, Any]:
    """Return the person's whole file, with its parts requested concurrently."""
    path = f"/people/{person_id}"
    # Requested before the rest: a reader who may not see this person gets nothing from the other requests.
    person = await at.intake.get(path)
    contacts, (consents, struck), worries, cases, referrals, agencies = await asyncio.gather(
        at.intake.get(f"{path}/contacts", limit=CONTACTS_SHOWN, cursor=at.query.get("contacts")),
        asyncio.gather(at.intake.every(f"{path}/consents", most=200), at.intake.every(f"{path}/strikes", most=200)),
        concerns.of_person(at, path),
        at.casework.every("/cases", person_id=person_id, most=50),
        at.referrals.every("/referrals", person_id=person_id, most=100),
        agency_names(at),
    )
    history = await at.intake.whole(f"{path}/history")
    first_page = not at.query.get("contacts")
    reopened = [note for one in cases for note in await at.casework.whole(f"/cases/{one['id']}/notes")]
    case = next((one for one in cases if one["stage"] != "closed"), None)
    hold, visit = await asyncio.gather(_hold(at, case), _appointment(at, referrals))
    return {
        "person": person,
        "paused": paused(hold),
        "hold": hold,
        "next": visit,
        "first_page": first_page,
        "last": next((one for one in contacts["items"] if one["kind"] != "missed"), None) if first_page else None,
        "contacts": contacts,
        "consents": consents,
        "concerns": worries,
        "history": history,
        "reopened": reopened,
        "case": case,
        "closed": [one for one in cases if one["stage"] == "closed"],
        "referrals": referrals,
        "struck": struck,
        "strike_link": strikes.link,
        "agencies": agencies,
        "staff": await at.staff(),
        "may_open_case": may(at.me.role, "case.open") is not None,
        "may_say_pause": may(at.me.role, "plan.edit") is not None,
        "may_unseal": may(at.me.role, "sealed.read") is not None,
        "may_link": may(at.me.role, "partner_link.read") is not None,
        "may_refer": at.is_a(*CARE) and not person["died_at"] and not _said_no(person),
    }


async def _hold(at: Visit, case: Json | None) -> Json | None:
    """Return the pause of the plan, if it is paused."""
    if case is None or not case["plan_open"] or case["stage"] != "on_hold":
        return None
    return (await at.casework.get(f"/plans/{case['plan_id']}"))["hold"]


async def _appointment(at: Visit, referrals: list[Json]) -> Json | None:
    """Return the referral with the next appointment that is not over."""
    booked = await at.referrals.several(f"/referrals/{row['id']}" for row in referrals if row["state"] == "booked")
    ahead = [row for row in booked if row["appointment"] and instant(row["appointment"]["at"]) >= at.now]
    return min(ahead, key=lambda row: instant(row["appointment"]["at"]), default=None)


def _said_no(person: Json) -> bool:
    return bool(person["said_no"] and person["said_no"]["in_force"])


async def agency_names(at: Visit) -> dict[str, str]:
    """Return the names of all agencies by id; public data."""
    return {row["id"]: row["name"] for row in await at.referrals.every("/agencies", most=2000)}
