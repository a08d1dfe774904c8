"""Steps per second when the steps of hundreds of referrals are due at the same instant.

The population is built once, over HTTP. Its ladders are real ones, so round r is the ladder's step r (remind the
agency, ask the worker, tell the supervisor, ...). Before each round every workflow is fast-forwarded by its own amount,
so that all timers fire at one instant of real time, T. From T on nothing is driven: timers fire, activities record. The
figure is the population divided by the seconds from T to the row of the last escalation. The bare side has timers, a
transaction with a board row of the same form, and is brought to its T in the same way; `alone` is the bare side with
workflows and activities in one process.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from deploy.bench.bare.names import ALONE, QUEUE, REFERRAL, WORK, BareStart
from deploy.bench.callers import some_at_once
from deploy.bench.figures import in_turn
from deploy.bench.meter import metered
from deploy.bench.people import refer
from deploy.bench.place import BARE, Place
from deploy.bench.sizes import Sizes
from deploy.errors import StackError
from shared import clock
from shared.practice.calendar import spread_seconds
from workflows.contracts import referral_workflow_id

Json = dict[str, Any]
PATIENCE = 300.0
STEP = timedelta(days=5)
AT_ONCE = 16
# The time of one fast-forward in the first round, its least value later, and the time that remains before T.
LEAD_SECONDS_EACH = 0.1
LEAD_SECONDS_AT_LEAST = 0.05
LEAD_SECONDS = 3.0
_WAKES = """
SELECT r.referral_id::text, min(greatest(r.at, r.not_before)), bool_or(r.mode <> 'days')
FROM rungs r JOIN clock_openings o ON o.id = r.opening_id
WHERE r.outcome = 'planned' AND o.closed_at IS NULL AND NOT r.parked AND r.referral_id = ANY(%s::uuid[])
GROUP BY r.referral_id
"""
_RECORDED = "SELECT count(*) FROM escalations WHERE outcome = 'fired' AND referral_id = ANY(%s::uuid[])"


def _engine_now() -> datetime:
    """Return the engine's own time: the wall clock, whatever the practice time."""
    return clock.now() - clock.offset()


@dataclass
class Population:
    """The workflows of one side, and how far each has been fast-forwarded already."""

    client: Client
    offset: timedelta  # practice time minus engine time when the workflows began
    ahead: dict[str, timedelta]
    pace: float = LEAD_SECONDS_EACH

    async def due_at_once(self, wakes: dict[str, datetime]) -> float:
        """Bring all workflows to their timers at one instant; return that (monotonic) instant."""
        lead = LEAD_SECONDS + self.pace * len(wakes)
        due = _engine_now() + timedelta(seconds=lead)
        begun = time.monotonic()
        skipper = TimeSkipper(self.client)

        async def forward(workflow: str) -> None:
            step = wakes[workflow] - self.offset - self.ahead[workflow] - due
            await skipper.fast_forward(self.client.get_workflow_handle(workflow), step)
            self.ahead[workflow] += step

        await some_at_once(wakes, forward, AT_ONCE)
        taken = time.monotonic() - begun
        if taken > lead:
            raise StackError(f"{len(wakes)} workflows were not brought to their instant within {lead:.0f} s")
        self.pace = max(LEAD_SECONDS_AT_LEAST, 2 * taken / len(wakes))
        return begun + lead


