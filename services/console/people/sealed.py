"""Why we reached out, and who referred the person. Sealed: only this page shows it, and only to somebody who presses.

Opening is a POST: no address shows it, going back or reloading does not, and nothing opens it by itself. The fields of
this form are in no error page either (`fields.sealed`).
"""

from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.people import words
from services.console.people.asking import changed_meanwhile
from services.console.web.pages import Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.access.table import may

sealed = Pages("/people")

READ = frozenset(role for role in Role if may(role, "sealed.read") is not None)


@sealed.get("/{person_id}/sealed", allow=READ)
async def closed(at: Here, person_id: UUID) -> Response:
    """Show the sealed page. It looks the same whatever it holds, or when it holds nothing."""
    return at.page("people/sealed.html", person=await at.intake.get(f"/people/{person_id}"))


@sealed.post("/{person_id}/sealed", allow=READ)
async def opened(at: Here, person_id: UUID) -> Response:
    """Show the sealed facts, which records a read by whoever pressed."""
    return await _open(at, person_id)


@sealed.post("/{person_id}/sealed/change", allow=READ)
async def changed(at: Here, person_id: UUID) -> Response:
    body = {
        "reasons": at.form.all("reasons"),
        "other_reason": at.form.optional("other_reason"),
        "source": at.form.optional("source"),
    }
    try:
        await at.intake.put(f"/people/{person_id}/sealed", body, version=at.form.version)
    except Refused as refused:
        return await _open(at, person_id, refused)
    return at.go(f"/people/{person_id}", said="Saved. We record each time that somebody opens it.")


async def _open(at: Visit, person_id: UUID, refused: Refused | None = None) -> Response:
    path = f"/people/{person_id}"
    person = await at.intake.get(path)
    facts = await at.intake.get(f"{path}/sealed")
    stale = changed_meanwhile(refused)
    return at.page(
        "people/sealed_open.html",
        refused=refused,
        fresh=refused is None or stale,
        person=person,
        facts=facts,
        words=words,
        wrote=at.form.written() if stale else [],
    )
