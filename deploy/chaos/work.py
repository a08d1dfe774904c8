"""Ordinary work as a client program does it that never gives up: same key, same body, until there is an answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from deploy.demo.api import ApiError, Caller, Json
from deploy.demo.setting import Setting

T = TypeVar("T")

TOLD = {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"}


async def steady(ask: Callable[[], Awaitable[T]], *, also: Collection[int] = (), seconds: float = 60) -> T:
    """Ask again while the service is away (no answer, 5xx, or a status of `also`); every other answer is final."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        except ApiError as error:
            if (error.status < 500 and error.status not in also) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


async def post(
    caller: Caller, service: str, path: str, body: Json | None = None, *, also: Collection[int] = (), key: str = ""
) -> Json:
    """One POST, under one key however often it has to be sent."""
    key = key or str(uuid4())
    return await steady(lambda: caller.post(service, path, body, key=key), also=also)


async def until(seen: Callable[[], Awaitable[T | None]], what: str, seconds: float = 60) -> T:
    """Wait for something to be so, through outages. AssertionError says what was not."""
    deadline = time.monotonic() + seconds
    while True:
        found = await steady(seen)
        if found is not None:
            return found
        assert time.monotonic() < deadline, f"{what}: not so within {seconds:.0f} s"
        await asyncio.sleep(0.1)


@dataclass
class Man:
    """What was accepted about one man: answered with 2xx, so never to be lost or doubled."""

    person: str
    case: str = ""
    plan: str = ""
    consent: str = ""
    referrals: list[str] = field(default_factory=list[str])
    contacts: list[str] = field(default_factory=list[str])


async def man(scene: Setting, pathway: str = "tb", *, plan: bool = True, alias: str = "Synthetic Sam") -> Man:
    """A man who agrees that the service of this pathway is told; with a case and its plan."""
    registered = await post(scene.worker, "intake", "/people", {"alias": alias})
    found = Man(registered["id"])
    consent = {
        "agency_id": scene.cast.services[pathway]["agency_id"],
        "purpose": "referral",
        "may_tell": ["alias", "safe_contact", "person_wants"],
        "may_tell_us": ["attendance", "outcome"],
        "how_given": "spoken",
    }
    found.consent = (await post(scene.worker, "intake", f"/people/{found.person}/consents", consent))["id"]
    if plan:
        # Casework hears of him a moment later; while NATS is away, later still.
        opened = await post(scene.worker, "casework", "/cases", {"person_id": found.person}, also=[404])
        found.case = opened["id"]
        goals = {"goals": ["a dry place to sleep (synthetic)"]}
        found.plan = (await post(scene.worker, "casework", f"/cases/{found.case}/plan", goals))["id"]
    return found


async def refer(scene: Setting, him: Man, pathway: str = "tb") -> str:
    """Refer a person and wait until the email has left."""
    made = await approve(scene, him, pathway)
    await reached(scene, made, "sent")
    return made


async def approve(scene: Setting, him: Man, pathway: str = "tb") -> str:
    """Approve a referral of a person; its email waits for a permit. A second one to the same service says why."""
    body = {
        "person_id": him.person,
        "service_id": scene.cast.services[pathway]["id"],
        "pathway": pathway,
        "told": TOLD,
        **({"again_because": "a second matter (synthetic)"} if him.referrals else {}),
        **({"case_id": him.case, "plan_id": him.plan} if him.plan else {}),
    }
    made = (await post(scene.worker, "referrals", "/referrals", body))["id"]
    him.referrals.append(made)
    await post(scene.worker, "referrals", f"/referrals/{made}/moves", {"move": "send"})
    return made


async def reached(scene: Setting, referral: str, state: str) -> None:
    """Wait until the referral's owner says it is in `state`."""

    async def seen() -> bool | None:
        return True if await scene.state_of(referral) == state else None

    await until(seen, f"referral {referral} {state}")


async def answer(scene: Setting, referral: str, said: str, *, key: str = "", **more: Any) -> Json:
    """What the agency says over the phone."""
    body = {"outcome": "spoke", "said": {"answer": said, **more}}
    return await post(scene.worker, "referrals", f"/referrals/{referral}/replies", body, key=key)


async def command(scene: Setting, row: str, name: str, *, key: str = "", **more: Any) -> Json:
    """A supervisor steps in, once the board shows the row."""
    return await post(
        scene.supervisor, "casework", f"/board/{row}/commands", {"command": name, **more}, also=[404], key=key
    )


async def meet(scene: Setting, him: Man) -> str:
    """He is met."""
    body = {"kind": "met", "channel": "in_person", "place": "day centre (synthetic)"}
    him.contacts.append((await post(scene.worker, "intake", f"/people/{him.person}/contacts", body))["id"])
    return him.contacts[-1]


async def shown(scene: Setting, row: str, **expected: Any) -> Json:
    """Wait until the board shows the row with these values."""

    async def seen() -> Json | None:
        found = await scene.board_row(row)
        return found if found and all(found[name] == value for name, value in expected.items()) else None

    return await until(seen, f"the board row {row} with {expected}")


async def fired(scene: Setting, referral: str) -> list[Json]:
    """The steps that fired, in their order."""
    steps = [step for step in await scene.escalations(referral) if step["outcome"] == "fired"]
    return sorted(steps, key=lambda step: (step["fired_at"], step["due_at"]))
