"""Made-up people on a practice stack, each at another stage, so that every page has something to show."""

from datetime import timedelta

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from shared import clock

# Every name contains (synthetic), so that nobody takes one of them for a real person.
KNOWN = "Ali (synthetic)"
MET = "Ben (synthetic)"
STALLED = "Sam (synthetic)"
BOOKED = "Joe (synthetic)"
PLANNED = "Kit (synthetic)"
LEAPS = 8


async def settle(scene: Setting) -> None:
    """Create the people, then let time pass until one referral waits too long. Do nothing when people exist."""
    if (await scene.worker.get("intake", "/people", limit=1))["items"]:
        return
    await _known(scene)
    await _met(scene)
    await plan(scene, PLANNED, "to sleep indoors before winter")
    await _booked(scene)
    await _stalled(scene)


async def _known(scene: Setting) -> None:
    await scene.register(KNOWN)
    sighting = {"by_whom": "the street team", "where": "by the canal", "how_they_were": "tired, coughing"}
    await _contact(scene, {"kind": "sighted", "sighting": sighting})


async def _met(scene: Setting) -> None:
    person = await scene.register(MET)
    await scene.worker.post("intake", f"/people/{person}/engagement", {"state": "engaged"})
    await _contact(
        scene, {"kind": "met", "place": "day centre", "note": "Talked about football, then about the cough."}
    )
    await scene.agree("tb")


async def plan(scene: Setting, alias: str, goal: str) -> None:
    """Register a person with a case and a running plan."""
    await scene.register(alias)
    await _contact(scene, {"kind": "met", "place": "day centre"})
    opened = await scene.soon(lambda: _case(scene))
    scene.cast.case = opened["id"]
    started = await scene.worker.post("casework", f"/cases/{scene.cast.case}/plan", {"goals": [f"{goal} (synthetic)"]})
    scene.cast.plan = started["id"]


async def _case(scene: Setting) -> Json | None:
    """Open a case; return None until casework knows the person, which takes a moment after intake."""
    from deploy.demo.api import ApiError

    try:
        return await scene.worker.post("casework", "/cases", {"person_id": scene.cast.person})
    except ApiError as error:
        if error.status != 404:
            raise
        return None


async def _booked(scene: Setting) -> None:
    await plan(scene, BOOKED, "a room of my own")
    await scene.agree("housing")
    referral = await scene.refer("housing")
    at = (clock.now() + timedelta(days=30)).replace(hour=14, minute=0, second=0, microsecond=0).isoformat()
    said = {"answer": "book", "appointment": {"at": at, "place": "Synthetic housing office"}}
    body = {"outcome": "spoke", "said": said}
    await scene.worker.post("referrals", f"/referrals/{referral}/replies", body)


async def _stalled(scene: Setting) -> None:
    """Create a referral that nobody answers, until the agency is reminded, the worker asked and the supervisor told."""
    await plan(scene, STALLED, "somebody to look at my chest")
    await scene.agree("tb")
    referral = await scene.refer("tb")

    async def waits_too_long() -> Json | None:
        row = await scene.board_row(referral)
        return row if row and row["stalled"] else None

    await scene.leap_until(waits_too_long, leaps=LEAPS)


async def _contact(scene: Setting, body: Json) -> None:
    path = f"/people/{scene.cast.person}/contacts"
    await scene.worker.post("intake", path, {"channel": "in_person", **body})
