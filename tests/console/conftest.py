"""A whole practice stack with the console, staff of every role on it, and a browser to open pages with."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from random import randrange
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from sqlalchemy import update

from deploy.demo import jumps
from deploy.demo.api import Caller, Json
from deploy.demo.setting import Setting, setting
from deploy.stack import Stack
from services.console.first_day import service as first_steps
from services.console.session import service as sessions
from services.console.staff import passwords
from services.console.staff import service as staff
from services.console.staff.models import Session
from services.console.web import cookies
from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database
from tests import begins, keys
from tests import browser as chromium
from tests.console.hand import Hand
from tests.console.looks import WIDTHS, Watch
from tests.folders import new_folder

PASSWORD = "lantern gravel ninepins otter"
PHONE, DESK = WIDTHS
ROLES = ("worker", "clinician", "supervisor", "guardian", "commissioner", "admin")
HERE = Path(__file__).parent

PageAs = Callable[..., Awaitable[Page]]


class Home:
    """The running stack and the staff on it: `ids` by role, everybody in `team`, signing in as the role's name."""

    def __init__(self, stack: Stack, database: Database, team: UUID) -> None:
        self.stack, self.database, self.team = stack, database, team
        self.url = stack.url("console")
        self.ids: dict[str, UUID] = {}
        self.names: dict[str, str] = {}  # by role, as they sign in
        self.services: dict[str, Json] = {}  # of the synthetic directory, by pathway
        self._kept = ""

    async def hire(
        self, role: str, sign_in: str, team: UUID | None = None, name: str = "", *, first_day: bool = False
    ) -> UUID:
        """Open an account for a new colleague, with the password of the tests, who knows their way by default."""
        kept = self._kept = self._kept or await passwords.hashed(PASSWORD)
        async with self.database.transaction(Actor.service("console")) as tx:
            account = await staff.open_account(
                tx,
                sign_in=sign_in,
                name=name or f"Synthetic {role}",
                role=Role(role),
                team_ids=[team or self.team],
                phone="020 7946 0000",
                password_hash=kept,
            )
            if not first_day:
                await first_steps.hide(tx, account.id)
        # As the console itself does within seconds: a test gives them a case at once.
        state = {"account_id": str(account.id), "role": role, "teams": [str(team or self.team)]}
        headers = {"Authorization": f"Bearer {self.stack.token('system', teams=[team or self.team])}"}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            url = f"{self.stack.url('casework')}/members"
            (await http.post(url, json={"members": [state]}, headers=headers)).raise_for_status()
        return account.id

    async def hire_all(self, called: Callable[[str], str]) -> None:
        """Somebody of every role for `team`, who signs in by what `called` makes of the role."""
        async with self.database.transaction(Actor.service("console")) as tx:
            await staff.open_team(tx, f"Synthetic team {str(self.team)[-12:]}", self.team)
        self.names = {role: called(role) for role in ROLES}
        self.ids = {role: await self.hire(role, name) for role, name in self.names.items()}

    async def session(self, sign_in: str) -> str:
        """Begin a session of this account, and return the value of its cookie."""
        async with self.database.transaction(Actor.service("console")) as tx:
            account = await staff.by_sign_in(tx, sign_in)
            assert account is not None, f"nobody signs in as {sign_in}"
            return await sessions.begin(tx, account.id)

    async def idle(self, sign_in: str) -> None:
        """Make the account idle for more than half an hour."""
        await self._sessions(sign_in, seen_at=clock.real() - timedelta(minutes=31))

    async def end_sessions(self, sign_in: str) -> None:
        """As if twelve hours had gone by since this account signed in."""
        await self._sessions(sign_in, ends_at=clock.real())

    async def _sessions(self, sign_in: str, **values: datetime) -> None:
        async with self.database.transaction(Actor.service("console")) as tx:
            account = await staff.by_sign_in(tx, sign_in)
            assert account is not None
            await tx.execute(update(Session).where(Session.account_id == account.id).values(**values))


# For this package alone: the tests after it have the machine, and the clock, to themselves again.
@pytest.fixture(scope="package")
async def home() -> AsyncIterator[Home]:
    """Everything running; one account for each role; the synthetic directory imported."""
    folder = new_folder("alongside-console-")
    wishes, team = str(jumps.folder_of(folder / "data")), uuid4()
    # Tests open teams of their own; what nothing tells the team of is still read by the first.
    # The tests are the proxy in front, which says where each of them comes from.
    more = {
        "ALONGSIDE_PRACTICE_JUMPS_FOLDER": wishes,
        "ALONGSIDE_INBOUND_MAIL_TEAM": str(team),
        "ALONGSIDE_TRUSTED_PROXIES": "127.0.0.1",
    }
    stack = Stack(folder / "data", practice_clock=True, durable=False, extra_environment=more)
    await stack.start()
    begins.at_once(stack.folder.practice_clock)
    settings = stack.settings()
    database = Database(settings, "console", "work")
    found = Home(stack, database, team)
    try:
        with keys.in_use(settings):
            await found.hire_all(lambda role: role)
            async with setting(stack) as first:
                await first.load_directory()
                found.services = first.cast.services
            yield found
    finally:
        await database.dispose()
        await stack.stop()
        clock.use_file(None)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def apart(home: Home) -> AsyncIterator[None]:
    """For this test the home's team and colleagues are others: it moves time, and with it all that is open there."""
    kept = home.team, home.ids, home.names
    home.team = uuid4()
    await home.hire_all(lambda role: f"{role}-{home.team}")
    yield
    home.team, home.ids, home.names = kept


