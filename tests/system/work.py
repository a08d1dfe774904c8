"""Ordinary work of a client that sends the same key and body again until there is an answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from deploy.chaos.work import TOLD, steady
from deploy.demo.api import Caller, Json
from deploy.demo.setting import Setting

T = TypeVar("T")


async def post(
    caller: Caller, service: str, path: str, body: Json | None = None, *, also: Collection[int] = (), key: str = ""
) -> Json:
    """Send one POST, with one key however often it has to be sent."""
    key = key or str(uuid4())
    return await steady(lambda: caller.post(service, path, body, key=key), also=also)


async def until(seen: Callable[[], Awaitable[T | None]], what: str, seconds: float = 60) -> T:
    """Wait through outages until `seen` returns a value. Raise AssertionError, naming `what`, when it does not."""
    deadline = time.monotonic() + seconds
    while True:
        found = await steady(seen)
        if found is not None:
            return found
        assert time.monotonic() < deadline, f"{what}: not so within {seconds:.0f} s"
        await asyncio.sleep(0.1)


@dataclass
class Person:
    """Record what was accepted about one person: answered with 2xx, so it must be neither lost nor doubled."""

    person: str
    case: str = ""
    plan: str = ""
    consent: str = ""
    referrals: list[str] = field(default_factory=list[str])
    contacts: list[str] = field(default_factory=list[str])


async def register_person(
    scene: Setting, pathway: str = "tb", *, plan: bool = True, alias: str = "Synthetic Sam"
) -> Person:
    """Register a person who consents to a referral to this pathway's service; with `plan`, open a case and its plan."""
    registered = await post(scene.worker, "intake", "/people", {"alias": alias})
    found = Person(registered["id"])
    consent = {
        "agency_id": scene.cast.services[pathway]["agency_id"],
        "purpose": "referral",
        "may_tell": ["alias", "safe_contact", "person_wants"],
        "may_tell_us": ["attendance", "outcome"],
        "how_given": "spoken",
    }
    found.consent = (await post(scene.worker, "intake", f"/people/{found.person}/consents", consent))["id"]
    if plan:
        # Casework learns of a person a moment later; while NATS is unavailable, later still.
        opened = await post(scene.worker, "casework", "/cases", {"person_id": found.person}, also=[404])
        found.case = opened["id"]
        goals = {"goals": ["a dry place to sleep (synthetic)"]}
        found.plan = (await post(scene.worker, "casework", f"/cases/{found.case}/plan", goals))["id"]
    return found


async def refer(scene: Setting, subject: Person, pathway: str = "tb") -> str:
    """Refer a person and wait until the email has left."""
    made = await approve(scene, subject, pathway)
    await reached(scene, made, "sent")
    return made


async def approve(scene: Setting, subject: Person, pathway: str = "tb") -> str:
    """Approve a referral of a person, whose email then waits for a permit; a repeated referral gives its reason."""
    body = {
        "person_id": subject.person,
        "service_id": scene.cast.services[pathway]["id"],
        "pathway": pathway,
        "told": TOLD,
        **({"again_because": "a second matter (synthetic)"} if subject.referrals else {}),
        **({"case_id": subject.case, "plan_id": subject.plan} if subject.plan else {}),
    }
    made = (await post(scene.worker, "referrals", "/referrals", body))["id"]
    subject.referrals.append(made)
    await post(scene.worker, "referrals", f"/referrals/{made}/moves", {"move": "send"})
    return made


async def reached(scene: Setting, referral: str, state: str) -> None:
    """Wait until the referral is in `state`."""

    async def seen() -> bool | None:
        return True if await scene.state_of(referral) == state else None

    await until(seen, f"referral {referral} {state}")


async def answer(scene: Setting, referral: str, said: str, *, key: str = "", **more: Any) -> Json:
    """Record an answer of the agency over the phone."""
    body = {"outcome": "spoke", "said": {"answer": said, **more}}
    return await post(scene.worker, "referrals", f"/referrals/{referral}/replies", body, key=key)


async def command(scene: Setting, row: str, name: str, *, key: str = "", **more: Any) -> Json:
    """Send a supervisor's command about a row, once the board shows the row."""
    return await post(
        scene.supervisor, "casework", f"/board/{row}/commands", {"command": name, **more}, also=[404], key=key
    )


async def meet(scene: Setting, subject: Person) -> str:
    """Record that a person was met; return the contact's id."""
    body = {"kind": "met", "channel": "in_person", "place": "day centre (synthetic)"}
    subject.contacts.append((await post(scene.worker, "intake", f"/people/{subject.person}/contacts", body))["id"])
    return subject.contacts[-1]


async def shown(scene: Setting, row: str, **expected: Any) -> Json:
    """Wait until the board shows the row with these values."""

    async def seen() -> Json | None:
        found = await scene.board_row(row)
        return found if found and all(found[name] == value for name, value in expected.items()) else None

    return await until(seen, f"the board row {row} with {expected}")


async def fired(scene: Setting, referral: str) -> list[Json]:
    """Return the steps that fired, in order."""
    steps = [step for step in await scene.escalations(referral) if step["outcome"] == "fired"]
    return sorted(steps, key=lambda step: (step["fired_at"], step["due_at"]))
