"""The setting of a story: callers, the clock driver, and functions that wait for the state of an API."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
from temporalio.client import Client

from deploy import children
from deploy.demo.api import ApiError, Caller, Json
from deploy.errors import StackError
from deploy.stack import SERVICES, Stack
from deploy.time_travel import Journey, Waiting
from shared import clock
from shared.temporal.client import connect
from workflows.contracts import plan_workflow_id, referral_workflow_id

T = TypeVar("T")
DIRECTORY = Path(__file__).parent / "directory.json"
SEEN_SOON_SECONDS = 30
ENDINGS = ("completed", "declined", "withdrawn")


@dataclass
class Cast:
    """The ids that the story has created so far."""

    person: str = ""
    case: str = ""
    plan: str = ""
    referral: str = ""
    appointment: str = ""
    services: dict[str, Json] = field(default_factory=dict[str, Json])  # by pathway


@dataclass
class Setting:
    stack: Stack
    worker: Caller
    supervisor: Caller
    agency: Caller
    journey: Journey
    cast: Cast = field(default_factory=Cast)

    async def travel(self, until: datetime) -> None:
        """Let time pass with the person met once a week, so that no step of the plan's own cadence fires."""
        while clock.now() < until:
            await self.journey.travel_to(min(until, clock.now() + timedelta(days=6)))
            await self.meet()

    async def leap_until(self, seen: Callable[[], Awaitable[T | None]], leaps: int = 12) -> T:
        """Leap from instant to instant until `seen` returns a value; the person is met once a week meanwhile."""
        last_met = clock.now()
        for _ in range(leaps):
            if (found := await seen()) is not None:
                return found
            await self.journey.leap(at_most=last_met + timedelta(days=6))
            if clock.now() >= last_met + timedelta(days=6):
                await self.meet()
                last_met = clock.now()
        return await self.soon(seen)

    async def meet(self) -> None:
        await self.worker.post(
            "intake",
            f"/people/{self.cast.person}/contacts",
            {"kind": "met", "channel": "in_person", "place": "day centre (synthetic)"},
        )

    async def soon(self, seen: Callable[[], Awaitable[T | None]], seconds: float = SEEN_SOON_SECONDS) -> T:
        """Poll until `seen` returns a value. Raise TimeoutError after `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = await seen()
            if found is not None:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(
                    f"{getattr(seen, '__doc__', None) or seen.__name__} did not come to be in {seconds} s"
                )
            await asyncio.sleep(0.1)

    # -- what a worker does

    async def load_directory(self) -> None:
        """Import the synthetic directory and store its services by pathway."""
        await self.import_directory()
        services = await self.worker.every("referrals", "/services")
        self.cast.services = {service["pathway"]: service for service in services if service["pathway"]}

    async def register(self, alias: str = "Synthetic Sam") -> str:
        self.cast.person = (await self.worker.post("intake", "/people", {"alias": alias}))["id"]
        return self.cast.person

    async def agree(self, pathway: str) -> str:
        """Record the person's consent in both directions for the service of this pathway."""
        consent = {
            "agency_id": self.cast.services[pathway]["agency_id"],
            "purpose": "referral",
            "may_tell": ["alias", "safe_contact", "person_wants"],
            "may_tell_us": ["attendance", "outcome"],
            "how_given": "spoken",
        }
        return str((await self.worker.post("intake", f"/people/{self.cast.person}/consents", consent))["id"])

    async def start_plan(self) -> str:
        """Open a case and start its plan; return the plan's id."""
        opened = await self.worker.post("casework", "/cases", {"person_id": self.cast.person})
        self.cast.case = opened["id"]
        body = {"goals": ["a dry place to sleep, and somebody to look at my chest (synthetic)"]}
        self.cast.plan = (await self.worker.post("casework", f"/cases/{self.cast.case}/plan", body))["id"]
        return self.cast.plan

    async def draft(self, pathway: str, **more: Any) -> str:
        """Draft a referral with exactly the data that the agency is to have; return its id."""
        body = {
            "person_id": self.cast.person,
            "case_id": self.cast.case,
            "plan_id": self.cast.plan or None,
            "service_id": self.cast.services[pathway]["id"],
            "pathway": pathway,
            "told": {"safe_contact": "only in person, through us", "need": "an assessment (synthetic)"},
            **more,
        }
        return str((await self.worker.post("referrals", "/referrals", body))["id"])

    async def refer(self, pathway: str, **more: Any) -> str:
        """Draft and send a referral; return its id."""
        made = await self.draft(pathway, **more)
        await self.move(made, "send")
        await self.reached(made, "sent")
        return made

    async def move(self, referral: str, move: str, **more: Any) -> Json:
        return await self.worker.post("referrals", f"/referrals/{referral}/moves", {"move": move, **more})

    async def mail_sent(self, referral: str, kind: str) -> Json:
        """Wait until an email of this kind about the referral has left."""

        async def sent() -> Json | None:
            found = await self.messages(referral_id=referral, kind=kind, status="sent")
            return found[0] if found else None

        return await self.soon(sent)

    # -- what an agency does

    async def answer(self, message_id: str, answer: str, **more: Any) -> Json:
        """Answer by the link of an email."""
        token = self.token_from_mail(message_id)
        return await self.agency.post("referrals", "/replies", {"token": token, "answer": answer, **more})

    # -- what anybody may look at

    async def board_row(self, row_id: str) -> Json | None:
        rows = await self.supervisor.every("casework", "/board", limit=200)
        return next((row for row in rows if row["id"] == row_id), None)

    async def escalations(self, referral: str) -> list[Json]:
        return await self.worker.every("referrals", f"/referrals/{referral}/escalations")

    async def messages(self, **filters: str) -> list[Json]:
        return await self.worker.every("referrals", "/messages", **filters)

    async def state_of(self, referral: str) -> str:
        return str((await self.worker.get("referrals", f"/referrals/{referral}"))["state"])

    async def reached(self, referral: str, state: str) -> str:
        """Wait until the referral is in `state`."""

        async def seen() -> str | None:
            now = await self.state_of(referral)
            return now if now == state else None

        return await self.soon(seen)

    def token_from_mail(self, message_id: str) -> str:
        """Return the token in the link of an email, as the agency opens it."""
        path = next(path for path in self.stack.folder.mail.glob("*.eml") if message_id in path.name)
        text = message_from_bytes(path.read_bytes(), policy=policy.default).get_content()
        found = re.search(r"#(\S+)", text)
        if found is None:
            raise StackError(f"the email {path.name} holds no link")
        return found.group(1)

    async def import_directory(self, file: Path = DIRECTORY, source: str = "demo") -> None:
        """Import a directory by the command that a team uses."""
        command = [sys.executable, "-m", "deploy.cli", "import-directory", str(file), "--source", source]
        environment = {**os.environ, **self.stack.environment()}
        code, output = await children.output_of(*command, env=environment)
        if code:
            raise StackError(f"import-directory failed: {output[-400:]}")


