"""What starting a plan asks of the services: looks ahead, which change nothing, and then the start itself."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.console.back.client import Json
from services.console.back.errors import Refused
from services.console.needs.pages import record
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
    """One of the first referrals: where to, and what its service would be told."""

    given: Compose
    body: dict[str, Any]

    @property
    def service(self) -> Any:
        return self.given.service

    @property
    def sentence(self) -> str:
        return str(self.body["told"]["need"])


async def firsts(at: Visit, answers: Answers, person: Json, *, asking: bool = False) -> list[First]:
    """The referrals that would be written. Raises Refused that names a field of each that cannot be.

    `asking`: also for a service that is closed, and for one more where one is open, unless that is meant.
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
    """What is open of this person already, by service."""
    found = await at.referrals.every("/referrals", person_id=person["id"], state=OPEN)
    return {row["service_id"]: row for row in found}


async def dates(at: Visit, answers: Answers) -> Json:
    """When we would see him and look at the plan. Raises Refused or BadField."""
    return await at.casework.get("/plans/preview", **answers.cadence)


async def steps(at: Visit, first: First) -> list[list[Json]]:
    """What we would do if this one was sent now and nobody answered: the steps of each rule, the soonest rule first."""
    service = first.service
    asked = {"pathway": service["pathway"], "has_email": service["has_email"]}
    found = await at.referrals.get("/clocks/ahead", team_id=first.given.person["team_id"], **asked)
    rules: dict[str, list[Json]] = {}
    for step in found["steps"]:
        rules.setdefault(step["clock"], []).append(step)
    return list(rules.values())


async def case_of(at: Visit, person_id: UUID) -> Json:
    """His open case; one is opened when there is none."""
    found = await at.casework.every("/cases", person_id=str(person_id))
    case = next((case for case in found if case["stage"] != "closed"), None)
    return case or await at.casework.post("/cases", {"person_id": str(person_id)}, key=at.once("case"))


async def open_plan_of(at: Visit, person_id: UUID | str) -> str | None:
    """The plan that runs, whichever case it is of: one that is closed leads nowhere."""
    found = await at.casework.every("/cases", person_id=str(person_id))
    return next((case["plan_id"] for case in found if case["plan_open"]), None)


@dataclass(frozen=True)
class NotKept:
    """Something that was refused after the plan had started, with what was written for it."""

    what: str
    why: str
    words: list[str]


async def keep_needs(at: Visit, case: Json, needs: dict[str, dict[str, Any]]) -> NotKept | None:
    """The look at his needs; what was refused, if it was."""
    try:
        await record(at, case["id"], needs, key=at.once("needs"))
    except Refused as refused:
        if not refused.kept_before:
            return NotKept("The look at his needs", refused.words, [one["sentence"] or "" for one in needs.values()])
    return None


async def write_draft(at: Visit, plan: Json, first: First) -> NotKept | None:
    """One draft on the plan; what was refused, if it was."""
    given = Compose(first.given.person, first.service, [], plan["id"], first.given.me)
    body = {**whom(given), "case_id": plan["case_id"], **first.body}
    try:
        await at.referrals.post("/referrals", body, key=at.once(f"referral-{first.service['id']}"))
    except Refused as refused:
        if not refused.kept_before:
            return NotKept(f"The referral to {first.service['name']}", refused.words, [first.sentence])
    return None
