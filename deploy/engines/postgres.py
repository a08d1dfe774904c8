"""PostgreSQL: one cluster with checksums, passwords for every role, TCP on this machine only, no socket file."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from deploy import children, probes
from deploy.engines import accounts, binaries
from deploy.errors import StackError
from deploy.folder import DataFolder, identity
from deploy.ports import Ports
from deploy.program import Program, User
from deploy.supervisor import bound
from shared.db.opening import connect

SUPERUSER = "alongside"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No socket file: no access without a password, and no limit on the length of the folder's path.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "jit": "off",
    # A log line must never contain a value: no statement, no parameter, no DETAIL.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


class Cluster:
    """The cluster in one data folder. Keep it open as long as the server may be restarted."""

    def __init__(self, folder: DataFolder, ports: Ports) -> None:
        self.folder = folder
        self.ports = ports
        self.path = folder.cluster
        self._handle: int | None = None
        self._user: User | None = None
        self._bin = binaries.postgres_folder()

    async def prepare(self, *, durable: bool = True) -> None:
        """Create the cluster when there is none, and check that this program can run it."""
        version = await binaries.postgres().check()
        self._user = accounts.for_postgres(self.path)
        if self._user is not None:
            self._bin = accounts.reachable(self._bin, version, self._user)
        if not (self.path / "PG_VERSION").exists():
            await self._initialise(durable)
        found = (self.path / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != version.split(".")[0]:
            raise StackError(
                f"the database in {self.path} was written by PostgreSQL {found}, this is PostgreSQL {version}: "
                "dump it with the old program and restore it into a new folder"
            )
        owner = self.path.stat().st_uid
        runs_as = os.getuid() if self._user is None else self._user.uid
        if owner != runs_as:
            what = "start as that user, or as root"
            if self._user is not None:
                what = f"PostgreSQL runs as {self._user.name}, so: chown -R {self._user.name} {self.path}"
            raise StackError(f"{self.path} belongs to user {owner}: {what}")
        self._drop_copied_lock()
        self._handle = os.open(self.path, os.O_RDONLY)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def program(self) -> Program:
        options = {**SETTINGS, "port": str(self.ports.postgres)}
        assert self._handle is not None, "prepare() first"
        return Program(
            name="postgres",
            title="PostgreSQL",
            command=(
                str(self._bin / "postgres"),
                "-D",
                self._seen(self.path, self._handle),
                *(word for key, value in options.items() for word in ("-c", f"{key}={value}")),
            ),
            environment={"PATH": os.defpath, "TZ": "UTC"},
            log=self.folder.log("postgres"),
            ready=self._ready,
            alive=lambda _: probes.postgres(self.ports.postgres),
            user=self._user,
            pass_fds=(self._handle,),
            stop=signal.SIGINT,  # fast: ends sessions, writes a checkpoint
            on_orphan=signal.SIGQUIT,  # immediate: also ends the server's own children
            stop_seconds=30,
        )

    def connection_string(self, database: str = "postgres") -> dict[str, str | int]:
        """Return the connection parameters of the superuser."""
        return {
            "host": "127.0.0.1",
            "port": self.ports.postgres,
            "user": SUPERUSER,
            "password": self.folder.secrets().superuser,
            "dbname": database,
            "connect_timeout": 5,
        }

    def _drop_copied_lock(self) -> None:
        """Remove the lock file of a cluster that was copied while it ran, which names the server of the original."""
        file = self.path / "postmaster.pid"
        try:
            holder = psutil.Process(int(file.read_text(encoding="ascii").split(maxsplit=1)[0]))
            if identity(Path(holder.cwd())) != identity(self.path):  # a server works in its cluster's folder
                file.unlink()
        except (OSError, ValueError, IndexError, psutil.Error):
            return  # no file, a process that is gone, or one that we may not inspect: PostgreSQL decides itself

    def _seen(self, path: Path, handle: int) -> str:
        """Return the path by which the server opens its folder.

        A server that runs as another user may not be able to traverse the path (root's home, a private temporary
        folder); through an open handle it need not, and no parent folder has to be opened to everybody.
        """
        if self._user is None or not sys.platform.startswith("linux"):
            return str(path)
        return f"/proc/self/fd/{handle}"

    async def _initialise(self, durable: bool) -> None:
        new = self.path.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)  # left by an interrupted start
        new.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(new, self._user.uid, self._user.gid)
        with _opened(new) as handle, tempfile.TemporaryFile() as password:
            password.write(f"{self.folder.secrets().superuser}\n".encode())
            password.flush()
            if self._user is not None:
                os.fchown(password.fileno(), self._user.uid, self._user.gid)
            await self._initdb(self._seen(new, handle), handle, password.fileno(), durable)
        os.rename(new, self.path)

    async def _initdb(self, target: str, handle: int, password: int, durable: bool) -> None:
        command = (
            str(self._bin / "initdb"),
            f"--pgdata={target}",
            f"--username={SUPERUSER}",
            f"--pwfile=/dev/fd/{password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--data-checksums",
            *_syncing(durable),
        )
        code, output = await children.output_of(
            *bound(command, signal.SIGKILL, self._user),
            pass_fds=(handle, password),
            cwd="/",
            env={"PATH": os.defpath, "TZ": "UTC"},
        )
        if code != 0:
            lines = output.strip().splitlines() or ["it says nothing"]
            told = next((line for line in lines if "error" in line.lower() or "fatal" in line.lower()), lines[-1])
            raise StackError(f"PostgreSQL could not make its folder {self.path}: {told.strip()[:200]}")

    async def _ready(self, _: int) -> None:
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                async with await connect(**self.connection_string()):
                    return
            await asyncio.sleep(0.03)


def _syncing(durable: bool) -> list[str]:
    if not durable:
        return ["--no-sync"]
    # One call for the whole file system instead of one for each of a thousand files.
    return ["--sync-method=syncfs"] if sys.platform.startswith("linux") else []


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)
