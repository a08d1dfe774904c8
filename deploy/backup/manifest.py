"""The one readable file of a backup: when it was made, by what, and the hash of every other file."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.errors import StackError

NAME = "manifest.json"
FORMAT = 1

INBOUND = "inbound-mail.tar.age"
DATABASES = "databases.tar.age"
FOLDER = "folder.tar.age"
# In this order. An email that is taken in meanwhile is in both of the first two, and is then known as the same one. A
# key that is added meanwhile is in the last, so whatever the databases hold opens.
PARTS = (INBOUND, DATABASES, FOLDER)


@dataclass(frozen=True)
class Manifest:
    """Describe a backup: everything that was accepted before `begun` is in it."""

    begun: str
    ended: str
    postgres: str
    data_version: int
    files: dict[str, str]
    format: int = FORMAT

    def text(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"


def read(backup: Path) -> Manifest:
    """Read a backup's manifest. Raise StackError when there is none that this program can use."""
    file = backup / NAME
    try:
        found = Manifest(**json.loads(file.read_text(encoding="utf-8")))
        whole = found.format == FORMAT and set(found.files) == set(PARTS)
    except FileNotFoundError:
        raise StackError(f"{backup} is not a finished backup: it holds no {NAME}") from None
    except (OSError, ValueError, TypeError):
        raise StackError(f"{file} cannot be read as the manifest of a backup: use another backup") from None
    if not whole:
        raise StackError(f"{file} is not of a form that this program knows: use the Alongside that wrote it")
    return found


def check(backup: Path) -> Manifest:
    """Compare every file with its hash. Raise StackError, naming the file, when one is missing or another one."""
    found = read(backup)
    for name, wanted in found.files.items():
        if not re.fullmatch("[0-9a-f]{64}", str(wanted)):
            raise StackError(f"{backup / NAME} holds no hash of {name}: use another backup")
        try:
            with (backup / name).open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == wanted
        except OSError as error:
            raise StackError(f"{backup / name} cannot be read ({error.strerror}): use another backup") from None
        if not same:
            raise StackError(f"{backup / name} was altered or cut short: use another backup")
    return found
