"""What the page of a day asks the services for: at once what can be asked at once."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.console.back.client import Json
from services.console.back.errors import Refused
from services.console.referral.view import newest
from services.console.today.view import Call, Day, Rows, day
from services.console.web.visit import Visit

MOST_TASKS = 400


@dataclass(frozen=True)
class Spoken:
    """One referral of a call: what it is, and what may be said about it."""

    referral: Json
    standing: str  # live, expired, withdrawn, none
    may_tell: list[str]
    may_tell_us: list[str]


async def of_today(at: Visit) -> Day:
    """The day of whoever is signed in."""
    tasks, cases, board = await asyncio.gather(
        at.casework.every("/tasks", mine=True, most=MOST_TASKS),
        at.casework.every("/cases", mine=True, most=200),
        at.casework.every("/board", kind="referral", worker=str(at.me.account_id), most=500),
    )
    people = {task["person_id"] for task in tasks if task["person_id"]} | {case["person_id"] for case in cases}
    plans, last, referrals = await asyncio.gather(
        _each(at, "casework", (f"/plans/{case['plan_id']}" for case in cases if case["plan_id"])),
        last_contacts(at, people),
        _each(at, "referrals", (f"/referrals/{row['id']}" for row in board if row["stage"] == "booked")),
    )
    now = at.now
    appointments = {row["person_id"]: _appointment(row, now) for row in _by_time(referrals)}
    return day(Rows(tasks, plans, last, appointments, board), now)


def _appointment(referral: Json, now: datetime) -> Json:
    """The appointment with the referral it belongs to, and whether its hour has passed."""
    found = referral["appointment"]
    return {**found, "referral_id": referral["id"], "over": datetime.fromisoformat(found["at"]) < now}


def _by_time(referrals: list[Json]) -> list[Json]:
    """Those with an appointment, the next one last: it is the one that stays."""
    booked = [row for row in referrals if row["appointment"]]
    return sorted(booked, key=lambda row: row["appointment"]["at"], reverse=True)


async def last_contacts(at: Visit, people: Iterable[str]) -> dict[str, Json]:
    """When, where and by whom each was last met, spoken to or sighted."""
    ids = sorted(people)[:500]
    found = await at.intake.post("/people/last-contacts", {"ids": ids}) if ids else {"items": []}
    return {row["person_id"]: row for row in found["items"]}


async def agencies(at: Visit, calls: Iterable[Call]) -> dict[str, Json]:
    """The agencies to ring."""
    found = await _each(at, "referrals", (f"/agencies/{call.agency_id}" for call in calls))
    return {row["id"]: row for row in found}


async def numbers(at: Visit, spoken: Iterable["Spoken"]) -> dict[str, str]:
    """The number to ring, by agency: of the service he was referred to, from the directory and nowhere else."""
    ids = sorted({one.referral["service_id"] for one in spoken})
    found = await _each(at, "referrals", (f"/services/{one}" for one in ids))
    return {row["agency_id"]: row["phone"] for row in found if row["phone"]}


async def spoken(at: Visit, calls: Iterable[Call]) -> dict[str, Spoken]:
    """By referral: what may be said about it in a call, by what he agrees to at this moment."""
    wanted = {one for call in calls for one in call.referral_ids}
    rows = await _each(at, "referrals", (f"/referrals/{one}" for one in sorted(wanted)))
    people = sorted({row["person_id"] for row in rows})
    given = await asyncio.gather(*(at.intake.every(f"/people/{one}/consents", most=200) for one in people))
    consents = dict(zip(people, given, strict=True))
    return {row["id"]: may_say(row, consents[row["person_id"]]) for row in rows}


def may_say(referral: Json, consents: list[Json]) -> Spoken:
    """What may be said about one referral, by what he said last."""
    own = [one for one in consents if one["agency_id"] == referral["agency_id"]]
    living = newest(own, referral["agency_id"])
    if living is not None:
        return Spoken(referral, "live", sorted(living["may_tell"]), sorted(living["may_tell_us"]))
    if any(one["withdrawn_at"] is None for one in own):
        return Spoken(referral, "expired", [], [])
    return Spoken(referral, "withdrawn" if own else "none", [], [])


async def _each(at: Visit, service: str, paths: Iterable[str]) -> list[Json]:
    """Several things at once; what has gone meanwhile is left out."""

    async def one(path: str) -> Any:
        try:
            return await getattr(at, service).get(path)
        except Refused:
            return None

    return [row for row in await asyncio.gather(*map(one, paths)) if row is not None]
