"""Starting a case plan: goals and how often we meet, first referrals, then a preview of what will run.

Every page but the first is the answer to a POST, so that none of the person's words stands in an address. Each form
carries the answers of all steps; nothing is stored before the last press.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.plan.words import PHASES
from services.console.plan_start import calls
from services.console.plan_start.answers import MAY_BE_SKIPPED, STEPS, Answers, Step, named, step_of
from services.console.plan_start.choosing import choosing
from services.console.referral.picture import rung
from services.console.web.casework_words import step as step_words
from services.console.web.form import BadField
from services.console.web.pages import Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role

pages = Pages("/plan-start")

STARTS = frozenset({Role.WORKER, Role.SUPERVISOR})


@pages.get(allow=STARTS)
async def begin(at: Here) -> Response:
    """Show the first step, or go to the plan of a person who has an open one."""
    person = await at.intake.get(f"/people/{_person(at.query.get('person'))}")
    if plan_id := await calls.open_plan_of(at, person["id"]):
        return at.go(f"/plans/{plan_id}")
    return await _show(at, STEPS[0], Answers.read(at.form), person=person)


@pages.get("/step", allow=STARTS)
async def again(at: Here) -> Response:
    """Go to the list of people when somebody loads the address of a page that is the answer to a POST."""
    return at.go("/people")


@pages.post("/step", allow=STARTS)
async def walk(at: Here) -> Response:
    """Show the next, the previous or a named step, or skip one; every page carries all that was typed."""
    here, to = named(at.form.text("step")) or STEPS[0], at.form.text("to")
    answers = Answers.read(at.form)
    if here == "referrals" and not to:
        return await _choose(at, answers)
    if to == "back":
        return await _show(at, STEPS[max(STEPS.index(here) - 1, 0)], answers)
    if there := named(to):
        return await _show(at, there, answers)
    if to == "skip" and here in MAY_BE_SKIPPED:
        answers = answers.skipping(here)
    else:
        answers = answers.taking(here)
        try:
            await _check(at, here, answers)
        except (Refused, BadField) as refused:
            return await _show(at, here, answers, refused)
    return await _show(at, STEPS[min(STEPS.index(here) + 1, len(STEPS) - 1)], answers)


@pages.post(allow=STARTS)
async def start(at: Here) -> Response:
    """Open a case if there is none, start its plan and create the drafts.

    Pressed twice, each of these exists once; nothing is sent.
    """
    answers, person_id = Answers.read(at.form), _person(at.form.text("person"))
    person = await at.intake.get(f"/people/{person_id}")
    try:
        goals, cadence = answers.goals, answers.cadence
        firsts = await calls.firsts(at, answers, person)
        case = await calls.case_of(at, person_id)
        if case["stage"] == "waiting":
            return at.page("plan_start/waiting.html", person=person, kept=[*at.form.items()])
        plan = await at.casework.post(f"/cases/{case['id']}/plan", {"goals": goals, **cadence}, key=at.once("plan"))
    except (Refused, BadField) as refused:
        if isinstance(refused, Refused) and refused.kept_before:
            return await _runs_already(at, person_id)
        return await _show(at, step_of(refused), answers, refused, person=person)
    written = [await calls.write_draft(at, plan, first) for first in firsts]
    if not_kept := [one for one in written if one]:
        return at.page("plan_start/started.html", person=person, plan=plan, not_kept=not_kept)
    if firsts:
        said = "The plan has started. Nothing has left yet: look at each referral before you send it."
        return at.go(f"/plans/{plan['id']}", said=said)
    return at.go(f"/plans/{plan['id']}", said="The plan has started.")


async def _runs_already(at: Visit, person_id: UUID) -> Response:
    """Go to the plan that an earlier version of this form has started."""
    plan_id = await calls.open_plan_of(at, person_id)
    to = f"/plans/{plan_id}" if plan_id else f"/people/{person_id}"
    return at.go(to, said="The plan was started before. What you changed since is not in it.")


def _person(given: str | None) -> UUID:
    try:
        return UUID(given or "")
    except ValueError:
        raise HTTPException(404) from None


async def _check(at: Visit, here: Step, answers: Answers) -> None:
    """Raise Refused or BadField for what is wrong with the answers of one step."""
    match here:
        case "goals":
            _ = answers.goals
            await calls.dates(at, answers)
        case "referrals":
            person = await at.intake.get(f"/people/{_person(at.form.text('person'))}")
            await calls.firsts(at, answers, person, asking=True)
        case "preview":
            pass


async def _choose(at: Visit, answers: Answers) -> Response:
    """Add or remove one service, or show another search."""
    try:
        answers = answers.adding(at.form.text("add")).dropping(at.form.text("drop"))
    except BadField as refused:
        return await _show(at, "referrals", answers, refused)
    return await _show(at, "referrals", answers)


async def _show(
    at: Visit, step: Step, answers: Answers, refused: Refused | BadField | None = None, *, person: Any = None
) -> Response:
    """Show the page of one step; in place of the preview, the first step whose answers are incomplete."""
    person = person or await at.intake.get(f"/people/{_person(at.form.text('person'))}")
    more: dict[str, Any] = {}
    if step == "preview":
        try:
            more = await _ahead(at, answers, person)
        except (Refused, BadField) as wrong:
            step, refused = step_of(wrong), refused or wrong
            if step == "preview":
                raise
    if step == "referrals":
        more = await choosing(at, answers, person)
    return at.page(
        f"plan_start/{step}.html",
        refused=refused,
        person=person,
        step=step,
        number=STEPS.index(step) + 1,
        last=len(STEPS),
        carried=answers.carried(step),
        phases=PHASES,
        **more,
    )


async def _ahead(at: Visit, answers: Answers, person: Any) -> dict[str, Any]:
    """Return what will run. Raises Refused or BadField for the first invalid answer."""
    goals = answers.goals
    dates, firsts = await asyncio.gather(calls.dates(at, answers), calls.firsts(at, answers, person))
    steps = await asyncio.gather(*(calls.steps(at, first) for first in firsts))
    both = [*zip(firsts, steps, strict=True)]
    return {
        "goals": goals,
        "dates": dates,
        "soon": soon(dates["items"], both),
        "contacts": [item["at"] for item in dates["items"] if item["what"] == "contact"],
        "together": [item for item in dates["items"] if item["what"] != "contact"],
        "firsts": both,
        "step_words": step_words,
        "rung": rung,
    }


def soon(
    dates: Sequence[Json], firsts: Sequence[tuple[calls.First, Sequence[Sequence[Json]]]]
) -> list[tuple[str, str]]:
    """Return the three dates that a reader needs, in order: a contact, a look at the plan, a service that is silent.

    Without a referral the third is the contact after the first.
    """
    contacts = [(item["at"], "contact") for item in dates if item["what"] == "contact"]
    together = [(item["at"], step_words(item["what"], "plan")) for item in dates if item["what"] != "contact"]
    silent = [
        (
            step["at"],
            f"if {first.service['name']} does not reply: {_lower(rung(step['action'], step['whose'] == 'agency'))}",
        )
        for first, clocks in firsts
        for clock in clocks
        for step in clock
    ]
    found = [*contacts[:1], *together[:1], *sorted(silent)[:1]]
    return sorted([*found, *contacts[1 : 1 + 3 - len(found)]])


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
