"""No task on Today or the board without a way out: each kind is put there, and ended as its page offers it."""

import re
from collections.abc import AsyncIterator, Sequence
from html import unescape
from uuid import UUID

import pytest

from deploy.demo.setting import Setting
from services.casework.task import service as tasks
from services.casework.task.rules import CLOSED_BY_FACT, KINDS
from services.console.task import words
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from tests.console.conftest import PASSWORD, Home
from tests.console.hand import Hand
from tests.tables import base_of

# What a press of Done sends, and every address that a card leads to.
_ENDS = re.compile(r'name="task" value="([\w:-]+)"')
_LEADS = re.compile(r'<a class="(?:nhsuk-button[^"]*task-button|console-tap)" href="([^"]+)"')


@pytest.fixture
async def casework(home: Home) -> AsyncIterator[Database]:
    """The database of casework, to put tasks there without waiting for what would make them owed."""
    base_of("casework")  # its tables name each other
    database = Database(home.stack.settings(), "casework", "work")
    yield database
    await database.dispose()


def whose(role: str) -> list[str]:
    """Return the kinds of this role that a person ends by a press."""
    return [kind for kind, rule in KINDS.items() if rule.for_role == role and kind not in CLOSED_BY_FACT]


async def put(database: Database, about: tasks.About, kinds: Sequence[str]) -> dict[str, str]:
    """Open a task of each kind, and return the kinds by id."""
    found: dict[str, str] = {}
    async with database.transaction(Actor.service("casework")) as session:
        for kind in kinds:
            task = await tasks.open_task(session, kind, f"{kind}:{about.referral_id}:walk", about, at=clock.now())
            found[str(task.id)] = kind
    return found


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(("role", "path"), [("worker", "/today"), ("supervisor", "/board"), ("supervisor", "/today")])
async def test_every_kind_is_shown_leads_somewhere_and_is_ended(
    home: Home, scene: Setting, casework: Database, hand: Hand, role: str, path: str
) -> None:
    person = await scene.register("Synthetic Kit")
    await scene.agree("tb")
    await scene.start_plan()
    referral = await scene.refer("tb")
    sent = await scene.worker.get("referrals", f"/referrals/{referral}")
    mine = home.ids["worker"]
    about = tasks.About(
        home.team, str(mine), UUID(scene.cast.case), UUID(scene.cast.plan), UUID(person), UUID(referral),
        UUID(sent["agency_id"]),
    )  # fmt: skip
    owed = await put(casework, about, whose(role))
    await hand.sign_in(role, PASSWORD)
    page = (await hand.get(path)).text
    there = set(_ENDS.findall(page))
    assert (missing := {owed[one] for one in owed.keys() - there}) == set(), f"no way to end {missing}"
    for kind in owed.values():
        assert all(part in unescape(page) for part in words.of(kind).asks.split("{service}")), kind
    # A record of oversight is intake's; here there is none to be read.
    for to in {unescape(one) for one in _LEADS.findall(page) if not one.startswith("/oversight/")}:
        # Some acts of a referral are not possible in its state; then the task is ended by its press.
        assert (await hand.get(to)).status_code in (200, 303, 409), to
    for task, kind in owed.items():
        back = path.removeprefix("/")
        done = await hand.post(f"/tasks/done?back={back}", {"task": task, "why": "done"})
        assert (done.status_code, done.headers["location"]) == (303, f"{path}?done={task}"), kind
    left = (await hand.get(path)).text
    assert not set(_ENDS.findall(left)) & owed.keys()
