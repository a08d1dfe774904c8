"""Changing a rule, for supervisors: the form, a preview beside the current rule, and the change.

Running clocks keep the rule they were opened with.
"""

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.ladders import picture, reading, words, writing
from services.console.ladders.reading import Place
from services.console.ladders.writing import Row, Sent
from services.console.web.pages import SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/ladders")

NOTHING = "This is how the rule is now: there is nothing to change."


@pages.get("/{key}/change", allow=SUPERVISORS)
async def form(at: Here, key: str) -> Response:
    """Show the form with the current rule."""
    place = await reading.place(at)
    clock = await reading.clock(at, place.team, key)
    return _form(at, place, clock, writing.rows_of(clock))


@pages.get("/{key}/default", allow=SUPERVISORS)
async def default(at: Here, key: str) -> Response:
    """Preview the rule that every team starts from, beside the current one."""
    place = await reading.place(at)
    clock = await reading.clock(at, place.team, key)
    if clock["as_default"]:
        return at.go(place.path(key))
    return await _preview(at, place, clock, {"as_default": True}, [("as_default", "yes")])


@pages.post("/{key}/change", allow=SUPERVISORS)
async def look(at: Here, key: str) -> Response:
    """Add or remove a step in the form, or preview what the change does; nothing is changed yet."""
    place, press = await reading.place(at), at.form.text("press")
    clock = await reading.clock(at, place.team, key)
    if press == "add" or press.startswith("remove-"):
        return _form(at, place, clock, writing.pressed(writing.rows_sent(at.form), press, clock))
    if at.form.version != clock["version"]:
        return await _stale(at, place, clock)
    try:
        sent = writing.asked(at.form)
        if writing.same(clock, sent):
            raise Refused(422, NOTHING, [], {})
        return await _preview(at, place, clock, sent, _kept(at))
    except Refused as refused:
        return _again(at, place, clock, refused)


@pages.post("/{key}", allow=SUPERVISORS)
async def make(at: Here, key: str) -> Response:
    """Store the new version. Pressed twice, it is stored once."""
    place = await reading.place(at)
    if at.form.text("press") == "change":
        return _form(at, place, await reading.clock(at, place.team, key), writing.rows_sent(at.form))
    try:
        sent = writing.asked(at.form)
        await reading.change(at, place.team, key, sent, at.form.version)
    except Refused as refused:
        clock = await reading.clock(at, place.team, key)
        if refused.status != 412:
            return _again(at, place, clock, refused)
        if not _mine(at, clock, sent):
            return await _stale(at, place, clock)
    return at.go(place.path(key), said="The rule is changed. What runs already keeps the rule it began with.")


def _mine(at: Visit, clock: Json, sent: Sent) -> bool:
    """Return whether the first of two presses stored what the second asks for."""
    by_me = clock["changed_by"] == str(at.me.account_id)
    return by_me and clock["version"] == (at.form.version or 0) + 1 and writing.same(clock, sent)


def _again(at: Visit, place: Place, clock: Json, refused: Refused) -> Response:
    """Show the form with each error at its field; a refusal that belongs to no form is raised."""
    if refused.status != 422 or at.form.ticked("as_default"):
        raise refused
    return _form(at, place, clock, writing.rows_sent(at.form), writing.at_its_row(refused, at.form))


def _form(at: Visit, place: Place, clock: Json, rows: Sequence[Row], refused: Refused | None = None) -> Response:
    if clock["fixed"]:
        return at.page("ladders/fixed.html", status=409, place=place, clock=clock, words=words)
    return at.page(
        "ladders/change.html",
        refused=refused,
        place=place,
        clock=clock,
        rows=rows,
        # The version read when the form was opened, also after a step was added.
        version=at.form.version if at.posted else clock["version"],
        actions=[(action, words.act({"action": action}, clock)) for action in writing.actions(clock)],
        writing=writing,
        words=words,
    )


async def _preview(at: Visit, place: Place, clock: Json, sent: Sent, kept: Sequence[tuple[str, str]]) -> Response:
    found = await reading.preview(at, place.team, clock["key"], sent)
    before, after = found["before"], found["after"]
    then = await _then(at, place, clock, sent, after)
    scale = picture.longest(before, after)
    return at.page(
        "ladders/preview.html",
        place=place,
        clock=clock,
        then=then,
        before=before,
        after=after,
        both=(
            ("now", "As it is", clock, before, picture.draw("now", "As it is", clock, before, scale)),
            ("then", "As it would be", then, after, picture.draw("then", "As it would be", then, after, scale)),
        ),
        in_words=picture.in_words,
        differs=words.differences(clock, then, (before, after)),
        kept=kept,
        back=bool(sent.get("as_default")),
        words=words,
    )


async def _then(at: Visit, place: Place, clock: Json, sent: Sent, after: Json) -> Json:
    """Return the rule as the change would make it."""
    if sent.get("as_default"):
        versions = await reading.versions(at, place.team, clock["key"])
        return [one for one in versions if not one["ours"]][-1]
    return {**clock, "off_reason": "", **sent, "steps": after["steps"]}


async def _stale(at: Visit, place: Place, clock: Json) -> Response:
    """Show what somebody else changed first, with this change still in the form."""
    versions, staff = await asyncio.gather(reading.versions(at, place.team, clock["key"]), at.staff())
    seen = next((one for one in versions if one["version"] == at.form.version), versions[0])
    return at.page(
        "ladders/stale.html",
        status=412,
        place=place,
        clock=clock,
        differs=words.differences(seen, clock),
        staff=staff,
        kept=_kept(at),
        words=words,
    )


def _kept(at: Visit) -> list[tuple[str, str]]:
    """Return the fields of the form without those that each page sets itself."""
    return [(name, value) for name, value in at.form.items() if name not in ("press", "version", "team")]