@dataclass(frozen=True)
class Worker:
    """A colleague of one test alone: nobody has more than twenty cases, and there are more tests."""

    sign_in: str
    id: UUID


@pytest.fixture
async def worker(home: Home) -> Worker:
    """Whom `page_as("worker")` and `scene.worker` are in this test."""
    sign_in = f"worker-{uuid4().hex[:12]}"
    return Worker(sign_in, await home.hire("worker", sign_in))


@pytest.fixture
async def scene(home: Home, worker: Worker) -> AsyncIterator[Setting]:
    """Callers and the clock driver for the accounts that the pages sign in as: what a test needs done beforehand."""
    async with setting(home.stack, home.team, str(worker.id)) as found:
        found.cast.services = home.services
        found.supervisor = caller(home, "supervisor", found)
        before = clock.offset()
        yield found
        if home.names["worker"] == "worker":
            assert clock.offset() == before, "what other tests left open would have to move too: use `apart`"


def caller(home: Home, role: str, scene: Setting) -> Caller:
    """Return a client of the API with this role's account."""
    return Caller(
        scene.worker._http,  # pyright: ignore[reportPrivateUsage]
        home.stack.url,
        lambda: home.stack.token(role, teams=[home.team], sub=str(home.ids[role])),
    )


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests; each page has its own cookies."""
    where = chromium.executable()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=where, headless=True, args=chromium.FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def page_as(home: Home, worker: Worker, browser: Browser) -> AsyncIterator[PageAs]:
    """`await page_as("worker", width=360)`: a fresh browser with that role signed in (None: nobody), on no page yet.

    `script=False` turns JavaScript off. After the test no page may have asked another host or broken the policy. How
    somebody signs in is looked at in test_ground.py and test_accounts.py: each other test would pay for it.
    """
    async with AsyncExitStack() as opened:
        watches: list[Watch] = []

        async def closed(context: BrowserContext) -> None:
            async with asyncio.timeout(60):
                await context.close()

        async def make(role: str | None, width: int = PHONE, *, script: bool = True, sign_in: str = "") -> Page:
            # Of strangers what they send is counted by address: without one of its own, a quick machine's tests are
            # together more than one visitor may send in a minute.
            place = {"X-Forwarded-For": an_address()} if role is None else {}
            context = await browser.new_context(
                base_url=home.url,
                viewport={"width": width, "height": 800},
                java_script_enabled=script,
                extra_http_headers=place,
            )
            opened.push_async_callback(closed, context)
            if role is not None:
                name = sign_in or (worker.sign_in if role == "worker" else home.names[role])
                await context.add_cookies([cookie(await home.session(name))])
            page = await context.new_page()
            page.set_default_timeout(15_000)
            watches.append(Watch(page, home.url))
            return page

        yield make
        for watch in watches:
            watch.check()


async def sign_out(page: Page, **how: Any) -> None:
    """Sign out, by the menu of the header."""
    more = page.locator("[data-more]")
    if await more.get_attribute("open") is None:
        await more.locator("summary").click()
    await page.click("button:has-text('Sign out')", **how)


def cookie(session: str) -> Any:
    """Return the session's cookie as the console sets it (services/console/web/cookies.py)."""
    return {
        "name": cookies.SESSION,
        "value": session,
        "domain": "localhost",
        "path": "/",
        "secure": True,
        "httpOnly": True,
        "sameSite": "Lax",
    }


SECONDS_A_TEST = 240
SECONDS_TO_BEGIN = 240  # for the stack and the browser that the first test of a process starts


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limit the time of each test, so that a page that never answers holds up no other; a module may allow more."""
    for item in items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(HERE) and iscoroutinefunction(item.obj):
            seconds = getattr(item.module, "SECONDS_A_TEST", SECONDS_A_TEST)
            item.obj = _bounded(item.obj, seconds)
            item.add_marker(pytest.mark.timeout(seconds + SECONDS_TO_BEGIN))


def _bounded(test: Callable[..., Awaitable[None]], seconds: float) -> Callable[..., Awaitable[None]]:
    @wraps(test)
    async def within(*args: Any, **given: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*args, **given)

    return within


def an_address() -> str:
    """Return the address of some visitor, as a proxy in front of the pages tells it."""
    return f"198.18.{randrange(256)}.{randrange(256)}"


@pytest.fixture
async def http(home: Home) -> AsyncIterator[httpx.AsyncClient]:
    """Return a plain client of the console."""
    async with httpx.AsyncClient(base_url=home.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def hand(http: httpx.AsyncClient, home: Home) -> Hand:
    """Return requests as a browser, or an attacker, would make them.

    They come from an address of this test's own, because guesses are counted by address.
    """
    return Hand(http, home.url, an_address(), home.names)