@dataclass
class Ours:
    place: Place
    referrals: list[str]
    population: Population
    before: int = 0

    @classmethod
    async def build(cls, place: Place, sizes: Sizes) -> "Ours":
        offset = clock.offset()
        referrals = await refer(place, sizes.referrals, sizes.at_once)
        query = "SELECT count(*) FROM board_rows WHERE id = ANY(%s::uuid[]) AND stage = 'sent' AND next_at IS NOT NULL"
        await place.until("casework", query, (referrals,), len(referrals), PATIENCE)
        await place.quiet()
        ahead = {referral_workflow_id(id): timedelta(0) for id in referrals}
        return cls(place, referrals, Population(place.bare_engine, offset, ahead))

    async def make_due(self) -> float:
        """Make the next step of every ladder due at one instant; return that (monotonic) instant."""
        place = self.place
        rows = await (await place.databases["referrals"].execute(_WAKES, (self.referrals,))).fetchall()
        wakes = {id: at + timedelta(seconds=0 if urgent else spread_seconds(UUID(str(id)))) for id, at, urgent in rows}
        if len(wakes) < len(self.referrals):
            raise StackError(f"only {len(wakes)} of {len(self.referrals)} ladders have a next step")
        self.before = await place.count("referrals", _RECORDED, self.referrals)
        # Practice time first: no activity may see a step fire before its day.
        behind = max(wakes.values()) + timedelta(minutes=1)
        clock.set_offset(place.stack.folder.practice_clock, max(clock.offset(), behind - _engine_now()))
        return await self.population.due_at_once({referral_workflow_id(id): at for id, at in wakes.items()})

    async def take(self, due: float) -> float:
        """Wait for the last step; return steps per second."""
        wanted = self.before + len(self.referrals)
        ended = await self.place.until("referrals", _RECORDED, (self.referrals,), wanted, PATIENCE)
        return len(self.referrals) / (ended - due)

    async def rest(self) -> None:
        """Wait until the board shows every step."""
        waiting = "SELECT count(*) FROM board_rows WHERE id = ANY(%s::uuid[]) AND next_at > %s"
        await self.place.until("casework", waiting, (self.referrals, clock.now()), len(self.referrals), PATIENCE)
        await self.place.quiet()


@dataclass
class Bare:
    place: Place
    ids: list[str]
    wakes: list[datetime]
    population: Population
    taken: int = 0

    @classmethod
    async def build(cls, place: Place, sizes: Sizes, *, alone: bool = False) -> "Bare":
        ids = [str(uuid4()) for _ in range(sizes.referrals)]
        first = _engine_now() + STEP
        wakes = [first + STEP * number for number in range(sizes.rounds + 1)]

        async def start(id: str) -> None:
            given, queue = BareStart(id, wakes, None if alone else WORK), ALONE if alone else QUEUE
            await place.bare_engine.start_workflow(REFERRAL, given, id=_bare_id(id), task_queue=queue)

        await some_at_once(ids, start, sizes.at_once)
        ahead = {_bare_id(id): timedelta(0) for id in ids}
        built = cls(place, ids, wakes, Population(place.bare_engine, timedelta(0), ahead))
        await built._shown(1)
        return built

    async def make_due(self) -> float:
        at = self.wakes[self.taken]
        self.taken += 1
        return await self.population.due_at_once({_bare_id(id): at for id in self.ids})

    async def take(self, due: float) -> float:
        recorded = "SELECT count(*) FROM escalations WHERE referral_id = ANY(%s::uuid[])"
        ended = await self.place.until(BARE, recorded, (self.ids,), self.taken * len(self.ids), PATIENCE)
        return len(self.ids) / (ended - due)

    async def rest(self) -> None:
        await self._shown(self.taken + 1)

    async def _shown(self, version: int) -> None:
        query = "SELECT count(*) FROM board WHERE id = ANY(%s::uuid[]) AND version >= %s"
        await self.place.until(BARE, query, (self.ids, version), len(self.ids), PATIENCE)


def _bare_id(id: str) -> str:
    return f"bench-referral-{id}"


async def take(place: Place, sizes: Sizes) -> list[Json]:
    """Measure the rounds, the sides in turn, each round another step of the same ladders."""
    place.say(f"rung: sending {sizes.referrals} referrals")
    sides: dict[str, Ours | Bare] = {
        "ours": await Ours.build(place, sizes),
        "bare": await Bare.build(place, sizes),
        "alone": await Bare.build(place, sizes, alone=True),
    }
    rounds: list[Json] = []
    for number in range(sizes.rounds):
        cpu: Json = {}
        found: Json = {"cpu_ms_each": cpu}
        for name, side in in_turn(number, **sides):
            due = await side.make_due()
            rate, cpu[name] = await metered(place, sizes.referrals, side.take(due))
            found[f"{name}_per_s"] = round(rate, 1)
            await side.rest()
        rounds.append(found)
        told = ", ".join(f"{name} {found[f'{name}_per_s']}/s" for name in sides)
        place.say(f"rung {number + 1}: {told}")
    return rounds


__all__ = ["take"]
