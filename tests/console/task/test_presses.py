"""One press for several things, and what a card shows openly to be pressed: with neither browser nor services."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from starlette.responses import RedirectResponse, Response

from services.console.backend.errors import Refused
from services.console.backend.names import Names
from services.console.task import pages
from services.console.task.cards import Card, Item
from services.console.web.assets import Assets
from services.console.web.brand import brand
from services.console.web.components import Components
from services.console.web.fields import Fields
from services.console.web.form import Form
from services.console.web.templates import Templates
from services.console.web.visit import Visit
from shared import clock


class Casework:
    """Casework that refuses some tasks."""

    def __init__(self, refuses: dict[str, int]) -> None:
        self.refuses, self.asked = refuses, list[str]()

    async def post(self, path: str, body: dict[str, Any], *, key: str) -> dict[str, Any]:
        task = path.split("/")[2]
        self.asked.append(task)
        if (status := self.refuses.get(task)) is not None:
            raise Refused(status, "It is no longer owed.", [], {})
        return {"late": None, "kind": "not_seen"}


async def press(tasks: list[str], refuses: dict[str, int]) -> tuple[Casework, str | None, str | None]:
    """Press Done for these tasks; return what was asked, where it leads (or the page shown) and what is said."""
    casework, spoken = Casework(refuses), list[str | None]()

    def go(to: str, *, said: str | None = None) -> Response:
        spoken.append(said)
        return RedirectResponse(to)

    def page(template: str, *, refused: Refused, **_: Any) -> Response:
        return Response(status_code=refused.status, headers={"location": template})

    at = SimpleNamespace(
        form=Form({"task": tasks, "why": ["done"]}),
        casework=casework,
        once=str,
        came_from=lambda otherwise: otherwise,  # pyright: ignore[reportUnknownLambdaType]
        go=go,
        page=page,
    )
    response = await pages.done(cast(Visit, at))
    return casework, response.headers["location"], spoken[0] if spoken else None


@pytest.mark.parametrize("status", [404, 409])
async def test_what_is_refused_keeps_nothing_back_and_is_said(status: int) -> None:
    one, two, three = tasks = [str(uuid4()) for _ in range(3)]
    casework, to, said = await press(tasks, {two: status})
    assert casework.asked == tasks
    assert (to, said) == (f"/today?done={one},{three}", pages.PARTLY), "undone are those that were done"
    _, to, said = await press(tasks, {})
    assert to == f"/today?done={','.join(tasks)}" and said and said != pages.PARTLY


async def test_only_where_nothing_was_done_does_the_page_say_that_nothing_changed() -> None:
    tasks = [str(uuid4()) for _ in range(2)]
    casework, to, _ = await press(tasks, dict.fromkeys(tasks, 409))
    assert (casework.asked, to) == (tasks, "task/not_done.html")
    with pytest.raises(Refused):
        await press(tasks, {tasks[1]: 403})


def test_whatever_cannot_wait_has_a_link_of_its_own_that_reads_like_no_other() -> None:
    asks, now = "Safeguarding concern: tell the safeguarding lead", clock.now()
    card = Card("person-al", "al")
    for number in range(3):
        to = f"/people/al/concerns/{number}/told-lead"
        due = now + timedelta(hours=number)
        card.put(Item(asks, due, person_id="al", link=to, link_text="Record it", urgent=True))
    look = brand("", "#14505c")
    parts = Templates(Assets(made={"organisation.css": look.sheet}), look).environment.get_template("task/parts.html")
    fields = Fields(Components(), lambda: "synthetic", None, None, "/today")
    html = str(cast(Any, parts.module).person(card, Names({"al": "Sam"}), {}, fields, "today"))
    links = re.findall(r'<a class="[^"]*" href="(/people/al/concerns[^"]*)"[^>]*>(.*?)</a>', html)
    assert sorted(to for to, _ in links) == [f"/people/al/concerns/{number}/told-lead" for number in range(3)]
    assert len({text for _, text in links}) == 3 and html.count("<h3") == 1
