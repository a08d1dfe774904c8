"""Casework's application over ASGI on a real database, with words for what the other services tell."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import MetaData
from temporalio.activity import _Definition

from services.casework.activities import activities
from services.casework.handlers import GROUPS
from services.casework.plan import decisions
from services.casework.plan.standing import board_row, standing
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.events import intake, referrals
from shared.events.envelope import Envelope, Event, opened
from shared.http.problems import Problem
from shared.ids import new_id
from shared.inbox.handling import apply
from tests.looks import Look, looked
from tests.tables import base_of
from tests.world import House, Json
from workflows import contracts

definition = _Definition.must_from_callable


@dataclass
class World(House):
    """One application, an actor of each role in `team`, and another team."""

    metadata: ClassVar[MetaData] = base_of("casework").metadata

    versions: dict[UUID, int] = field(default_factory=dict[UUID, int])

    def __post_init__(self) -> None:
        self.activities: Sequence[Callable[..., Any]] = activities(self.services)

    # --- what happened elsewhere ------------------------------------------------------------------------

    async def hear(self, event: Event, *, event_id: UUID | None = None, groups: Sequence[str] = ()) -> UUID:
        """Deliver an event to every group that handles it, as the consumer does."""
        envelope = Envelope(event_id or new_id(), event, new_id(), clock.now(), str(new_id()))
        for group in GROUPS:
            if type(event) in group.events and (not groups or group.name in groups):
                await apply(self.services.work, group, envelope)
        return envelope.id

    def version(self, of: UUID) -> int:
        self.versions[of] = self.versions.get(of, 0) + 1
        return self.versions[of]

    async def person(self, *, team: UUID | None = None) -> UUID:
        """Somebody intake has registered."""
        person = new_id()
        event = intake.PersonRegistered(
            version=self.version(person), occurred_at=clock.now(), person_id=person, team_id=team or self.team
        )
        await self.hear(event)
        return person

    async def contact(self, person: UUID, kind: str = "met", *, at: datetime | None = None, **more: Any) -> UUID:
        event = intake.ContactLogged(
            version=self.version(person),
            occurred_at=at or clock.now(),
            contact_id=more.pop("contact_id", None) or new_id(),
            person_id=person,
            team_id=more.pop("team", self.team),
            kind=kind,
            by="worker-1",
        )
        return await self.hear(event, **more)

    async def hire(self, *accounts: str, role: str = "worker", team: UUID | None = None) -> None:
        """Make these accounts colleagues of a team, as whoever holds the accounts would."""
        team = team or self.team
        states = [{"account_id": each, "role": role, "teams": [str(team)]} for each in accounts]
        await self.ok("POST", "/members", {"members": states}, role="system", teams=[team])

    async def case(self, *, worker: str | None = "worker-1", person: UUID | None = None, **more: Any) -> Json:
        person = person or await self.person()
        if worker:
            await self.hire(worker, team=(more.get("teams") or [self.team])[0])
        body = {"person_id": str(person), **({"worker_id": worker} if worker else {}), **more.pop("body", {})}
        return dict(await self.ok("POST", "/cases", body, role="system", **more))

    async def plan(self, case: Json | None = None, **body: Any) -> Json:
        case = case or await self.case()
        return dict(await self.ok("POST", f"/cases/{case['id']}/plan", {"goals": ["somewhere to sleep"], **body}))

    # --- looking behind ---------------------------------------------------------------------------------

    async def events(self, kind: str) -> list[Json]:
        """The data of what was emitted of one type, in order."""
        found = await self.rows(
            "SELECT body FROM outbox WHERE subject = :subject ORDER BY id", subject=f"alongside.{kind}"
        )
        return [opened(row[0])[1] for row in found]

    async def tasks(self, status: str = "open", **where: Any) -> list[str]:
        """Kinds of tasks, sorted."""
        conditions = "".join(f" AND {name} = :{name}" for name in where)
        found = await self.rows(f"SELECT kind FROM tasks WHERE status = :status{conditions}", status=status, **where)
        return sorted(row[0] for row in found)

    async def act(self, name: str, *args: Any) -> Any:
        """Run an activity by its name, as the worker would."""
        for found in self.activities:
            if definition(found).name == name:
                return await found(*args)
        raise AssertionError(f"no activity {name}")

    async def look(self, plan_id: str) -> Look:
        now = clock.now()
        return await self._looked(plan_id, await self.act(contracts.REFRESH_PLAN, contracts.Refresh(plan_id, now)), now)

    async def step(self, plan_id: str, at: datetime) -> Look:
        request = contracts.RunDueSteps(plan_id, (await self.look(plan_id)).stage_entry, at)
        return await self._looked(plan_id, await self.act(contracts.RUN_DUE_PLAN_STEPS, request), at)

    async def _looked(self, plan_id: str, view: contracts.View, now: datetime) -> Look:
        async with self.services.work.transaction(Actor.service("casework")) as session:
            found = await standing(session, UUID(plan_id))
            assert found is not None
            return looked(view, board_row(found, now))

    async def decide(self, plan_id: str, kind: str, *, key: str | None = None, **more: Any) -> "Decided":
        """A supervisor decides, as a request makes it; `why` is the reason of a refusal."""
        actor = Actor("supervisor-1", Role.SUPERVISOR, (self.team, self.other_team))
        done, why = True, ""
        try:
            async with self.services.database.transaction(actor) as session:
                await decisions.decide(session, UUID(plan_id), decisions.Decision(key or str(uuid4()), kind, **more))
        except Problem as refused:
            done, why = False, refused.detail
        return Decided(done, why, await self.look(plan_id))


@dataclass(frozen=True)
class Decided:
    """What became of a decision, and where the plan stands then."""

    done: bool
    why: str
    view: Look


@dataclass
class Referral:
    """A referral as its service would tell of it."""

    world: World
    person: UUID
    case_id: str | None = None
    plan_id: str | None = None
    team: UUID | None = None
    agency: UUID = field(default_factory=new_id)
    id: UUID = field(default_factory=new_id)
    state: str = "draft"
    entry: int = 0
    version: int = 1

    def facts(self, version: int | None = None) -> Json:
        self.version = version or self.version + 1
        return {
            "version": self.version,
            "occurred_at": clock.now(),
            "referral_id": self.id,
            "person_id": self.person,
            "team_id": self.team or self.world.team,
            "case_id": self.case_id,
            "plan_id": self.plan_id,
            "agency_id": self.agency,
            "service_id": self.agency,
        }

    def moved(self, move: str, to: str, **more: Any) -> referrals.ReferralMoved:
        self.entry += 1
        before, self.state = self.state, to
        facts = {**self.facts(more.pop("version", None)), "from_state": before, **more}
        return referrals.ReferralMoved(move=move, to_state=to, stage_entry=self.entry, by="agency", **facts)

    async def move(self, move: str, to: str, **more: Any) -> referrals.ReferralMoved:
        event = self.moved(move, to, **more)
        await self.world.hear(event)
        return event

    def rung(self, action: str, **more: Any) -> referrals.EscalationRecorded:
        facts = {
            **self.facts(more.pop("version", None)),
            "escalation_id": new_id(),
            "stage_entry": self.entry,
            "opening_id": new_id(),
            "action": action,
            "occurrence": 1,
            "outcome": "fired",
            "due_at": clock.now(),
        }
        return referrals.EscalationRecorded(**{**facts, **more})

    async def escalate(self, action: str, **more: Any) -> referrals.EscalationRecorded:
        event = self.rung(action, **more)
        await self.world.hear(event)
        return event

    async def resolve(self) -> None:
        await self.world.hear(referrals.EscalationsResolved(**self.facts(), stage_entry=self.entry))


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 30.0) -> Any:
    """Wait until `check` answers with something true."""
    for _ in range(int(seconds / 0.05)):
        if found := await check():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come about")
