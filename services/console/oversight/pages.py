"""Reading what was decided or disclosed without the person's consent, and recording whether the reader agrees."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.oversight import words
from services.console.people import calls
from services.console.people import words as of_people
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.access.table import may

pages = Pages("/oversight")

GIVERS = frozenset(role for role in Role if may(role, "oversight.give") is not None)
MOST = 200


@pages.get("/{oversight_id}", allow=READERS)
async def read(at: Here, oversight_id: UUID) -> Response:
    """Show the decision or disclosure, by whom and why, and the opinion on it."""
    return await _shown(at, oversight_id)


@pages.post("/{oversight_id}/word", allow=GIVERS)
async def word(at: Here, oversight_id: UUID) -> Response:
    """Record that a decision or disclosure has been read, and whether the reader agrees."""
    try:
        agrees = at.form.text("agrees")
        if agrees not in ("yes", "no"):
            raise BadField("agrees", "choose one")
        body = {"agrees": agrees == "yes", "why": at.form.optional("why")}
        await at.intake.post(f"/oversight/{oversight_id}/word", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _shown(at, oversight_id, refused)
    return at.go("/today", said="Saved. Your word stands on the record, and it is off your list.")


async def _shown(at: Visit, oversight_id: UUID, refused: Refused | BadField | None = None) -> Response:
    told = await at.intake.get(f"/oversight/{oversight_id}")
    path = f"/people/{told['person_id']}"
    person, agencies, staff, found = await asyncio.gather(
        at.intake.get(path), calls.agency_names(at), at.staff(), _what(at, path, told)
    )
    asked = told["reviewed_at"] is None and at.me.role == told["for_role"] and told["by"] != str(at.me.account_id)
    return at.page(
        "oversight/oversight.html",
        refused=refused,
        told=told,
        person=person,
        agencies=agencies,
        staff=staff,
        asked=asked,
        words=words,
        of_people=of_people,
        **found,
    )


async def _what(at: Visit, path: str, told: Json) -> dict[str, Any]:
    """Return the decision and its disclosures, or the record by which a no was opened."""
    if told["what"] == "no_opened":
        lines = await at.intake.whole(f"{path}/history")
        opened = [one for one in lines if one["what"] == "came_back" and one["by"] == told["by"] and one["words"]]
        return {"basis": None, "disclosures": [], "opened": opened[:1]}
    bases, disclosures = await asyncio.gather(
        at.intake.every(f"{path}/legal-bases", most=MOST), at.intake.every(f"{path}/disclosures", most=MOST)
    )
    basis = next((one for one in bases if one["id"] == told["basis_id"]), None)
    on_it = [
        one for one in disclosures if one["id"] == told["record_id"] or (basis and one["legal_basis_id"] == basis["id"])
    ]
    return {"basis": basis, "disclosures": on_it, "opened": []}
