"""Our emails, the page behind their link and what is read there name the worker who has the case now, or nobody."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.referrals.outbound import secrets
from services.referrals.worker import service as workers
from shared import clock
from shared.context import Actor
from shared.events.casework import CaseClosed, CaseOpened, CaseReassigned, CaseStageChanged
from shared.ids import new_id
from shared.practice.calendar import local_day
from shared.settings import Settings
from tests.referrals.conftest import TOLD, Api, Place
from tests.referrals.message.post import Post, read, text_in
from tests.referrals.stories import Story

ORGANISATION = "A Synthetic Charity"


class Case:
    """The case of a referral's person, as casework tells of it."""

    def __init__(self, story: Story) -> None:
        self.story, self.versions = story, itertools.count(1)
        self.about: dict[str, Any] = {
            "case_id": new_id(),
            "person_id": story.person_id,
            "team_id": story.worker.teams[0],
        }

    def _of(self, kind: Any, **more: Any) -> Any:
        return kind(version=next(self.versions), occurred_at=clock.now(), **self.about, **more)

    def opened(self, worker: str | None) -> CaseOpened:
        return self._of(CaseOpened, stage="engaging" if worker else "waiting", worker_id=worker)

    def given(self, worker: str | None) -> CaseReassigned:
        return self._of(CaseReassigned, worker_id=worker)

    def stage(self, before: str, to: str) -> CaseStageChanged:
        return self._of(CaseStageChanged, from_stage=before, to_stage=to)

    def closed(self) -> CaseClosed:
        return self._of(CaseClosed, reason="goals_met")

    async def heard(self, *events: Any) -> None:
        """Each in a transaction of its own, in this order."""
        handlers: dict[type, Any] = {
            CaseOpened: workers.opened,
            CaseReassigned: workers.reassigned,
            CaseStageChanged: workers.stage_changed,
            CaseClosed: workers.closed,
        }
        for event in events:
            async with self.story.db.transaction(Actor.service("referrals")) as session:
                await handlers[type(event)](session, event)

    async def asked_for(self) -> str | None:
        async with self.story.db.transaction(self.story.worker) as session:
            return (await workers.to_ask_for(session, [await self.story.row()])).get(self.story.id)


@pytest.fixture
async def names(as_role: Callable[..., Api]) -> None:
    """Two workers chose the name that services see, one chose none."""
    for account, name in (("olivia", "Olivia"), ("ben", " Ben "), ("nameless", None)):
        assert (await as_role("worker", sub=account).post("/contact-name", name=name)).status_code == 200


async def emails(post: Post) -> list[str]:
    said = [text_in(read(path.read_bytes())) for path in sorted(post.folder.glob("*.eml"))]
    for path in post.folder.glob("*.eml"):
        path.unlink()
    return said


async def test_who_has_the_case_now_is_named_in_every_email_and_behind_the_link(
    app: FastAPI, http: httpx.AsyncClient, post: Post, place: Place, names: None
) -> None:
    ours = {"organisation_name": ORGANISATION, "contact_phone": "020 7946 0000"}
    app.state.services.settings = app.state.services.settings.model_copy(update=ours)
    app.state.services.nats = post.nats
    told = {**TOLD, "worker_first_name": "Olivia", "worker_phone": "020 7946 0999"}
    story = await post.story(place, told=told)
    case = Case(story)
    await case.heard(case.opened("olivia"))
    mailer = post.mailer(**ours)
    assert await mailer.round() == ["sent"]
    [first] = await emails(post)
    assert f"ring Olivia at {ORGANISATION} on 020 7946 0000" in first and "0999" not in first

    async def shown() -> tuple[str, str]:
        [message] = await post.messages(kind="first")
        opening = {"token": secrets.token(message.id)}
        page = (await http.post("/replies/open", json=opening)).json()["referrals"][0]["ring"]
        code = secrets.second_step(story.id, local_day(clock.now()))
        behind = await http.post("/replies/told", json={**opening, "second_step": code})
        assert behind.json()["told"]["worker_phone"] == "020 7946 0000"
        return page, behind.json()["told"]["worker_first_name"]

    assert await shown() == (f"Olivia at {ORGANISATION}",) * 2
    for worker, named in (("ben", f"Ben at {ORGANISATION}"), ("nameless", ORGANISATION), (None, ORGANISATION)):
        await case.heard(case.given(worker))
        assert await shown() == (named,) * 2
        post.to_the_morning()
        await post.remind(story)
        post.travel(timedelta(minutes=15))
        assert await mailer.round() == ["sent"]
        [reminder] = await emails(post)
        assert f"ring {named} on 020 7946 0000" in reminder and "Olivia" not in reminder


