"""Requests of the referral pages to the services, and sending at the version that was shown."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.console.backend.errors import Refused
from services.console.referral import saying, view
from services.console.referral.saying import Desk
from services.console.referral.view import Agreed, Json, Warning
from services.console.staff import service as staff
from services.console.web.visit import Visit

Sent = dict[str, Any]


@dataclass(frozen=True)
class Compose:
    """Everything needed to choose the words for one service."""

    person: Json
    service: Json
    consents: list[Sent]
    plan_id: str | None
    me: tuple[str, str]  # name that services see, and number, of the one who refers

    @property
    def warning(self) -> Warning:
        return view.warning(self.service)

    @property
    def stopped(self) -> str | None:
        """Return why nothing may be disclosed about this person at all, if so."""
        if self.person["died_at"]:
            return "This person has died. Nothing is sent."
        if self.person["said_no"] and self.person["said_no"]["in_force"]:
            return "This person said no to us. Nothing is sent until they come back."
        return None

    def agreed(self, told: Json | None, about: list[str]) -> Agreed:
        return view.agreed(told, about, self.consents, self.service["agency_id"])


async def compose(at: Visit, person_id: UUID | str, service_id: UUID | str, plan_id: str | None = None) -> Compose:
    """Return what is needed to compose a referral. Raises Refused with 404 when person or service is not found."""
    person, service, consents = await asyncio.gather(
        at.intake.get(f"/people/{person_id}"),
        at.referrals.get(f"/services/{service_id}"),
        at.intake.every(f"/people/{person_id}/consents"),
    )
    if plan_id is None and person["case_id"]:
        plan_id = await plan_of(at, person["case_id"])
    return Compose(person, service, consents, plan_id, await myself(at))


def whom(given: Compose) -> dict[str, Any]:
    """Return the person and the service of a draft, with the case and the plan."""
    body = {
        "person_id": given.person["id"],
        "team_id": given.person["team_id"],
        "service_id": given.service["id"],
        "case_id": given.person["case_id"],
        "plan_id": given.plan_id,
    }
    return {name: value for name, value in body.items() if value}


async def plan_of(at: Visit, case_id: str) -> str | None:
    """Return the plan that runs in this case, if one does."""
    try:
        case = await at.casework.get(f"/cases/{case_id}")
    except Refused:
        return None
    return case["plan_id"] if case["plan_open"] else None


async def myself(at: Visit) -> tuple[str, str]:
    """Return the name by which services see the worker (empty: none was chosen) and the worker's number."""
    async with at.transaction() as tx:
        found = await staff.colleagues(tx, at.me.teams)
    phone = next((one.phone for one in found if one.id == at.me.account_id), "")
    return (await at.referrals.get("/contact-name"))["name"] or "", phone


async def services_of(at: Visit, ids: Iterable[str]) -> dict[str, Sent | None]:
    """Return the services of the directory with these ids, in this order; None for one that is not found."""

    async def one(service_id: str) -> tuple[str, Sent | None]:
        try:
            return service_id, await at.referrals.get(f"/services/{service_id}")
        except Refused as refused:
            if refused.status == 404:
                return service_id, None
            raise

    return dict(await asyncio.gather(*(one(each) for each in ids)))


async def service_names(at: Visit, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of these services by id."""
    found = await services_of(at, set(ids))
    return {service_id: service["name"] if service else "A service" for service_id, service in found.items()}


async def desks(at: Visit, referral_ids: Iterable[str]) -> list[Desk]:
    """Return whom to ring about these referrals, and what each person's current consent allows to be said."""
    rows = await at.referrals.several(f"/referrals/{one}" for one in dict.fromkeys(referral_ids))
    people = sorted({row["person_id"] for row in rows})
    services, given = await asyncio.gather(
        services_of(at, {row["service_id"] for row in rows}),
        asyncio.gather(*(at.intake.every(f"/people/{one}/consents", most=200) for one in people)),
    )
    consents = dict(zip(people, given, strict=True))
    return saying.desks([saying.may_say(row, consents[row["person_id"]]) for row in rows], services)


async def answering(at: Visit) -> dict[str, str]:
    """Return how long each agency usually takes, by its id, from our own figures; empty when there are none."""
    try:
        rows = await at.casework.whole("/board/agencies")
    except Refused:
        return {}
    found = {row["agency_id"]: view.usually(row) for row in rows}
    return {agency: words for agency, words in found.items() if words}


# -- commands from a page that may be older than the record


class Changed(Exception):
    """Somebody else changed the referral first: `what` has happened since the page was made."""

    def __init__(self, referral: Sent, what: list[Json]) -> None:
        super().__init__("changed")
        self.referral, self.what = referral, what


Post = Callable[[int | None], Awaitable[Sent]]


async def on_what_was_seen(at: Visit, referral_id: UUID, post: Post) -> Sent:
    """Send a command for the version that the page showed; a change that came from a timed step alone is no conflict.

    Raises Changed when a person, the agency or intake was first.
    """
    seen = at.form.version
    try:
        return await post(seen)
    except Refused as refused:
        if refused.status != 412 or seen is None:
            raise
    referral = await at.referrals.get(f"/referrals/{referral_id}")
    what = view.changes(await at.referrals.every(f"/referrals/{referral_id}/history"), seen)
    if what:
        raise Changed(referral, what)
    return await post(referral["version"])


def address(path: str, **query: object) -> str:
    """Return an address with those parts of its query that have a value."""
    given = {name: str(value) for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
