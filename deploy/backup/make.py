"""Making a backup of a running stack: every database at one point, then the keys that open them."""

import contextlib
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import psycopg

from deploy.backup import manifest, sealed, unfinished
from deploy.backup.stopping import Stop, stoppable
from deploy.engines import binaries
from deploy.engines.postgres import SUPERUSER
from deploy.errors import StackError, in_short
from deploy.folder import DATA_VERSION, DataFolder


def make(folder: DataFolder, parent: Path, to: sealed.Recipients) -> Path:
    """Make a backup in a new folder below `parent` and return it; a backup that failed leaves nothing there."""
    port = int(folder.read_stack()["ports"]["postgres"])
    if not folder.is_held():
        raise StackError(f"no stack runs on {folder.path}: run `alongside up --data {folder.path}`")
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with stoppable() as stop, unfinished.folder(parent, "backup") as new:
            made = _make(folder, port, new, to, stop)
        folder.last_backup.touch()
    except OSError as error:
        raise StackError(f"no backup was made ({error.filename or parent}: {error.strerror})") from None
    return made


def _make(folder: DataFolder, port: int, new: Path, to: sealed.Recipients, stop: Stop) -> Path:
    begun = datetime.now(UTC)
    sources = {
        manifest.INBOUND: lambda: _files(folder, (folder.inbound_mail.name,)),
        manifest.DATABASES: lambda: _databases(folder, port),
        manifest.FOLDER: lambda: _files(
            folder, ("version", folder.practice_clock.name, folder.mail.name, folder.secrets_folder.name)
        ),
    }
    files: dict[str, str] = {}
    for name in manifest.PARTS:
        try:
            with sources[name]() as source:
                files[name] = sealed.write(source, new / name, to)
        finally:
            stop.check()
    said = manifest.Manifest(
        begun=begun.isoformat(),
        ended=datetime.now(UTC).isoformat(),
        postgres=(folder.cluster / "PG_VERSION").read_text(encoding="ascii").strip(),
        data_version=DATA_VERSION,
        files=files,
    )
    with (new / manifest.NAME).open("x", encoding="utf-8") as file:
        file.write(said.text())
        file.flush()
        os.fsync(file.fileno())
    _sync(new)
    stop.finish()
    made = new.rename(new.parent / f"alongside-{begun:%Y%m%dT%H%M%S.%fZ}")
    _sync(made.parent)
    return made


@contextlib.contextmanager
def _databases(folder: DataFolder, port: int) -> Iterator[BinaryIO]:
    """Yield the whole cluster as one archive, with the log that brings it to one point, and its own list of hashes."""
    password = folder.secrets().superuser
    place = {"host": "127.0.0.1", "port": port, "user": SUPERUSER, "dbname": "postgres"}
    command = (
        binaries.postgres_folder() / "pg_basebackup",
        *("--host=127.0.0.1", f"--port={port}", f"--username={SUPERUSER}", "--no-password"),
        *("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--manifest-checksums=SHA256"),
    )
    try:
        server = psycopg.connect(**place, password=password, connect_timeout=5, autocommit=True)  # type: ignore[arg-type]
    except psycopg.OperationalError:
        raise StackError("PostgreSQL does not answer: look at `alongside status`") from None
    with server:
        # The server keeps the log from here on, however long this takes: it is read at the end.
        server.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", (f"backup_{os.getpid()}",))
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.defpath, "TZ": "UTC", "PGPASSWORD": password},
            process_group=0,
        )
        try:
            assert child.stdout is not None and child.stderr is not None
            yield cast(BinaryIO, child.stdout)
            said = child.stderr.read().decode("utf-8", "replace")
            if child.wait() != 0:
                raise StackError(f"PostgreSQL gave no backup: {in_short(RuntimeError(said))}")
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()


@contextlib.contextmanager
def _files(folder: DataFolder, names: tuple[str, ...]) -> Iterator[BinaryIO]:
    """Yield an archive of these files and folders of the data folder, made while it is read."""
    ours, theirs = os.pipe()
    failed: list[OSError | tarfile.TarError] = []

    def fill() -> None:
        try:
            with os.fdopen(theirs, "wb") as target, tarfile.open(fileobj=target, mode="w|") as archive:
                for name in names:
                    _add(archive, folder.path, folder.path / name)
        except BrokenPipeError:
            pass  # the reader has given up, and says why
        except (OSError, tarfile.TarError) as error:
            failed.append(error)

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        with os.fdopen(ours, "rb") as source:
            yield source
    finally:
        thread.join()
    if failed:
        raise StackError(f"the files beside the databases could not be read: {in_short(failed[0])}")


def _add(archive: tarfile.TarFile, base: Path, path: Path) -> None:
    """Add a path with all below it. What is taken in or sent meanwhile is no longer there, and that is no error."""
    try:
        archive.add(path, str(path.relative_to(base)), recursive=False)
        below = sorted(path.iterdir()) if path.is_dir() else []
    except FileNotFoundError:
        return
    for each in below:
        if not each.name.startswith("."):  # half written, and to be renamed
            _add(archive, base, each)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
