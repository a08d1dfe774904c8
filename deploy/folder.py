"""The data folder of one stack: its layout, its lock, the version that wrote it, its secrets.

lock  version  secrets/  postgres/  nats/  temporal/  mail/  inbound-mail/  logs/  run/
"""

import fcntl
import json
import os
import secrets
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.errors import StackError

DATA_VERSION = 1
"""Increased when the contents of the folder change so that older programs must not use it."""


def default_folder() -> Path:
    """Return $ALONGSIDE_DATA, or the user's own data folder."""
    named = os.environ.get("ALONGSIDE_DATA")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "alongside"


@dataclass(frozen=True)
class Secrets:
    """The passwords of a folder, generated once."""

    superuser: str
    owner: str
    api: str
    work: str
    nats: str


class DataFolder:
    """One data folder, locked by at most one running stack."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: int | None = None

    # -- where things are

    @property
    def secrets_folder(self) -> Path:
        return self.path / "secrets"

    @property
    def keys(self) -> Path:
        return self.secrets_folder / "keys.json"

    @property
    def passwords(self) -> Path:
        return self.secrets_folder / "passwords.json"

    @property
    def token_private_key(self) -> Path:
        return self.secrets_folder / "token-private.pem"

    @property
    def token_public_key(self) -> Path:
        return self.secrets_folder / "token-public.pem"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    @property
    def last_backup(self) -> Path:
        """The file that whatever makes a backup touches when it has made one."""
        return self.path / "last-backup"

    @property
    def inbound_mail(self) -> Path:
        return self.path / "inbound-mail"

    @property
    def practice_clock(self) -> Path:
        return self.path / "practice-clock.json"

    @property
    def processes(self) -> Path:
        """Pid and start time of every child, for the next `up`."""
        return self.path / "run" / "processes.json"

    @property
    def stack(self) -> Path:
        """Ports and kind of the running (or last) stack, for the other commands."""
        return self.path / "run" / "stack.json"

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    # -- opening

    def open(self) -> None:
        """Create the folder when it is new, take its lock, check its version. Raise StackError on any problem."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
        except OSError as error:
            where = error.filename or self.path
            raise StackError(
                f"the data folder {self.path} is not usable ({where}: {error.strerror}): choose another with --data DIR"
            ) from None
        try:
            self._check_version()
            for name in ("secrets", "nats", "temporal", "mail", "inbound-mail", "logs", "run"):
                (self.path / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            self.close()
            raise StackError(f"the data folder {self.path} cannot be written ({error.strerror})") from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        # The kernel releases the lock with its last holder, so a killed `up` leaves none behind.
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            raise StackError(
                f"the data folder {self.path} is in use by process {holder}: "
                "stop that stack, or choose another folder with --data DIR"
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._lock = handle

    def _check_version(self) -> None:
        file = self.path / "version"
        if not file.exists():
            strangers = sorted({entry.name for entry in self.path.iterdir()} - {"lock"})
            if strangers:
                raise StackError(
                    f"{self.path} is not a data folder of Alongside (it holds {strangers[0]!r} and no version file): "
                    "choose an empty or new folder with --data DIR"
                )
            write_whole(file, f"{DATA_VERSION}\n")
            return
        text = file.read_text(encoding="utf-8", errors="replace").strip()
        if not text.isdigit():
            raise StackError(f"{file} is broken (it says {text[:20]!r}): restore the folder from a copy")
        found = int(text)
        if found > DATA_VERSION:
            raise StackError(
                f"the data in {self.path} is of version {found}, newer than this program ({DATA_VERSION}): "
                "use the newer Alongside"
            )
        if found < DATA_VERSION:
            raise StackError(
                f"the data in {self.path} is of version {found}, older than this program reads ({DATA_VERSION}): "
                "start it once with the Alongside that wrote it and follow its notes for moving on"
            )

    # -- what it holds

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder."""
        return self.path / "postgres"

    def check_secrets(self) -> None:
        """Raise StackError when there is a database but not its keys: new keys would only hide the loss."""
        if not self.cluster.exists():
            return
        for file, what in (
            (self.keys, "what is sealed in the database opens with it alone"),
            (self.passwords, "the database takes no other passwords"),
        ):
            if not file.exists():
                raise StackError(f"{file} is gone; {what}: restore it from a copy")

    def secrets(self) -> Secrets:
        """Return the folder's passwords; generate them on first use."""
        names = ("superuser", "owner", "api", "work", "nats")
        file = self.passwords
        if not file.exists():
            write_whole(file, json.dumps({name: secrets.token_urlsafe(32) for name in names}), mode=0o600)
        try:
            held = json.loads(file.read_text(encoding="utf-8"))
            return Secrets(**{name: str(held[name]) for name in names})
        except (OSError, ValueError, KeyError, TypeError):
            raise StackError(f"{file} is missing a password or cannot be read: restore it from a copy") from None

    def team(self) -> uuid.UUID:
        """Return the default team of `alongside token`; generate its id on first use."""
        file = self.secrets_folder / "team"
        if not file.exists():
            write_whole(file, f"{uuid.uuid4()}\n", mode=0o600)
        return uuid.UUID(file.read_text(encoding="ascii").strip())

    def write_stack(self, facts: dict[str, Any]) -> None:
        write_whole(self.stack, json.dumps({**facts, "folder": identity(self.stack.parent)}), mode=0o600)

    def read_stack(self) -> dict[str, Any]:
        """Read what `write_stack` stored. Raise StackError when no stack was ever started here.

        In a copy of a folder the facts are those of the original, whose databases and services the copy must not use.
        """
        try:
            facts = json.loads(self.stack.read_text(encoding="utf-8"))
            copied = facts.get("folder") != identity(self.stack.parent)
        except (OSError, ValueError):
            raise StackError(f"no stack was started on {self.path}: run `alongside up --data {self.path}`") from None
        if copied:
            raise StackError(
                f"{self.path} is a copy of a data folder and no stack was started on it yet: "
                f"run `alongside up --data {self.path} --port-base N`"
            )
        return facts

    def is_held(self) -> bool:
        """Return whether a running stack has locked the folder."""
        try:
            handle = os.open(self.path / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False


def identity(path: Path) -> list[int]:
    """Return the identity of a folder: the same when the folder is moved or renamed, another one for a copy."""
    seen = path.stat()
    return [seen.st_dev, seen.st_ino]


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file atomically: a reader, also after a crash, sees the old text or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
