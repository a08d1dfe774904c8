"""One plan: goals, who does what, what it waits for, its past and its future steps."""

import asyncio
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.board import commands, gather
from services.console.board.history import with_notes
from services.console.needs.pages import looks
from services.console.needs.view import left_out, lines
from services.console.needs.words import BEST, WORST
from services.console.plan import picture, words
from services.console.plots.scale import scale
from services.console.referral.calls import service_names
from services.console.web import casework_words as board_words
from services.console.web.form import BadField
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from services.console.web.words import instant
from shared.access.table import may

pages = Pages("/plans")


@pages.get("/{plan_id}", allow=READERS)
async def plan(at: Here, plan_id: UUID) -> Response:
    return await _page(at, plan_id)


@pages.post("/{plan_id}/goals", allow=CARE)
async def add_goal(at: Here, plan_id: UUID) -> Response:
    """Add a goal, in the person's own words."""
    try:
        await at.casework.post(f"/plans/{plan_id}/goals", {"words": at.form.text("words")}, key=at.once())
    except Refused as refused:
        return await _page(at, plan_id, refused, opened="goal")
    return at.go(f"/plans/{plan_id}#goals", said="Goal added. Next, add what you will do towards it.")


@pages.post("/{plan_id}/actions", allow=CARE)
async def add_action(at: Here, plan_id: UUID) -> Response:
    """Add an action: who does what, and until when."""
    try:
        day = at.form.day("by_when")
        goal = at.form.uuid("goal_id")
        body = {
            "what": at.form.text("what"),
            "whose": at.form.text("whose") or "worker",
            "by_when": day.isoformat() if day else None,
            "goal_id": str(goal) if goal else None,
        }
        await at.casework.post(f"/plans/{plan_id}/actions", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _page(at, plan_id, refused, opened="action")
    return at.go(f"/plans/{plan_id}#goals", said="It is on the plan.")


@pages.post("/{plan_id}/actions/{action_id}/done", allow=CARE)
async def tick(at: Here, plan_id: UUID, action_id: UUID) -> Response:
    """Mark an action as done, or as open again after a mistake."""
    done = at.form.ticked("done")
    try:
        await at.casework.post(f"/plans/{plan_id}/actions/{action_id}/done", {"done": done}, key=at.once())
    except Refused as refused:
        if refused.status == 404:
            raise
        return await _page(at, plan_id, refused)
    if done:
        return at.go(f"/plans/{plan_id}#goals", said="Noted: it is done. It stays on the plan.")
    return at.go(f"/plans/{plan_id}#goals", said="Reopened. It is to be done again.")


@pages.get("/{plan_id}/cadence", allow=CARE)
async def cadence_form(at: Here, plan_id: UUID) -> Response:
    return await _cadence(at, plan_id)


@pages.post("/{plan_id}/cadence", allow=CARE)
async def change_cadence(at: Here, plan_id: UUID) -> Response:
    """Change the phase or the interval of contacts; the dates are planned again."""
    try:
        days = at.form.number("cadence_days")
        if at.form.text("cadence_days") and days is None:
            raise BadField("cadence_days", "must be a whole number of days, for example 7")
        body = {"phase": at.form.text("phase"), "cadence_days": days}
        await at.casework.patch(f"/plans/{plan_id}", body, version=at.form.version)
    except (Refused, BadField) as refused:
        return await _cadence(at, plan_id, refused)
    return at.go(f"/plans/{plan_id}", said="The plan is changed.")


async def _page(at: Visit, plan_id: UUID, refused: Refused | BadField | None = None, *, opened: str = "") -> Response:
    """Show the plan; `opened` names the form that was refused."""
    found = await at.casework.get(f"/plans/{plan_id}")
    person, board, referrals, seen = await asyncio.gather(
        at.intake.get(f"/people/{found['person_id']}"),
        _on_the_board(at, plan_id),
        at.referrals.every("/referrals", person_id=found["person_id"]),
        looks(at, found["case_id"]),
    )
    row = board["row"] if board else None
    if row:  # the board is updated a moment later; the commands depend on the plan's current stage
        row |= {"stage": found["case_stage"], "closed": found["stage"] == "closed"}
    services, joined = await asyncio.gather(
        service_names(at, (one["service_id"] for one in referrals)), gather.joined(at, [row] if row else [])
    )
    needs, running = lines(seen), found["stage"] != "closed"
    ahead = board["ahead"] if board else []
    timeline, alone = with_notes(board["timeline"], board["notes"]) if board else ([], [])
    return at.page(
        "plan/plan.html",
        refused=refused,
        plan=found,
        person=person,
        row=row,
        notes=alone,
        timeline=timeline,
        way=picture.draw(found, ahead, late=bool(row and row["overdue"]), now=at.now),
        ahead=[{**item, "was_due": instant(item["at"]) < at.now} for item in ahead],
        commands=commands.offered(row, at.me.role) if row else [],
        of_plan=[one for one in referrals if one["plan_id"] == found["id"]],
        other_referrals=[one for one in referrals if one["plan_id"] != found["id"]],
        services=services,
        needs=needs,
        picture=scale("needs-plot", "Needs", BEST, WORST, [line.place for line in needs]),
        left_out=left_out(needs),
        towards=[("", "Nothing in particular"), *((goal["id"], goal["words"]) for goal in found["goals"])],
        opened=opened,
        joined=joined,
        words=words,
        board_words=board_words,
        may_edit=running and may(at.me.role, "plan.edit") is not None,
        may_reopen=not running and may(at.me.role, "plan.reopen") is not None,
        may_look=running and may(at.me.role, "needs_assessment.record") is not None,
        may_refer=running and at.is_a(*CARE),
    )


async def _on_the_board(at: Visit, plan_id: UUID) -> gather.Json | None:
    """Return the plan's row and timeline; None for a plan that began a moment ago."""
    try:
        return await at.casework.get(f"/board/{plan_id}")
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


async def _cadence(at: Visit, plan_id: UUID, refused: Refused | BadField | None = None) -> Response:
    found = await at.casework.get(f"/plans/{plan_id}")
    return at.page("plan/cadence.html", refused=refused, plan=found, words=words)
