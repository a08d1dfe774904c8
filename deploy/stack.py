"""The whole of Alongside on one machine: three engines, migrations, services, console, the workflow worker.

One machine only: Temporal's development server on SQLite, everything on 127.0.0.1, no TLS.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from deploy import children, control, left_overs, members
from deploy.engines import binaries, databases, nats, postgres, temporal
from deploy.errors import StackError
from deploy.folder import DataFolder
from deploy.ports import Ports
from deploy.supervisor import UNWELL_SECONDS, After, Supervisor

if TYPE_CHECKING:
    from shared.settings import Settings

SERVICES = ("intake", "casework", "referrals")
CONSOLE = "console"
# The processes with a database and HTTP: the services of care, and the console in front of them.
MEMBERS = (*SERVICES, CONSOLE)
ENGINES = ("postgres", "nats", "temporal")
WORKER = "worker"
# Writers stop before the engines to which they write.
STOP_ORDER = [[CONSOLE], [WORKER], list(SERVICES), ["temporal"], ["nats"], ["postgres"]]

Say = Callable[[str], None]


def _quiet(_: str) -> None:
    return None


class Stack:
    """One stack on one data folder, its processes children of this one.

    Without `ports` the stack uses free ones, as throw-away stacks do. `practice_clock` lets a driver move the clock of
    care and the engine's timers (demo, rehearsal, tests); a folder that once had a practice clock keeps it.
    `durable=False` skips syncing a new cluster to disk. `dynamic_config` are further settings of the Temporal server.
    `through` are, by the name of a process of ours, the ports by which it reaches the others, where a proxy is in
    between. `say` gets lines for people, `step` what the start waits for. `unwell_seconds` is how long a process may
    not answer before it is restarted.
    """

    def __init__(
        self,
        data_dir: Path,
        ports: Ports | None = None,
        practice_clock: bool = False,
        *,
        durable: bool = True,
        dynamic_config: Mapping[str, str] | None = None,
        extra_environment: Mapping[str, str] | None = None,
        through: Mapping[str, Ports] | None = None,
        say: Say = _quiet,
        step: Say = _quiet,
        unwell_seconds: float = UNWELL_SECONDS,
    ) -> None:
        self.folder = DataFolder(data_dir)
        self.ports = ports or Ports.free()
        self._fixed_ports = ports is not None
        self._durable = durable
        self._dynamic_config = dynamic_config
        self._extra = dict(extra_environment or {})
        self._through = dict(through or {})
        self._say = say
        self._step = step
        self.practice = practice_clock or self.folder.practice_clock.exists()
        self.supervisor = Supervisor(self.folder.processes, say, unwell_seconds=unwell_seconds)
        self._cluster: postgres.Cluster | None = None
        self._open = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Start everything in order and return when all of it answers.

        Raise StackError, in one line, on a failure, with nothing left running.
        """
        await self.start_engines()
        try:
            self._step("bringing the databases to this version, loading intake, casework, referrals and the console")
            # The worker needs no database; services load while the migrations run, and begin their work after them.
            migrated = asyncio.ensure_future(self.migrate())
            await _together(migrated, self.start_services(after=migrated))
        except BaseException:
            await self.stop()
            raise

    async def start_engines(self) -> None:
        """Start PostgreSQL with roles and empty databases, NATS and Temporal, and create the folder's secrets."""
        self.folder.open()
        try:
            ended = await asyncio.to_thread(left_overs.end, self.folder.processes)
            if ended:
                self._say(f"ended what a killed run had left behind: {', '.join(ended)}")
            if self._fixed_ports:
                self.ports.check()
            self.folder.check_secrets()
            self._make_keys()
            self.folder.write_stack(self._facts())
            await self._open.enter_async_context(control.listening(self.folder.stack.parent, self.supervisor))
            self._step("starting PostgreSQL, NATS and Temporal")
            await _together(self._start_postgres(), self._start_nats(), self._start_temporal())
        except BaseException:
            await self.stop()
            raise

    async def migrate(self) -> None:
        """Migrate every database to this program's revision, in a process of its own."""
        await members.run_migrations(self.folder, self.migration_environment())

    async def start_services(self, names: Iterable[str] = (*MEMBERS, WORKER), *, after: After = None) -> None:
        """Start the named processes together; those that wait for the migrations are ready `after` those."""
        await _together(*(self.start_member(name, after=after) for name in names))

    async def start_member(self, name: str, *, after: After = None) -> None:
        """Start one service or the worker."""
        environment = self.environment(name)
        if name == WORKER:
            program = members.worker(self.folder, self.ports, environment)
        else:
            if name == CONSOLE:  # only the console signs people in, and so has the key that signs their tokens
                environment["ALONGSIDE_TOKEN_PRIVATE_KEY_FILE"] = str(self.folder.token_private_key)
            program = members.service(name, self.folder, self.ports, environment)
        await self.supervisor.start(program, after=after)

    async def stop(self) -> None:
        """Stop everything, writers first. Idempotent; a cancellation does not interrupt the stop."""
        try:
            await children.to_the_end(self._open.aclose())
            await self.supervisor.stop_all(STOP_ORDER)
        finally:
            if self._cluster is not None:
                self._cluster.close()
            self.folder.close()

    # -- for drivers and tests

    def kill(self, name: str) -> int:
        """Kill a process by SIGKILL, as in a crash; the supervisor restarts it. Return the pid that died."""
        return self.supervisor.kill(name)

    async def wait_ready(self, name: str, seconds: float = 60.0) -> None:
        """Wait until a killed process answers again."""
        await self.supervisor.wait_ready(name, seconds)

    def pid(self, name: str) -> int | None:
        """Return the pid of a process, or None while it is down."""
        child = self.supervisor.children.get(name)
        return None if child is None else child.pid

    @property
    def pids(self) -> dict[str, int | None]:
        return {name: child.pid for name, child in self.supervisor.children.items()}

    @property
    def status(self) -> dict[str, dict[str, Any]]:
        """Each process: pid, readiness, start (seconds of the wall clock) and number of restarts."""
        return {
            name: {
                "pid": child.pid,
                "ready": child.is_ready,
                "since": child.since,
                "restarts": child.restarts,
            }
            for name, child in self.supervisor.children.items()
        }

    def url(self, service: str) -> str:
        if service == CONSOLE:
            return console_url(self.ports)
        return f"http://127.0.0.1:{getattr(self.ports, service)}"

    def environment(self, name: str = "") -> dict[str, str]:
        """Return the ALONGSIDE_* variables of the process of this name.

        They do not include the private token key or the password of the databases' owner, who may alter tables.
        """
        found = {**environment(self.folder, self._through.get(name, self.ports), self.practice), **self._extra}
        if name in (*MEMBERS, WORKER):
            found["ALONGSIDE_METRICS_PORT"] = str(self.ports.metrics(name))
        return found

    def migration_environment(self) -> dict[str, str]:
        """Return the variables of `alongside migrate`, which alone runs as the databases' owner."""
        return {**self.environment(), "ALONGSIDE_DATABASE_PASSWORD_OWNER": self.folder.secrets().owner}

    def settings(self) -> "Settings":
        """Return typed settings with all secrets, for drivers and tests in this process."""
        return settings(self.folder, self.environment())

    def token(self, role: str, *, teams: Iterable[UUID] | None = None, sub: str | None = None) -> str:
        """Issue a bearer token; without teams, for the folder's own team."""
        return issue_token(self.folder, role, teams=teams, sub=sub)

    def superuser(self, database: str = "postgres") -> dict[str, str | int]:
        """Return the connection parameters of PostgreSQL's superuser, for tests and the bench."""
        assert self._cluster is not None, "start first"
        return self._cluster.connection_string(database)

    # -- parts of the start

    def _facts(self) -> dict[str, Any]:
        return {"ports": vars(self.ports), "practice": self.practice, "pid": os.getpid()}

    def _make_keys(self) -> None:
        from deploy.cli import keys
        from shared import clock

        keys.make(self.folder.keys, self.folder.token_private_key, self.folder.token_public_key)
        if self.practice and not self.folder.practice_clock.exists():
            clock.set_offset(self.folder.practice_clock, timedelta(0))

    async def _start_postgres(self) -> None:
        self._cluster = postgres.Cluster(self.folder, self.ports)
        await self._cluster.prepare(durable=self._durable)
        await self.supervisor.start(self._cluster.program())
        held = self.folder.secrets()
        passwords = {"owner": held.owner, "api": held.api, "work": held.work}
        await asyncio.to_thread(databases.ensure, self._cluster.connection_string(), MEMBERS, passwords)

    async def _start_nats(self) -> None:
        await binaries.nats_server().check()
        await self.supervisor.start(nats.program(self.folder, self.ports))

    async def _start_temporal(self) -> None:
        await binaries.temporal().check()
        program = temporal.program(self.folder, self.ports, practice=self.practice, dynamic_config=self._dynamic_config)
        await self.supervisor.start(program)


