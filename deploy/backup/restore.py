"""Putting a backup back into a new data folder: all of it is checked beside that folder, then it gets its name."""

import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
from pathlib import Path

from deploy.backup import manifest, sealed, unfinished
from deploy.backup.stopping import Stop, stoppable
from deploy.engines import accounts, binaries
from deploy.errors import StackError, in_short
from deploy.folder import DATA_VERSION, DataFolder


def restore(backup: Path, into: Path, identity: sealed.Identities) -> manifest.Manifest:
    """Put a backup into a folder that does not exist yet; a restore that failed leaves nothing of it."""
    into = into.expanduser().absolute()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise StackError(f"{into} is there already and is not overwritten: name a new folder with --into")
    said = _usable(backup)
    try:
        into.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Readable, so nothing of it may stay.
        with stoppable() as stop, unfinished.folder(into.parent, into.name) as new:
            _fill(backup, new, identity, stop)
            os.sync()
            stop.finish()
            new.rename(into)
            os.sync()
    except OSError as error:
        raise StackError(f"nothing was restored ({error.filename or into}: {error.strerror})") from None
    return said


def verify(backup: Path, identity: sealed.Identities) -> manifest.Manifest:
    """Check a backup as a restore does, in the folder for temporary files, and keep nothing of it.

    Without an identity the hashes of its files alone are compared: that they open, and hold a database, is not known.
    """
    said = _usable(backup)
    if not identity:
        return said
    beside = Path(tempfile.gettempdir())
    try:
        with stoppable() as stop, unfinished.folder(beside, "alongside-verify") as new:
            _fill(backup, new, identity, stop)
            shutil.rmtree(new)
    except OSError as error:
        raise StackError(f"it was not verified ({error.filename or beside}: {error.strerror})") from None
    return said


def _usable(backup: Path) -> manifest.Manifest:
    """Return the manifest of a backup whose files are as they were written, by this version of the data."""
    said = manifest.check(backup)
    if said.postgres != str(binaries.postgres().major) or said.data_version != DATA_VERSION:
        raise StackError(
            f"the backup is of PostgreSQL {said.postgres}, data version {said.data_version}: "
            "restore it with the Alongside that wrote it"
        )
    return said


def _fill(backup: Path, new: Path, identity: sealed.Identities, stop: Stop) -> None:
    folder = DataFolder(new)
    user = accounts.for_postgres(folder.cluster)
    mask = os.umask(0o077)
    try:
        for name in manifest.PARTS:
            try:
                _unpack(backup / name, folder.cluster if name == manifest.DATABASES else new, identity)
            finally:
                stop.check()
    finally:
        os.umask(mask)
    _verify(folder.cluster)
    if user is not None:
        for path in (folder.cluster, *folder.cluster.rglob("*")):
            os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _unpack(file: Path, target: Path, identity: sealed.Identities) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    ours, theirs = os.pipe()
    failed: list[Exception] = []

    def decrypt() -> None:
        try:
            with os.fdopen(theirs, "wb") as clear:
                sealed.read(file, clear, identity)
        except BrokenPipeError:
            pass  # the archive was refused, and that is raised
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=decrypt)
    thread.start()
    wrong: tarfile.TarError | None = None
    try:
        with os.fdopen(ours, "rb") as source:
            try:
                with tarfile.open(fileobj=source, mode="r|") as archive:
                    archive.extractall(target, filter="data")
                while source.read(1 << 20):  # to the end: age says only there that nothing is missing
                    pass
            except tarfile.TarError as error:
                wrong = error
    finally:
        thread.join()
    if failed:
        raise failed[0]
    if wrong is not None:
        raise StackError(f"{file} does not hold what it should: {in_short(wrong)}")


def _verify(cluster: Path) -> None:
    """Have PostgreSQL compare each of its files with its own list, and read the log that it will need."""
    done = subprocess.run(
        [binaries.postgres_folder() / "pg_verifybackup", "--quiet", "--exit-on-error", cluster],
        capture_output=True,
        env={"PATH": os.defpath, "TZ": "UTC"},
        process_group=0,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"the databases of this backup are not whole: {in_short(RuntimeError(done.stderr.decode()))}")
