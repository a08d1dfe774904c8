"""Ladders and clocks: what we do if nobody answers, each rule with its source. To read; a change is made by the API."""

from collections.abc import Iterable
from typing import Any

from starlette.responses import Response

from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here
from services.console.web.words import plain

pages = Pages("/ladders")

PATHWAYS = {"any": "Every service", "us": "Our own promises", "tb": "TB", "sau": "Addictions (SAU)"}


@pages.get(allow=READERS)
async def ladders(at: Here) -> Response:
    """The rules in force, by pathway. Somebody of several teams reads those of the first."""
    clocks = await at.referrals.whole("/clocks", team_id=str(at.me.teams[0]))
    return at.page("ladders/ladders.html", groups=grouped(clocks))


def grouped(clocks: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """By pathway, "every service" first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for clock in sorted(clocks, key=lambda each: (each["pathway"] != "any", each["pathway"], each["name"])):
        found.setdefault(clock["pathway"], []).append(clock)
    return [(PATHWAYS.get(pathway, plain(pathway).capitalize()), rows) for pathway, rows in found.items()]