def console_url(ports: Ports) -> str:
    """Return the console's address, by name: browsers allow secure cookies and passkeys on localhost without TLS."""
    return f"http://localhost:{ports.console}"


def environment(folder: DataFolder, ports: Ports, practice: bool) -> dict[str, str]:
    """Return the ALONGSIDE_* variables of a stack on this folder."""
    held = folder.secrets()
    variables: dict[str, object] = {
        "MODE": "embedded",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": ports.postgres,
        "DATABASE_SSLMODE": "disable",
        "DATABASE_PASSWORD_API": held.api,
        "DATABASE_PASSWORD_WORK": held.work,
        "NATS_URL": nats.address(folder, ports),
        "TEMPORAL_ADDRESS": temporal.address(ports),
        "TEMPORAL_NAMESPACE": "default",
        "KEYS_FILE": folder.keys,
        "TOKEN_PUBLIC_KEY_FILE": folder.token_public_key,
        "HOST": "127.0.0.1",
        "CONSOLE_PORT": ports.console,
        "CONSOLE_URL": console_url(ports),
        "INTAKE_PORT": ports.intake,
        "CASEWORK_PORT": ports.casework,
        "REFERRALS_PORT": ports.referrals,
        "WORKER_PORT": ports.worker,
        "MAIL_FOLDER": folder.mail,
        "LAST_BACKUP_FILE": folder.last_backup,
        "INBOUND_MAIL_FOLDER": folder.inbound_mail,
        "REPLY_BASE_URL": console_url(ports),
    }
    if practice:
        variables["PRACTICE_CLOCK_FILE"] = folder.practice_clock
    return {f"ALONGSIDE_{name}": str(value) for name, value in variables.items()}


