"""The user of PostgreSQL, which refuses to run as root, and that user's access to the program."""

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from deploy.errors import StackError
from deploy.program import User

_CANDIDATES = ("postgres", "nobody")
_COPIES = Path("/var/cache/alongside")


def for_postgres(cluster: Path) -> User | None:
    """Return the user of the server, or None for the current user. An existing cluster keeps its owner."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        owner = cluster.stat()
        return User(name=str(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StackError(
        "PostgreSQL does not run as root and there is no user 'postgres' or 'nobody': start as another user"
    )


def reachable(programs: Path, version: str, user: User) -> Path:
    """Return the folder of programs, or a copy when the user cannot traverse its path (a checkout in root's home)."""
    if _may_walk(programs / "postgres", user):
        return programs
    package = programs.parent.parent
    copy = _COPIES / f"postgres-{version}"
    if not copy.exists():
        try:
            _COPIES.mkdir(parents=True, exist_ok=True)
            _COPIES.chmod(0o755)
            fresh = Path(tempfile.mkdtemp(dir=_COPIES, prefix=".new-"))
            # The programs find their libraries beside their package, so both are copied.
            shutil.copytree(programs.parent, fresh / package.name / programs.parent.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            for folder in (fresh, fresh / package.name):  # whatever our umask: the user must be able to traverse
                folder.chmod(0o755)
            os.rename(fresh, copy)
        except FileExistsError:
            pass  # a concurrent start has made the copy
        except OSError as error:
            if not copy.exists():
                raise StackError(
                    f"user {user.name} cannot reach PostgreSQL at {programs}, and copying it to {copy} failed "
                    f"({error.strerror}): start as a user who is not root"
                ) from None
    return copy / package.name / programs.parent.name / programs.name


def _may_walk(path: Path, user: User) -> bool:
    """Return whether this user can traverse every folder of the path and execute the file."""
    for step in (path, *path.resolve().parents):
        seen = step.stat()
        if seen.st_uid == user.uid:
            wanted = 0o100
        elif seen.st_gid == user.gid:
            wanted = 0o010
        else:
            wanted = 0o001
        if not seen.st_mode & wanted:
            return False
    return True
