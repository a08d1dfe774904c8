"""One row: why it waits, its past and future steps, and the commands a person may give."""

from typing import Any
from uuid import UUID, uuid4

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.board import commands, gather, view
from services.console.board.commands import Command
from services.console.board.figures import contact_plot, week_of
from services.console.board.history import with_notes
from services.console.web import casework_words
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from services.console.web.words import instant
from shared.access.roles import Role
from shared.access.table import may

pages = Pages("/board")

STEPPING_IN = frozenset({Role.WORKER, Role.SUPERVISOR})


@pages.get("/{row_id}", allow=READERS)
async def why(at: Here, row_id: UUID) -> Response:
    """Show in plain words why a row waits, with the rule's source, its past and its future steps."""
    found = await at.casework.get(f"/board/{row_id}")
    row = found["row"]
    weeks = await at.casework.whole(f"/board/{row_id}/contacts") if row["kind"] == "plan" else []
    joined = await gather.joined(at, [row])
    timeline, alone = with_notes(found["timeline"], found["notes"])
    return at.page(
        "board/row.html",
        weeks=[week_of(one) for one in weeks],
        contacts=contact_plot(weeks),
        row=row,
        card=view.card(row, joined),
        notes=alone,
        timeline=timeline,
        ahead=[{**item, "was_due": instant(item["at"]) < at.now} for item in found["ahead"]],
        commands=commands.offered(row, at.me.role),
        may_reopen=row["closed"] and row["kind"] == "plan" and may(at.me.role, "plan.reopen") is not None,
        joined=joined,
        words=casework_words,
    )


@pages.get("/{row_id}/act/{slug}", allow=STEPPING_IN)
async def ask(at: Here, row_id: UUID, slug: str) -> Response:
    """Show the form of one command."""
    command, found = await _command(at, row_id, slug)
    return await _form(at, command, found)


@pages.post("/{row_id}/act/{slug}", allow=STEPPING_IN)
async def act(at: Here, row_id: UUID, slug: str) -> Response:
    """Send the command, and show what casework answered."""
    command = _named(slug)
    try:
        answer = await at.casework.post(f"/board/{row_id}/commands", command.body(at.form), key=at.once())
    except BadField as wrong:
        return await _form(at, command, await at.casework.get(f"/board/{row_id}"), wrong)
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return await _form(at, command, await at.casework.get(f"/board/{row_id}"), refused)
    row = (await at.casework.get(f"/board/{row_id}"))["row"]
    joined = await gather.joined(at, [row])
    card = view.card(row, joined)
    came = _came(at, row_id, otherwise="/board")
    return at.page("board/done.html", command=command, answer=answer, row=row, card=card, words=casework_words, **came)


def _came(at: Visit, row_id: UUID, *, otherwise: str) -> dict[str, Any]:
    """Return the page that one came from, how it is called, and its name for an address."""
    if (came := at.query.get("back", "")) == "plan":
        return {"back": f"/plans/{row_id}", "back_text": "the plan", "came": came}
    back = at.came_from(otherwise)
    return {"back": back, "back_text": "Today" if back == "/today" else "the board", "came": at.back}


async def _command(at: Visit, row_id: UUID, slug: str) -> tuple[Command, Json]:
    command, found = _named(slug), await at.casework.get(f"/board/{row_id}")
    if not command.offered(found["row"], at.me.role):
        raise Refused(409, "This is not possible for it now.", [], {})
    return command, found


def _named(slug: str) -> Command:
    command = commands.named(slug)
    if command is None:
        raise HTTPException(404)
    return command


async def _form(at: Visit, command: Command, found: Json, refused: Refused | BadField | None = None) -> Response:
    joined = await gather.joined(at, [found["row"]])
    meanwhile = refused.body.get("meanwhile", []) if isinstance(refused, Refused) else []
    kept_before = isinstance(refused, Refused) and refused.kept_before
    # A change that the reader has not been shown has not been seen: a form refused for another reason keeps its time.
    seen_at = "" if meanwhile else at.form.text("seen_at")
    return at.page(
        "board/act.html",
        refused=refused,
        command=command,
        card=view.card(found["row"], joined),
        seen_at=seen_at or found["as_of"],
        meanwhile=meanwhile,
        joined=joined,
        words=casework_words,
        # After a refusal the next press needs a new key, or the stored refusal answers it. An accepted key stays.
        again=at.form.once if kept_before else uuid4(),
        **_came(at, UUID(found["row"]["id"]), otherwise=f"/board/{found['row']['id']}"),
    )