def settings(folder: DataFolder, variables: Mapping[str, str]) -> "Settings":
    """Return typed settings of a stack, with the private token key and the password of the databases' owner added."""
    from pydantic import SecretStr

    from shared.settings import Settings

    given: dict[str, Any] = {
        name.removeprefix("ALONGSIDE_").lower(): value
        for name, value in variables.items()
        if name.startswith("ALONGSIDE_")
    }
    return Settings(
        **given,
        token_private_key_file=folder.token_private_key,
        database_password_owner=SecretStr(folder.secrets().owner),
    )


def settings_of(folder: DataFolder) -> "Settings":
    """Return typed settings of the stack that was started on this folder. Raise StackError when none ever was."""
    facts = folder.read_stack()
    return settings(folder, environment(folder, Ports(**facts["ports"]), bool(facts["practice"])))


def issue_token(folder: DataFolder, role: str, *, teams: Iterable[UUID] | None = None, sub: str | None = None) -> str:
    """Issue a bearer token signed with the folder's private key.

    Raise StackError for an unknown role or a folder without a key.
    """
    from shared.access import tokens
    from shared.access.roles import Role
    from shared.settings import Settings

    choices = [known.value for known in Role if known is not Role.SERVICE]
    if role not in choices:
        raise StackError(f"there is no role {role!r} for people: choose from {', '.join(choices)}")
    try:
        key = tokens.load_key(folder.token_private_key)
        return tokens.issue(
            key,
            sub or f"{role}-embedded",
            Role(role),
            [folder.team()] if teams is None else list(teams),
            Settings.model_fields["token_audience"].default,
        )
    except FileNotFoundError:
        raise StackError(f"{folder.path} holds no token key yet: run `alongside up` on it once") from None
    except ValueError as error:
        raise StackError(str(error)) from None


async def _together(*parts: Coroutine[Any, Any, None] | Awaitable[None]) -> None:
    """Run all parts concurrently; the first failure cancels the others before it is raised."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
