"""Saying that something is done, and taking that back, on the page one came from."""

from typing import Any, Final, LiteralString
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.task import words
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit
from shared.http.problems import Problem, not_found

pages = Pages("/tasks")

MOST_AT_ONCE = 50
# What the buttons of `task/parts.html` send, in casework's words.
HOW: Final = frozenset({"done", "otherwise", "not_needed"})
# A fixed phrase, because a cookie carries it: the page that it leads to shows by name what is left.
PARTLY: LiteralString = "Only part of this was done. What was not is still below, or no longer owed."


@pages.post("/done", allow=CARE)
async def done(at: Here) -> Response:
    """Record everything of one press as done, and lead back to where it can be undone."""
    parts = read(at.form.all("task"))
    how = at.form.text("why")
    ended = list[str]()
    said: LiteralString | None = None
    refusal: Refused | None = None
    for task, referral in parts:
        try:
            found = await at.casework.post(
                f"/tasks/{task}/done",
                _body(referral_id=referral, why=how if how in HOW else None),
                key=at.once(_step(task, referral)),
            )
        except Refused as refused:
            if refused.status not in (404, 409):
                raise
            # The rest of the press holds: what is gone, or was changed meanwhile, does not keep it back.
            refusal = refusal or refused
            continue
        ended.append(_part(task, referral))
        said = said or words.of((found["late"] or found)["kind"]).said
    if refusal is not None and not ended:
        return at.page("task/not_done.html", refused=refusal, back=at.came_from("/today"))
    return at.go(f"{at.came_from('/today')}?done={','.join(ended)}", said=PARTLY if refusal is not None else said)


@pages.post("/undone", allow=CARE)
async def undone(at: Here) -> Response:
    """Put everything of one press back, each with its own day. What was done some time ago needs a reason."""
    parts = read(at.form.all("task"))
    try:
        for task, referral in parts:
            body = _body(referral_id=referral, why=at.form.optional("why"))
            await at.casework.post(f"/tasks/{task}/undone", body, key=at.once(_step(task, referral)))
    except Refused as refused:
        if refused.status not in (404, 409, 422):
            raise
        shown = [_part(*one) for one in parts]
        return at.page("task/undo.html", refused=refused, fresh=True, tasks=shown, back=at.came_from("/today"))
    return at.go(at.came_from("/today"), said="Undone. It is owed again, by its own day.")


def read(given: list[str]) -> list[tuple[UUID, UUID | None]]:
    """Return tasks, and the one referral of each that is meant, from a form or an address. Raises 404 for others."""
    return [_read(one) for one in dict.fromkeys(given[:MOST_AT_ONCE])]


def _read(one: str) -> tuple[UUID, UUID | None]:
    task, _, referral = one.partition(":")
    try:
        return UUID(task), UUID(referral) if referral else None
    except ValueError:
        raise not_found() from None


def _part(task: UUID, referral: UUID | None) -> str:
    return f"{task}:{referral}" if referral else str(task)


def _step(task: UUID, referral: UUID | None) -> str:
    return f"{task}-{referral}" if referral else str(task)


def _body(**given: Any) -> dict[str, Any]:
    return {name: str(value) for name, value in given.items() if value}


def to_undo(at: Visit) -> list[str]:
    """Return what was just done, from the address that the press led to; nothing for an address of somebody's own."""
    given = at.query.get("done", "")
    try:
        return [_part(*one) for one in read(given.split(","))] if given else []
    except Problem:
        return []
