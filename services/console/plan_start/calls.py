"""Requests for starting a plan: previews, which change nothing, and then the start itself."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.plan_start.answers import ASKED, Answers
from services.console.referral.calls import Compose, myself, services_of, whom
from services.console.referral.meaning import meant, unsaid
from services.console.referral.view import OPEN
from services.console.referral.writing import told_by
from services.console.web.form import BadField, unfit
from services.console.web.visit import Visit
from shared.http.problems import Wrong


@dataclass(frozen=True)
class First:
    """One of the first referrals: the service, and what would be disclosed to it."""

    given: Compose
    body: dict[str, Any]

    @property
    def service(self) -> Any:
        return self.given.service

    @property
    def sentence(self) -> str:
        return str(self.body["told"]["need"])


async def firsts(at: Visit, answers: Answers, person: Json, *, asking: bool = False) -> list[First]:
    """Return the referrals that would be drafted. Raises Refused naming a field of each that is invalid.

    With `asking`, a closed service and a second open referral to the same service also need the worker's confirmation.
    """
    found, me = await services_of(at, answers.referred), await myself(at)
    made, wrong = list[First](), list[Wrong]()
    open_at = await referred(at, person) if asking else {}
    for service_id, service in found.items():
        if service is None:
            wrong.append(Wrong("q", "gone", "a service you chose is not in the directory any more; take it away"))
            continue
        given, form = Compose(person, service, [], None, me), answers.asked(service_id)
        try:
            first = First(given, {**told_by(form, given), **meant(form)})
            if message := unfit(first.sentence):
                raise BadField("told.need", message)
            made.append(first)
            unmeant = unsaid(form, service, again=service_id in open_at) if asking else []
            wrong += [replace(one, field=f"{ASKED}{service_id}.{one.field}") for one in unmeant]
        except BadField as bad:
            wrong += [replace(one, field=f"{ASKED}{service_id}.{one.field}") for one in bad.errors]
    if wrong:
        raise Refused.fields(wrong)
    return made


async def referred(at: Visit, person: Json) -> dict[str, Json]:
    """Return the person's open referrals by service."""
    found = await at.referrals.every("/referrals", person_id=person["id"], state=OPEN)
    return {row["service_id"]: row for row in found}


async def dates(at: Visit, answers: Answers) -> Json:
    """Return the dates of contacts and reviews that the plan would have. Raises Refused or BadField."""
    return await at.casework.get("/plans/preview", **answers.cadence)


async def steps(at: Visit, first: First) -> list[list[Json]]:
    """Return the steps that would follow if this referral was sent now and nobody answered.

    The steps are grouped by rule, the soonest rule first.
    """
    service = first.service
    asked = {"pathway": service["pathway"], "has_email": service["has_email"]}
    found = await at.referrals.get("/clocks/ahead", team_id=first.given.person["team_id"], **asked)
    rules: dict[str, list[Json]] = {}
    for step in found["steps"]:
        rules.setdefault(step["clock"], []).append(step)
    return list(rules.values())


async def case_of(at: Visit, person_id: UUID) -> Json:
    """Return the person's open case, or open one."""
    found = await at.casework.every("/cases", person_id=str(person_id))
    case = next((case for case in found if case["stage"] != "closed"), None)
    return case or await at.casework.post("/cases", {"person_id": str(person_id)}, key=at.once("case"))


async def open_plan_of(at: Visit, person_id: UUID | str) -> str | None:
    """Return the plan that runs in any of the person's cases; closed plans do not count."""
    found = await at.casework.every("/cases", person_id=str(person_id))
    return next((case["plan_id"] for case in found if case["plan_open"]), None)


@dataclass(frozen=True)
class NotKept:
    """Something that was refused after the plan had started, with what was written for it."""

    what: str
    why: str
    words: list[str]


async def write_draft(at: Visit, plan: Json, first: First) -> NotKept | None:
    """Create one draft on the plan. Return what was refused, if it was."""
    given = Compose(first.given.person, first.service, [], plan["id"], first.given.me)
    body = {**whom(given), "case_id": plan["case_id"], **first.body}
    try:
        await at.referrals.post("/referrals", body, key=at.once(f"referral-{first.service['id']}"))
    except Refused as refused:
        if not refused.kept_before:
            return NotKept(f"The referral to {first.service['name']}", refused.words, [first.sentence])
    return None
