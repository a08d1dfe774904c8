"""The watched folder: an email dropped into it is received and its file deleted; nothing of it stays in the clear.

A file is read once it has not changed between two scans, so that a slow writer can finish. It is deleted after the
commit: a file that an interruption leaves is received again, and an email received twice is stored once. Any number of
processes may watch one folder, and no file holds up the others. An email that cannot be read is stored sealed and is
somebody's task.
"""

import asyncio
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from services.referrals.base import SERVICE
from services.referrals.mail import triage
from services.referrals.mail.parser import MOST, CannotBeRead
from services.referrals.mail.reader import READER
from shared import log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import is_infrastructure
from shared.http.state import Services
from shared.supervise import raise_if_cancelled

POLL_SECONDS = 1.0

Seen = dict[str, tuple[int, int]]


async def inbound_mail(services: Services) -> None:
    """Watch the folder for as long as the process runs; idle when no folder is set."""
    folder = services.settings.inbound_mail_folder
    if folder is None:
        await asyncio.Event().wait()  # nothing to watch: idle until cancelled
        return
    watch = Watch(services.work, folder, services.settings.inbound_mail_team)
    while True:
        raise_if_cancelled()
        await watch.look()
        await asyncio.sleep(POLL_SECONDS)


class Watch:
    """One watched folder."""

    def __init__(self, database: Database, folder: Path, reads_the_rest: UUID | None = None) -> None:
        self._database, self._folder, self._reads_the_rest = database, folder, reads_the_rest
        self._seen: Seen = {}

    async def look(self) -> int:
        """Receive the files that have not changed since the last scan; return how many were tried."""
        now = await asyncio.to_thread(_files, self._folder)
        rested = [name for name, state in now.items() if self._seen.get(name) == state]
        self._seen = now
        for name in sorted(rested):
            try:
                await self._take(self._folder / name)
            except Exception as error:
                if is_infrastructure(error):
                    raise
                # A file that fails must not hold up those after it. It is tried again.
                log.get(part="inbound mail").error("a file could not be taken in", exc_info=True)
        return len(rested)

    async def _take(self, path: Path) -> None:
        try:
            raw, state = await asyncio.to_thread(_read, path)
        except FileNotFoundError:
            return  # another process took it
        except CannotBeRead as error:
            state = None
            await take_in(self._database, os.fsencode(path.name), self._reads_the_rest, refused=error.rule)
        else:
            await take_in(self._database, raw, self._reads_the_rest, size=state.st_size)
        # The commit is done; only now may the file be deleted.
        await asyncio.to_thread(_delete, path, state)


async def take_in(
    database: Database, raw: bytes, reads_the_rest: UUID | None, *, size: int | None = None, refused: str | None = None
) -> None:
    """Receive one email in a transaction of its own, whatever is wrong with it. Raise only when an engine is away.

    `size`: the size of the email, when `raw` is only its beginning. `refused`: why it cannot be read, when that is
    known.
    """
    rule, mail = refused, None
    if rule is None and size is not None and size > MOST:
        rule = "too_large"
    if rule is None:
        try:
            mail = await READER.read(raw)
        except CannotBeRead as error:
            rule = error.rule
    if mail is not None:
        try:
            async with database.transaction(Actor.service(SERVICE)) as session:
                received = await triage.receive(session, mail, reads_the_rest)
            log.get(part="inbound mail").info("a mail was taken in", reason=received.status)
            return
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.get(part="inbound mail").error("a mail could not be taken in", exc_info=True)
            rule = "internal_error"
    async with database.transaction(Actor.service(SERVICE)) as session:
        await triage.refuse(session, raw, rule or "internal_error", size or len(raw), reads_the_rest)


def _files(folder: Path) -> Seen:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found: Seen = {}
    for entry in os.scandir(folder):
        if entry.name.startswith(".") or entry.name.endswith((".tmp", ".part")):
            continue
        with suppress(FileNotFoundError):
            state = entry.stat(follow_symlinks=False)
            if not stat.S_ISDIR(state.st_mode):
                found[entry.name] = (state.st_mtime_ns, state.st_size)
    return found


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    """Return the contents of the file and its state; of a file that is too large, only as much as is stored."""
    # Never through a link, and never from a pipe: only a regular file in this folder.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError:
        raise CannotBeRead("not_a_file") from None
    with open(handle, "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise CannotBeRead("not_a_file")
        return file.read(MOST + 1), state


def _delete(path: Path, was: os.stat_result | None) -> None:
    with suppress(FileNotFoundError):
        now = os.lstat(path)
        if was is not None and (now.st_ino, now.st_mtime_ns, now.st_size) != (was.st_ino, was.st_mtime_ns, was.st_size):
            return  # another email has come under this name
        os.unlink(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
