"""What the referral pages ask of the services, and how they send."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.console.back.errors import Refused
from services.console.referral import saying, view
from services.console.referral.saying import Desk
from services.console.referral.view import Agreed, Json, Warning
from services.console.staff import service as staff
from services.console.web.visit import Visit

Sent = dict[str, Any]


@dataclass(frozen=True)
class Compose:
    """Everything that choosing the words for one service needs."""

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
        """Why nobody may be told of him at all."""
        if self.person["died_at"]:
            return "He has died. Nothing is sent any more."
        if self.person["said_no"] and self.person["said_no"]["in_force"]:
            return "He said no to us. Nothing is sent while that holds."
        return None

    def agreed(self, told: Json | None, about: list[str]) -> Agreed:
        return view.agreed(told, about, self.consents, self.service["agency_id"])


async def compose(at: Visit, person_id: UUID | str, service_id: UUID | str, plan_id: str | None = None) -> Compose:
    """404 when either is not ours."""
    person, service, consents = await asyncio.gather(
        at.intake.get(f"/people/{person_id}"),
        at.referrals.get(f"/services/{service_id}"),
        at.intake.every(f"/people/{person_id}/consents"),
    )
    if plan_id is None and person["case_id"]:
        plan_id = await plan_of(at, person["case_id"])
    return Compose(person, service, consents, plan_id, await myself(at))


def whom(given: Compose) -> dict[str, Any]:
    """Whose referral a draft is, and where to."""
    body = {
        "person_id": given.person["id"],
        "team_id": given.person["team_id"],
        "service_id": given.service["id"],
        "case_id": given.person["case_id"],
        "plan_id": given.plan_id,
    }
    return {name: value for name, value in body.items() if value}


async def plan_of(at: Visit, case_id: str) -> str | None:
    """The plan that runs in this case."""
    try:
        case = await at.casework.get(f"/cases/{case_id}")
    except Refused:
        return None
    return case["plan_id"] if case["plan_open"] else None


async def myself(at: Visit) -> tuple[str, str]:
    """The name by which services see the worker (empty: none was chosen) and their number."""
    async with at.transaction() as tx:
        found = await staff.colleagues(tx, at.me.teams)
    phone = next((one.phone for one in found if one.id == at.me.account_id), "")
    return (await at.referrals.get("/contact-name"))["name"] or "", phone


async def services_of(at: Visit, ids: Iterable[str]) -> dict[str, Sent | None]:
    """The services of the directory with these ids, in this order; None where there is none (any more)."""

    async def one(service_id: str) -> tuple[str, Sent | None]:
        try:
            return service_id, await at.referrals.get(f"/services/{service_id}")
        except Refused as refused:
            if refused.status == 404:
                return service_id, None
            raise

    return dict(await asyncio.gather(*(one(each) for each in ids)))


async def service_names(at: Visit, ids: Iterable[str]) -> dict[str, str]:
    """Names of these services by id."""
    found = await services_of(at, set(ids))
    return {service_id: service["name"] if service else "A service" for service_id, service in found.items()}


async def desks(at: Visit, referral_ids: Iterable[str]) -> list[Desk]:
    """Whom to ring about these referrals, and what may be said of each by what he agrees to at this moment."""
    rows = await at.referrals.several(f"/referrals/{one}" for one in dict.fromkeys(referral_ids))
    people = sorted({row["person_id"] for row in rows})
    services, given = await asyncio.gather(
        services_of(at, {row["service_id"] for row in rows}),
        asyncio.gather(*(at.intake.every(f"/people/{one}/consents", most=200) for one in people)),
    )
    consents = dict(zip(people, given, strict=True))
    return saying.desks([saying.may_say(row, consents[row["person_id"]]) for row in rows], services)


async def answering(at: Visit) -> dict[str, str]:
    """How long each agency usually takes, by its id: our own figures, and nothing where there are none."""
    try:
        rows = await at.casework.whole("/board/agencies")
    except Refused:
        return {}
    found = {row["agency_id"]: view.usually(row["median_days_to_answer"]) for row in rows}
    return {agency: words for agency, words in found.items() if words}


# -- sending what was decided on a page that may be older than what it shows


class Changed(Exception):
    """Somebody was first: `what` is what happened since the page was made."""

    def __init__(self, referral: Sent, what: list[Json]) -> None:
        super().__init__("changed")
        self.referral, self.what = referral, what


Post = Callable[[int | None], Awaitable[Sent]]


async def on_what_was_seen(at: Visit, referral_id: UUID, post: Post) -> Sent:
    """Do it on the version that the page showed. A step that came by itself meanwhile is no reason to ask again.

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
    """An address with what of its query is given."""
    given = {name: str(value) for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
