"""The watched folder: mails dropped into it are taken in and moved to `done/` or, with the reason, to `refused/`.

A file is read once it has not changed between two looks, so a slow writer is waited for. What an engine that is away
interrupts stays where it is. Any number of processes may watch one folder: a mail taken in twice is one mail.
"""

import asyncio
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from services.referrals.base import SERVICE
from services.referrals.mail import reading, service
from services.referrals.mail.reading import CannotBeRead
from shared import log
from shared.context import Actor
from shared.db.session import Database
from shared.failure import is_infrastructure
from shared.http.state import Services
from shared.keep import still_wanted

POLL_SECONDS = 1.0
DONE, REFUSED = "done", "refused"

Seen = dict[str, tuple[int, int]]


async def inbound_mail(services: Services) -> None:
    """The background work of a process, idle when no folder is set."""
    folder = services.settings.inbound_mail_folder
    if folder is None:
        await asyncio.Event().wait()  # nothing to watch: idle until cancelled
        return
    watch = Watch(services.work, folder, services.settings.inbound_mail_team)
    while True:
        still_wanted()
        await watch.look()
        await asyncio.sleep(POLL_SECONDS)


class Watch:
    """One watched folder."""

    def __init__(self, database: Database, folder: Path, reads_the_rest: UUID | None = None) -> None:
        self._database, self._folder, self._reads_the_rest = database, folder, reads_the_rest
        self._seen: Seen = {}

    async def look(self) -> int:
        """Take in what has come to rest since the last look; the number of files moved."""
        now = await asyncio.to_thread(_files, self._folder)
        rested = [name for name, state in now.items() if self._seen.get(name) == state]
        self._seen = now
        for name in sorted(rested):
            await self._take(name)
        return len(rested)

    async def _take(self, name: str) -> None:
        path = self._folder / name
        try:
            raw = await asyncio.to_thread(_read, path)
            mail = await asyncio.to_thread(reading.read, raw)
            async with self._database.transaction(Actor.service(SERVICE)) as session:
                received = await service.receive(session, mail, self._reads_the_rest)
        except FileNotFoundError:
            return  # another process took it
        except CannotBeRead as error:
            await self._refuse(path, error.rule)
        except Exception as error:
            if is_infrastructure(error):
                raise
            # One mail that trips us must not hold up those behind it.
            log.get(part="inbound mail").error("a mail could not be taken in", exc_info=True)
            await self._refuse(path, "internal_error")
        else:
            log.get(part="inbound mail").info("a mail was taken in", reason=received.status)
            await asyncio.to_thread(_move, path, self._folder / DONE, None)

    async def _refuse(self, path: Path, rule: str) -> None:
        log.get(part="inbound mail").warning("a mail was refused", rule=rule)
        await asyncio.to_thread(_move, path, self._folder / REFUSED, rule)


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


def _read(path: Path) -> bytes:
    # Never through a link, and never from a pipe: only what was put here.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError:
        raise CannotBeRead("not_a_file") from None
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise CannotBeRead("not_a_file")
        return file.read(reading.MOST + 1)


def _move(path: Path, to: Path, why: str | None) -> None:
    to.mkdir(mode=0o700, exist_ok=True)
    target, number = to / path.name, 1
    while target.exists() or target.is_symlink():
        target, number = to / f"{path.stem}-{number}{path.suffix}", number + 1
    with suppress(FileNotFoundError):
        os.rename(path, target)
        if why is not None:
            target.with_name(f"{target.name}.why.txt").write_text(f"{why}\n", encoding="utf-8")