@asynccontextmanager
async def setting(stack: Stack, team: UUID | None = None, worker_id: str = "synthetic-mpc") -> AsyncIterator[Setting]:
    """Build the setting on a running practice stack. Each team has a board, and so a journey, of its own.

    A worker's caseload counts over all teams, so concurrent stories on one stack need a worker each.
    """
    clock.use_file(stack.folder.practice_clock)
    team = team or stack.folder.team()
    engine = await connect(stack.settings())
    async with httpx.AsyncClient(timeout=30) as http:
        worker = Caller(http, stack.url, _token(stack, "worker", team, worker_id))
        supervisor = Caller(http, stack.url, _token(stack, "supervisor", team, "synthetic-supervisor"))
        agency = Caller(http, stack.url, None)
        yield Setting(stack, worker, supervisor, agency, _journey(stack, engine, supervisor))


def _token(stack: Stack, role: str, team: UUID, sub: str) -> Callable[[], str]:
    return lambda: stack.token(role, teams=[team], sub=sub)


def _journey(stack: Stack, engine: Client, supervisor: Caller) -> Journey:
    async def waiting() -> list[Waiting]:
        rows = await supervisor.every("casework", "/board", limit=200)
        return [Waiting(_workflow(row), _instant(row["next_at"])) for row in rows]

    async def restless() -> list[str]:
        found: list[str] = []
        for service in SERVICES:
            try:
                owed = await supervisor.get(service, "/operations/backlog")
            except (ApiError, httpx.TransportError) as error:
                found.append(f"{service} {type(error).__name__}")
                continue
            found += [
                f"{service} has {owed[name]} {name}"
                for name in ("to_publish", "to_dispatch", "to_handle")
                if owed[name]
            ]
        unsent = await supervisor.every("referrals", "/messages", due=True)
        found += [f"message {message['id']} has not left" for message in unsent]
        return found or await unshown()

    async def unshown() -> list[str]:
        # The workflow of a row that is not shown has only just started, and a leap would leave it behind.
        shown = {row["id"] for row in await supervisor.every("casework", "/board", limit=200)}
        cases = await supervisor.every("casework", "/cases", limit=200)
        referrals = await supervisor.every("referrals", "/referrals", limit=200)
        plans = [case["plan_id"] for case in cases if case["plan_open"]]
        open_referrals = [row["id"] for row in referrals if row["state"] not in ENDINGS]
        return [f"{row} is not on the board" for row in (*plans, *open_referrals) if row not in shown]

    return Journey(engine, stack.folder.practice_clock, waiting, restless)


def _workflow(row: Json) -> str:
    return plan_workflow_id(row["id"]) if row["kind"] == "plan" else referral_workflow_id(row["id"])


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
