"""What keeps `alongside up` from starting: one clear line, exit 1, nothing left running."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.folder import DATA_VERSION, DataFolder
from deploy.ports import Ports


@pytest.fixture
def base() -> int:
    """A port base of which every port is free."""
    return Ports.free().console


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    left = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or [])]
    assert not left


def refused(folder: Path, base: int, **environment: str) -> str:
    """Run `alongside up`, which must refuse in one line, and answer the line."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "up", "--data", str(folder), "--port-base", str(base)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("alongside: ")
    return lines[0]


def test_a_taken_port(folder: Path, base: int) -> None:
    with socket.create_server(("127.0.0.1", base + 2)):
        line = refused(folder, base)
    assert f"port {base + 2} (casework) is taken" in line
    assert "--port-base" in line


def test_a_locked_data_folder(folder: Path, base: int) -> None:
    holder = DataFolder(folder)
    holder.open()
    try:
        line = refused(folder, base)
    finally:
        holder.close()
    assert f"is in use by process {os.getpid()}" in line


def test_a_missing_engine(folder: Path, base: int, tmp_path: Path) -> None:
    line = refused(folder, base, ALONGSIDE_NATS_BINARY=str(tmp_path / "nats-server"))
    assert "the NATS server is missing" in line
    assert "make setup" in line


@pytest.mark.parametrize("variable", ["ALONGSIDE_NATS_BINARY", "ALONGSIDE_TEMPORAL_BINARY"])
@pytest.mark.parametrize(
    "content", ["#!/bin/sh\necho no luck\nexit 3\n", "not a program", "#!/bin/sh\necho version 99.1.0\n"]
)
def test_a_broken_engine(folder: Path, base: int, tmp_path: Path, variable: str, content: str) -> None:
    binary = tmp_path / "engine"
    binary.write_text(content)
    binary.chmod(0o755)
    line = refused(folder, base, **{variable: str(binary)})
    assert "is broken" in line or "is version 99.1" in line


def test_a_broken_postgres(folder: Path, base: int, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "postgres").write_text("")
    line = refused(folder, base, ALONGSIDE_POSTGRES_BIN=str(tmp_path / "bin"))
    assert "PostgreSQL" in line
    assert "is broken" in line


@pytest.mark.parametrize(
    ("version", "says"), [(DATA_VERSION + 1, "newer than this program"), (DATA_VERSION - 1, "older than")]
)
def test_another_data_version(folder: Path, base: int, version: int, says: str) -> None:
    folder.mkdir()
    (folder / "version").write_text(f"{version}\n")
    assert says in refused(folder, base)


def test_a_folder_that_is_not_ours(folder: Path, base: int) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    line = refused(folder, base)
    assert "is not a data folder of Alongside" in line
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert not (folder / "postgres").exists()


def test_a_data_folder_that_cannot_be_made(folder: Path, base: int, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is not usable" in refused(tmp_path / "file" / "data", base)


def test_a_database_of_another_postgres(folder: Path, base: int) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "secrets").mkdir()
    (folder / "version").write_text(f"{DATA_VERSION}\n")
    (folder / "postgres" / "PG_VERSION").write_text("15\n")
    DataFolder(folder).keys.write_text("{}")
    DataFolder(folder).secrets()
    assert "was written by PostgreSQL 15" in refused(folder, base)
