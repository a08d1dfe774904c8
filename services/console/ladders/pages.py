"""What we do if nobody answers: every rule with its source, and each on a page of its own with what it does."""

import asyncio
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.ladders import change, picture, reading, words
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here
from shared.access.roles import Role

pages = Pages("/ladders")


@pages.get(allow=READERS)
async def ladders(at: Here) -> Response:
    """List the rules by pathway, for one of the reader's teams."""
    place = await reading.place(at)
    clocks = await at.referrals.whole("/clocks", team_id=place.team)
    return at.page("ladders/ladders.html", place=place, groups=grouped(clocks), words=words)


@pages.get("/{key}", allow=READERS)
async def rule(at: Here, key: str) -> Response:
    """Show one rule: whose it is, since when, what it does to a typical case, and its earlier versions."""
    place = await reading.place(at)
    versions, example, staff = await asyncio.gather(
        reading.versions(at, place.team, key), reading.example(at, place.team, key), at.staff()
    )
    clock = versions[-1]
    drawn = picture.draw("case", "A typical case", clock, example, picture.longest(example)) if example else None
    return at.page(
        "ladders/rule.html",
        place=place,
        clock=clock,
        example=example,
        drawn=drawn,
        told=picture.in_words(clock, example) if example else [],
        earlier=earlier(versions),
        staff=staff,
        words=words,
        may_change=at.is_a(Role.SUPERVISOR) and not clock["fixed"],
    )


def grouped(clocks: Iterable[Json]) -> list[tuple[str, list[Json]]]:
    """Group the rules by pathway, "every service" first."""
    found: dict[str, list[Json]] = {}
    for clock in sorted(clocks, key=lambda each: (each["pathway"] != "any", each["pathway"], each["name"])):
        found.setdefault(words.pathway(clock), []).append(clock)
    return list(found.items())


def earlier(versions: Sequence[Json]) -> list[tuple[Json, Json, list[str]]]:
    """Return each earlier version with the one that followed and the differences, newest first."""
    pairs = list(zip(versions, versions[1:], strict=False))
    return [(old, new, words.differences(old, new)) for old, new in reversed(pairs)]


pages.routes.extend(change.pages.routes)