async def test_a_list_says_for_each_reference_whom_to_ask_for(post: Post, place: Place, names: None) -> None:
    mine, yours, nobodys = [await post.story(place) for _ in range(3)]
    for story, worker in ((mine, "olivia"), (yours, "ben")):
        case = Case(story)
        await case.heard(case.opened(worker))
    mailer = post.mailer(organisation_name=ORGANISATION)
    await mailer.round()
    await emails(post)
    post.to_the_morning()
    for story in (mine, yours, nobodys):
        await post.remind(story)
    post.travel(timedelta(minutes=15))
    assert await mailer.round() == ["sent"]
    [said] = await emails(post)
    assert f"ring {ORGANISATION} on" in said
    asked = {(await story.row()).reference: name for story, name in ((mine, "Olivia"), (yours, "Ben"), (nobodys, ""))}
    for reference, name in asked.items():
        [line] = [each for each in said.split("\n") if reference in each]
        assert line.endswith(f"Ask for {name}.") if name else "Ask for" not in line


async def test_the_worker_is_right_in_whatever_order_it_is_heard(story: Story, names: None) -> None:
    case = Case(story)
    opened, waits = case.opened("olivia"), case.stage("engaging", "waiting")
    given, closed = case.given("ben"), case.closed()
    again = case.stage("closed", "engaging")
    for events, named in (
        ((opened, waits, given), "Ben"),
        ((given, waits, opened), "Ben"),
        ((opened, waits), None),
        ((waits, opened), None),
        ((opened, given, closed), None),
        ((closed, given, opened), None),
        ((opened, given, closed, again), "Ben"),
        ((again, closed, given, opened), "Ben"),
    ):
        one = Case(story)
        await one.heard(*(each.model_copy(update={"case_id": one.about["case_id"]}) for each in events))
        assert await one.asked_for() == named, [type(each).__name__ for each in events]
        await one.heard(one.closed().model_copy(update={"version": 99}))


async def test_the_case_of_another_team_names_nobody(story: Story, names: None) -> None:
    case = Case(story)
    case.about["team_id"] = new_id()
    await case.heard(case.opened("olivia"))
    assert await case.asked_for() is None


@pytest.fixture
async def story(db: Any, activities: Any, worker: Actor, place: Place) -> Story:
    return await Story(db, activities, worker, place).sent()


async def test_a_name_is_its_holders_alone_and_may_be_taken_back(as_role: Callable[..., Api], names: None) -> None:
    olivia, ben = as_role("worker", sub="olivia"), as_role("worker", sub="ben")
    assert (await olivia.get("/contact-name")).json() == {"name": "Olivia"}
    assert (await ben.get("/contact-name")).json() == {"name": "Ben"}
    assert (await olivia.post("/contact-name")).json() == {"name": None}
    assert (await olivia.get("/contact-name")).json() == {"name": None}
    assert (await olivia.post("/contact-name", name="x" * 61)).status_code == 422
    assert (await as_role("guardian").get("/contact-name")).status_code == 403


@pytest.mark.parametrize(
    ("ours", "worker", "said"),
    [
        ({}, None, "the team"),
        ({}, "Olivia", "Olivia"),
        ({"organisation_name": "Doors"}, None, "Doors"),
        ({"organisation_name": "Doors"}, "Olivia", "Olivia at Doors"),
        ({"contact_name": "the day team"}, "Olivia", "Olivia at the day team"),
        ({"organisation_name": "Doors", "contact_name": "the day team"}, None, "the day team"),
        ({"organisation_name": "Doors", "contact_name": "the day team"}, "Olivia", "Olivia at Doors"),
    ],
)
def test_whom_to_ring(ours: dict[str, str], worker: str | None, said: str) -> None:
    assert Settings(**ours).whom_to_ring(worker) == said  # type: ignore[arg-type]
