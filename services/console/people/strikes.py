"""Records struck as a mistake: one page for a contact, a concern, a no and a death, with the reason."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.console.backend.client import Json
from services.console.people import words
from services.console.people.asking import form
from services.console.web.form import BadField
from services.console.web.pages import Pages
from services.console.web.visit import Visit
from shared.access.roles import Role
from shared.db.client_ids import own
from shared.http.problems import not_found

strikes = Pages("/people")

REPLACED = "Put right by who wrote it, and recorded again."
_OVERSIGHT = (Role.SUPERVISOR, Role.GUARDIAN)


def link(at: Visit, person: Json, record: str, row: Json | None = None) -> str | None:
    """Return the address where this record is struck; None when the reader may not strike it."""
    if record == "death":
        may = at.is_a(*_OVERSIGHT)
    elif row is None:
        # The file does not name who recorded a no; intake decides whose it was.
        may = True
    else:
        may = at.is_a(Role.SUPERVISOR) or row["by"] == str(at.me.account_id)
    asked = {"record": record, **({"id": row["id"]} if row else {})}
    return f"/people/{person['id']}/strike?{urlencode(asked)}" if may else None


async def replaced(at: Visit, path: str, record: str) -> None:
    """Strike what this form recorded first, once its corrected version is recorded."""
    if (first := at.form.replaces) is None:
        return
    # The id of the first record was derived from the form's first key.
    team = UUID((await at.intake.get(path))["team_id"])
    body = {"record": record, "record_id": str(own(record, team, first)), "why": REPLACED}
    await at.intake.post(f"{path}/strikes", body, key=at.once("strike"))


async def _what(at: Visit, path: str) -> dict[str, Any]:
    """Return which record is meant, from the address or from the form that was sent."""
    asked = at.form if at.posted else None
    record = asked.text("record") if asked else at.query.get("record", "")
    if record not in words.STRUCK:
        raise not_found()
    return {"record": record, "record_id": asked.text("record_id") if asked else at.query.get("id", "")}


@form(strikes, "/strike", "strike", said="It is struck. What it had caused is counted again or put back.", more=_what)
async def strike(at: Visit, path: str) -> None:
    """Strike a record: its trace stays, and its text is shown to nobody any more."""
    why = at.form.optional("why")
    if why is None:
        raise BadField("why", "say why it was a mistake")
    body = {"record": at.form.text("record"), "record_id": at.form.optional("record_id"), "why": why}
    await at.intake.post(f"{path}/strikes", body, key=at.once())
