"""Ordinary work through the public APIs, by clients that retry with the same key and body until they get an answer."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from deploy.chaos.ledger import Ledger
from deploy.chaos.plan import Action
from deploy.chaos.work import TOLD, Person, steady
from deploy.demo.api import ApiError, Caller, Json
from deploy.demo.setting import Setting
from deploy.errors import StackError
from shared import clock
from shared.http.problems import OUTCOME_UNKNOWN

T = TypeVar("T")

# The last service has no email address: it is rung.
PATHWAYS = ("tb", "housing", "sau", "legal")
# Below a worker's ceiling of twenty cases.
MOST_PEOPLE = 12
MOST_REFERRALS = 4
PATIENCE_SECONDS = 240.0
# Statuses that are expected when the state has changed meanwhile: the action is no longer legal, or its row is gone.
NO_LONGER = (403, 404, 409, 410, 422, 429)
# The possible first answers of a service.
FIRST = ("accept", "see", "waitlist", "decline")
GIVEN = ("accept", "accept", "see", "waitlist", "decline", "book", "attend", "complete")


class Gate:
    """A gate for clients: while it is closed, none works. Closing waits until every client has finished its action."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._at_work = 0

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        while not self._open.is_set():
            await self._open.wait()
        self._at_work += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()

    @asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Let nobody work while the block runs."""
        self._open.clear()
        try:
            await self._idle.wait()
            yield
        finally:
            self._open.set()


@dataclass
class Client:
    """One worker of the team, with people of their own. `system` is the gateway that submits emails."""

    scene: Setting
    system: Callable[[], str]
    http: httpx.AsyncClient
    ledger: Ledger
    seen: Counter[str]
    refused: Counter[str]
    people: list[Person] = field(default_factory=list[Person])

    async def work(self, plan: Iterator[Action], gate: Gate) -> None:
        """Do the actions of the plan, for ever."""
        for action in plan:
            async with gate.passing():
                await self.do(action)
            await asyncio.sleep(action.pause)

    async def do(self, action: Action) -> None:
        """Do one action until it is answered."""
        what = action.what
        if what == "register" and len(self.people) >= MOST_PEOPLE:
            what = "meet"
        if what == "register" or not self.people:
            await self._register()
            return
        subject = self.people[int(action.pick * len(self.people))]
        if what in ("phone", "link", "email", "command") and not subject.referrals:
            what = "refer"
        if what == "refer" and len(subject.referrals) >= MOST_REFERRALS:
            what = "phone"
        doing: Callable[[Person, float], Awaitable[None]] = getattr(self, f"_{what}")
        try:
            await doing(subject, action.choice)
        except ApiError as error:
            if error.status not in NO_LONGER:
                raise
            self.refused[f"{what}: {error.status}"] += 1

    # -- each kind of work

    async def _register(self) -> None:
        made = await self._post("intake", "/people", {"alias": "Synthetic Sam"})
        subject = Person(self.ledger.add("people", made["id"]))
        for pathway in PATHWAYS:
            body = {
                "agency_id": self.scene.cast.services[pathway]["agency_id"],
                "purpose": "referral",
                "may_tell": ["alias", "safe_contact", "person_wants"],
                "may_tell_us": ["attendance", "outcome"],
                "how_given": "spoken",
            }
            self.ledger.add("consents", (await self._post("intake", f"/people/{subject.person}/consents", body))["id"])
        # Casework learns of a person a moment later; while NATS is unavailable, later still.
        opened = await self._post("casework", "/cases", {"person_id": subject.person}, also=(404,))
        subject.case = self.ledger.add("cases", opened["id"])
        goals = {"goals": ["a dry place to sleep (synthetic)"]}
        subject.plan = self.ledger.add(
            "plans", (await self._post("casework", f"/cases/{subject.case}/plan", goals))["id"]
        )
        self.people.append(subject)

    async def _meet(self, subject: Person, choice: float) -> None:
        if choice < 0.7:
            body: Json = {"kind": "met", "channel": "in_person", "place": "day centre (synthetic)"}
        else:
            sighting = {"by_whom": "the street team", "where": "by the canal", "how_they_were": "tired (synthetic)"}
            body = {"kind": "sighted", "sighting": sighting}
        self.ledger.add("contacts", (await self._post("intake", f"/people/{subject.person}/contacts", body))["id"])

    async def _refer(self, subject: Person, choice: float) -> None:
        pathway = PATHWAYS[int(choice * len(PATHWAYS))]
        body: Json = {
            "person_id": subject.person,
            "case_id": subject.case,
            "plan_id": subject.plan,
            "service_id": self.scene.cast.services[pathway]["id"],
            "pathway": pathway,
            "told": TOLD,
            "again_because": "a second matter (synthetic)",
        }
        if not subject.referrals:
            del body["again_because"]
        made = self.ledger.add("referrals", (await self._post("referrals", "/referrals", body))["id"])
        subject.referrals.append(made)
        await self._post("referrals", f"/referrals/{made}/moves", {"move": "send"})

    async def _phone(self, subject: Person, choice: float) -> None:
        await self.phone(_one(subject.referrals, choice), choice)

    async def phone(self, referral: str, choice: float, of: Sequence[str] = GIVEN) -> None:
        """Record an answer of the service over the phone."""
        said = _said(_one(of, choice))
        body = {"outcome": "spoke", "said": said}
        answer = await self._post("referrals", f"/referrals/{referral}/replies", body)
        self._record(referral, said["answer"], answer)

    async def _link(self, subject: Person, choice: float) -> None:
        referral = _one(subject.referrals, choice)
        own = await self._get("referrals", f"/referrals/{referral}")
        sent = await self._every("referrals", "/messages", referral_id=referral, status="sent")
        if not sent:
            self.refused["link: nothing was sent yet"] += 1
            return
        try:
            token = self.scene.token_from_mail(_one(sent, choice)["id"])
        except (StopIteration, StackError):
            self.refused["link: an email without one"] += 1
            return
        said = _said(GIVEN[int(choice * 89) % len(GIVEN)])
        body = {"token": token, "reference": own["reference"], "safe_contact_confirmed": True, **said}
        answer = await self._post("referrals", "/replies", body, caller=self.scene.agency)
        self._record(referral, said["answer"], answer)

    def _record(self, referral: str, said: str, answer: Json) -> None:
        if answer["changed"]:
            self.ledger.answers[referral, said] += 1

    async def _email(self, subject: Person, choice: float) -> None:
        referral = _one(subject.referrals, choice)
        own = await self._get("referrals", f"/referrals/{referral}")
        mail = EmailMessage()
        mail["From"] = "front.door@synthetic-sau.invalid"
        mail["To"] = "alongside@alongside.invalid"
        mail["Message-ID"] = f"<{uuid4()}@synthetic.invalid>"
        mail["Subject"] = f"Re: {own['reference']}"
        mail.set_content(f"About {own['reference']}: we have seen your email (synthetic).")
        received = await self._try("email", lambda: self._hand_in(mail.as_bytes()))
        for key in received["mail_ids"]:
            self.ledger.add("emails", key)
            if choice < 0.6:
                await self._post("referrals", f"/mails/{key}/read")

    async def _hand_in(self, raw: bytes) -> Json:
        headers = {"Authorization": f"Bearer {self.system()}", "Content-Type": "message/rfc822"}
        url = f"{self.scene.stack.url('referrals')}/inbound-mail"
        answer = await self.http.post(url, content=raw, headers=headers)
        if answer.is_error:
            raise ApiError("POST referrals /inbound-mail", answer)
        return answer.json()

    async def _task(self, subject: Person, choice: float) -> None:
        owed = await self._every("casework", "/tasks", mine=True)
        if not owed:
            self.refused["task: nothing is owed"] += 1
            return
        task = _one(owed, choice)["id"]
        await self._post("casework", f"/tasks/{task}/done")
        self.ledger.tasks_done.add(task)

    async def _command(self, subject: Person, choice: float) -> None:
        body: Json = {"command": "escalate_now"} if choice < 0.6 else {"command": "extend", "working_days": 3}
        path = f"/board/{_one(subject.referrals, choice)}/commands"
        await self._post("casework", path, body, caller=self.scene.supervisor)

    async def _close(self, subject: Person, choice: float) -> None:
        body = {"reason": "goals_met"}
        await self._post("casework", f"/plans/{subject.plan}/close", body, caller=self.scene.supervisor)
        self.people.remove(subject)

    # -- asking until there is an answer

    async def _post(
        self, service: str, path: str, body: Json | None = None, *, caller: Caller | None = None, also: Any = ()
    ) -> Json:
        key = str(uuid4())
        asked = caller or self.scene.worker
        return await self._try("command", lambda: asked.post(service, path, body, key=key), also)

    async def _get(self, service: str, path: str) -> Json:
        return await self._try("", lambda: self.scene.worker.get(service, path))

    async def _every(self, service: str, path: str, **params: Any) -> list[Json]:
        return await self._try("", lambda: self.scene.worker.every(service, path, **params))

    async def _try(self, what: str, ask: Callable[[], Awaitable[T]], also: Any = ()) -> T:
        before: list[str] = []

        async def once() -> T:
            try:
                return await ask()
            except httpx.TransportError:
                before.append("a line that broke before the answer")
                raise
            except ApiError as error:
                if error.status >= 500:
                    unknown = OUTCOME_UNKNOWN in str(error)
                    before.append("an outcome that was not known yet" if unknown else f"an answer {error.status}")
                raise

        found = await steady(once, also=also, seconds=PATIENCE_SECONDS)
        if what:
            for trouble in set(before):
                self.seen[f"a {what} accepted after {trouble}, sent again with the same key"] += 1
        return found


def _one(of: Sequence[T], choice: float) -> T:
    return of[int(choice * 7919) % len(of)]


def _said(answer: str) -> Json:
    more: dict[str, Json] = {
        "decline": {"reason": "no_capacity"},
        "waitlist": {"until": (clock.now() + timedelta(days=30)).date().isoformat()},
        "book": {"appointment": {"at": (clock.now() + timedelta(days=7)).isoformat(), "place": "room 1 (synthetic)"}},
    }
    return {"answer": answer, **more.get(answer, {})}
