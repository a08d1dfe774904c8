"""The two routes of a form about one person: GET shows the form, POST sends it, and a refused form is shown again."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.people import words
from services.console.web.form import BadField, Form
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role

Do = Callable[[Visit, str], Awaitable[object]]
"""Sends the form to intake, for the path of this person. Raises BadField, or Refused as intake answers."""

More = Callable[[Visit, str], Awaitable[dict[str, Any]]]
"""Returns what the template needs beside the person."""


def changed_meanwhile(refused: Refused | BadField | None) -> bool:
    """Return whether somebody else changed the record first.

    The form then shows the current values beside what was written, so that nobody overwrites an unseen change.
    """
    return isinstance(refused, Refused) and refused.status == 412


def form(
    pages: Pages,
    path: str,
    template: str,
    *,
    said: LiteralString,
    asked_at: str = "",
    leads_to: str = "",
    more: More | None = None,
    allow: Iterable[Role] = READERS,
) -> Callable[[Do], Do]:
    """Decorate a function as the POST of `/people/{person_id}` + `path`, and add the GET of its form.

    The GET is at `asked_at`, or at the same path without it. `leads_to` is the address after success, below the
    person's file.
    """
    roles = frozenset(allow)

    async def show(at: Visit, person_id: UUID, refused: Refused | BadField | None = None) -> Response:
        person_path = f"/people/{person_id}"
        # Requested before the rest: a reader who may not see this person gets nothing from the other requests.
        person = await at.intake.get(person_path)
        context = await more(at, person_path) if more else {}
        stale = changed_meanwhile(refused)
        wrote = at.form.written() if stale else []
        return at.page(
            f"people/{template}.html", refused=refused, fresh=stale, person=person, words=words, wrote=wrote, **context
        )

    def decorate(do: Do) -> Do:
        async def ask(at: Here, person_id: UUID) -> Response:
            return await show(at, person_id)

        async def done(at: Here, person_id: UUID) -> Response:
            try:
                await do(at, f"/people/{person_id}")
            except (Refused, BadField) as refused:
                return await show(at, person_id, refused)
            return at.go(f"/people/{person_id}{leads_to}", said=said)

        pages.get("/{person_id}" + (asked_at or path), allow=roles)(ask)
        pages.post("/{person_id}" + path, allow=roles)(done)
        return do

    return decorate


def written_at(form: Form, now: datetime) -> datetime | None:
    """Return when the phone recorded the note, if it gives a valid past time.

    Without one intake uses the current time; a time computed here would differ between two sends of one form, and their
    bodies with it.
    """
    try:
        said = datetime.fromisoformat(form.text("written_at"))
    except ValueError:
        return None
    return said if said.tzinfo and said <= now else None
