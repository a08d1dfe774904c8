"""What must be confirmed before another referral is written: to a closed service, or beside an open one.

The page shows it before asking, and asks again when the API finds it first.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from services.console.backend.errors import Refused
from services.console.referral.view import OPEN, Json
from services.console.web.form import BadField, Form
from services.console.web.visit import Visit
from shared.http.problems import Wrong

_ASKED = {
    "open_already": Wrong("again_because", "open_already", "say why, or open the referral that is there"),
    "service_closed": Wrong("although_closed", "service_closed", "tick this, or choose another service"),
}


@dataclass(frozen=True)
class OpenThere:
    """The open referral of this person to this service: since when, and who wrote it."""

    referral: Json
    at: str
    by: str


async def open_there(at: Visit, person: Json, service: Json) -> OpenThere | None:
    """Return the first open referral to this service, of the person's own team, if there is one."""
    wanted = {"person_id": person["id"], "service_id": service["id"]}
    found = await at.referrals.get("/referrals", **wanted, state=OPEN, limit=20)
    rows = [row for row in found["items"] if row["team_id"] == person["team_id"]]
    if not rows:
        return None
    first = min(rows, key=lambda row: str(row["id"]))
    history, staff = await asyncio.gather(at.referrals.every(f"/referrals/{first['id']}/history"), at.staff())
    written = min(history, key=lambda line: int(line["version"]), default=None)
    if written is None:
        return OpenThere(first, str(first["since"]), "somebody")
    by = "you" if written["by"] == str(at.me.account_id) else staff[written["by"]]
    return OpenThere(first, str(written["occurred_at"]), by)


def meant(form: Form) -> dict[str, Any]:
    """Return the confirmations of a form, as the API accepts them."""
    because = form.optional("again_because")
    closed = {"although_closed": True} if form.ticked("although_closed") else {}
    return {**({"again_because": because} if because else {}), **closed}


def unsaid(form: Form, service: Json, *, again: bool) -> list[Wrong]:
    """Return the confirmations still missing, before the API is called."""
    said = meant(form)
    closed = [_ASKED["service_closed"]] if service["closed"] and "although_closed" not in said else []
    return [*closed, *([_ASKED["open_already"]] if again and "again_because" not in said else [])]


def asked(refused: Refused | BadField) -> Refused | BadField:
    """Return the API's refusal as an error of the field that answers it."""
    wrong = _ASKED.get(refused.rule or "") if isinstance(refused, Refused) else None
    return refused if wrong is None else Refused.field(wrong)
