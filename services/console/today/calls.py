"""Requests to the services for the page of a day, as concurrent as they can be."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from services.console.backend.client import Json
from services.console.referral import calls as referral_calls
from services.console.referral.saying import Desk
from services.console.task.cards import Card, items_of
from services.console.today.view import Day, Rows, build_day
from services.console.web.visit import Visit

MOST_TASKS = 400


async def fetch_day(at: Visit, concerns: list[Json]) -> Day:
    """Return the day of the signed-in worker; `concerns` are those that nobody has told the lead of."""
    tasks, cases, board = await asyncio.gather(
        at.casework.every("/tasks", mine=True, most=MOST_TASKS),
        at.casework.every("/cases", mine=True, most=200),
        at.casework.every("/board", kind="referral", worker=str(at.me.account_id), most=500),
    )
    people = {one for task in tasks for item in items_of(task) if (one := item.person_id)}
    people |= {case["person_id"] for case in cases}
    plans, (last, usual), referrals = await asyncio.gather(
        at.casework.several(f"/plans/{case['plan_id']}" for case in cases if case["plan_open"]),
        last_contacts(at, people),
        at.referrals.several(f"/referrals/{row['id']}" for row in board if row["stage"] == "booked"),
    )
    now = at.now
    appointments = {row["person_id"]: _appointment(row, now) for row in _by_time(referrals)}
    return build_day(Rows(tasks, plans, last, appointments, board, concerns, usual), now)


def _appointment(referral: Json, now: datetime) -> Json:
    """Return the appointment with the referral it belongs to, and whether its time has passed."""
    found = referral["appointment"]
    return {**found, "referral_id": referral["id"], "over": datetime.fromisoformat(found["at"]) < now}


def _by_time(referrals: list[Json]) -> list[Json]:
    """Return the referrals with an appointment, the next one last, so that it is the one kept for each person."""
    booked = [row for row in referrals if row["appointment"]]
    return sorted(booked, key=lambda row: row["appointment"]["at"], reverse=True)


async def last_contacts(at: Visit, people: Iterable[str]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return by person when, where and by whom they were last met, spoken to or sighted; and where they usually are."""
    ids = sorted(people)[:500]
    found = await at.intake.post("/people/last-contacts", {"ids": ids}) if ids else {"items": [], "usual": []}
    last, usual = ({row["person_id"]: row for row in found[name]} for name in ("items", "usual"))
    return last, usual


async def desks(at: Visit, cards: Iterable[Card]) -> dict[str, list[Desk]]:
    """Return by card the numbers to ring, and what may be said there."""
    calls = [card for card in cards if card.key.startswith("service-")]
    found = await asyncio.gather(*(referral_calls.desks(at, card.referral_ids) for card in calls))
    return {card.key: each for card, each in zip(calls, found, strict=True)}
