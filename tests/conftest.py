"""The real engines for every test: one PostgreSQL, NATS and Temporal per test process, on free ports.

Under pytest-xdist each process has its own set, so tests of one process meet only each other. The Temporal server has
time skipping on; the databases of the services are made fresh by `database_of`. The tests of a folder that shares a
whole stack stay in one process, so that the stack is started once; other files are spread. What takes longest is begun
first, so that no process ends with it while the others have nothing left to do.
"""

import gc
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from nats.aio.client import Client as Nats
from temporalio.client import Client as Temporal
from xdist.scheduler import LoadScopeScheduling

from deploy.stack import Stack
from shared import nats as shared_nats
from shared.crypto import keyring
from shared.db.session import Database
from shared.settings import DatabaseRole, Settings
from shared.temporal.client import connect as connect_temporal
from tests import begins
from tests.databases import Databases
from tests.folders import new_folder
from tests.statements import share_compiled

# The same examples in every run, so that a red run speaks of the change; no example is judged by the clock of a busy
# machine. `--hypothesis-profile=search` looks for new ones.
_any_speed = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.register_profile("same", _any_speed, derandomize=True)
hypothesis_settings.register_profile("search", _any_speed, max_examples=2000)
hypothesis_settings.load_profile("same")

share_compiled()

MakeDatabase = Callable[..., Awaitable[Database]]
MakeToken = Callable[..., str]

# The tests of such a folder share a whole stack, or choose ports that others may choose too. The pages have three,
# since theirs are most of the work. In the order in which they are begun, before all other files.
STACKS = (
    "tests/console/walk/",
    "tests/deploy/",
    "tests/system/",
    "tests/console/board/",
    "tests/console/",
    "tests/console_alone/",
)
# Where processes of a whole stack are started, killed, starved and started again.
CRASHES = ("tests/deploy/", "tests/system/")


def scope_of(nodeid: str) -> str:
    """Name the tests that one process runs one after the other: those of a stack, or else of a file."""
    return next((folder for folder in STACKS if nodeid.startswith(folder)), nodeid.partition("::")[0])


class ByStack(LoadScopeScheduling):
    """Gives the tests that share a stack to one process, one after the other; other files are spread."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs a browser and what breaks things; among several processes, begin with the longest."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if item.nodeid.startswith(CRASHES):
            item.add_marker(pytest.mark.crash)
    if hasattr(config, "workerinput"):
        place = {folder: nth for nth, folder in enumerate(STACKS)}
        items.sort(key=lambda item: place.get(scope_of(item.nodeid), len(STACKS)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Exempt what was imported and collected from garbage collection: going over it took a seventh of a test's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Spread the tests by the stack they share."""
    return ByStack(config, log)


@pytest.fixture(scope="session", autouse=True)
def mail_reader() -> Iterator[None]:
    """Where a test read an email in this process, the child that read it is ended."""
    yield
    if used := sys.modules.get("services.referrals.mail.reader"):
        used.READER.close()


@pytest.fixture(scope="session")
async def engines() -> AsyncIterator[Stack]:
    """The three engines, with `kill(name)`, `wait_ready(name)`, ports and folder."""
    folder = new_folder("alongside-test-")
    stack = Stack(folder / "data", practice_clock=True, durable=False)
    await stack.start_engines()
    try:
        yield stack
    finally:
        await stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def settings(engines: Stack) -> Settings:
    """Settings of a process of that stack; the keyring is in use, the private token key is named."""
    found = engines.settings()
    assert found.keys_file is not None
    keyring.use(keyring.Keyring.load(found.keys_file))
    return found


@pytest.fixture(autouse=True)
def _begins(request: pytest.FixtureRequest) -> None:
    """Begin on the day that was asked for, if any was and the test has engines."""
    if begins.NAMED and "settings" in request.fixturenames:
        file = request.getfixturevalue("settings").practice_clock_file
        assert file is not None
        begins.at_once(file, request.node.nodeid)


@pytest.fixture(scope="session")
async def databases(engines: Stack, settings: Settings) -> AsyncIterator[Databases]:
    """The services' databases in PostgreSQL, without a connection of theirs."""
    found = Databases(engines, settings)
    yield found
    await found.close()


@pytest.fixture(scope="session")
async def empty_database(databases: Databases) -> Callable[[str], Awaitable[None]]:
    """`await empty_database("intake")`: that service's database without a table."""
    return databases.empty


@pytest.fixture
async def database_of(databases: Databases, settings: Settings) -> AsyncIterator[MakeDatabase]:
    """`await database_of("intake")`: the service's database migrated and empty, opened as role `work` (or `role=`).

    Call it again in the same test for a second role with `fresh=False`. Every one is closed after the test.
    """
    opened: list[Database] = []

    async def make(service: str, role: DatabaseRole = "work", *, fresh: bool = True) -> Database:
        if fresh:
            await databases.fresh(service)
        opened.append(Database(settings, service, role))
        return opened[-1]

    yield make
    for database in opened:
        await database.dispose()


@pytest.fixture(scope="session")
async def temporal_client(settings: Settings) -> Temporal:
    """A client with our data converter."""
    return await connect_temporal(settings)


@pytest.fixture(scope="session")
async def nats_connection(settings: Settings) -> AsyncIterator[Nats]:
    """A connection to NATS."""
    connection = await shared_nats.connect(settings, "tests")
    yield connection
    await connection.close()


@pytest.fixture
async def fresh_streams(nats_connection: Nats) -> Nats:
    """The connection, with every stream of earlier tests deleted."""
    js = nats_connection.jetstream()
    for info in await js.streams_info():
        if info.config.name is not None:
            await js.delete_stream(info.config.name)
    return nats_connection


@pytest.fixture(scope="session")
def token_for(engines: Stack, settings: Settings) -> MakeToken:
    """`token_for("worker", teams=[...], sub="...")`: a bearer token; without teams, for the folder's own team."""

    def make(role: str, *, teams: Iterable[UUID] | None = None, sub: str | None = None) -> str:
        return engines.token(role, teams=teams, sub=sub)

    return make


@pytest.fixture(scope="session")
def team_id(engines: Stack) -> UUID:
    """The team of tokens that name none."""
    return engines.folder.team()
