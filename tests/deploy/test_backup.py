"""Backups that must not be put back, and what is left of one that failed: one clear line, and nothing."""

import hashlib
import io
import json
import resource
import signal
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from deploy.backup import manifest, sealed, unfinished
from deploy.backup.restore import restore, verify
from deploy.backup.stopping import Stopped, stoppable
from deploy.errors import StackError
from deploy.folder import DATA_VERSION

KEY, OTHER = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()


@pytest.fixture
def backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup whose form is right, and whose database is none."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = tmp_path / "backup"
    made.mkdir()
    for name in manifest.PARTS:
        _part(made / name, {"PG_VERSION" if name == manifest.DATABASES else f"{name}.txt": b"18\n" * 100_000})
    _state(made)
    return made


def _part(file: Path, holds: dict[str, bytes]) -> None:
    clear = io.BytesIO()
    with tarfile.open(fileobj=clear, mode="w") as archive:
        for name, content in holds.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    file.unlink(missing_ok=True)
    sealed.write(io.BytesIO(clear.getvalue()), file, [KEY.to_public()])


def _state(made: Path, **other: object) -> None:
    files = {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in manifest.PARTS}
    said = manifest.Manifest("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:01+00:00", "18", DATA_VERSION, files)
    (made / manifest.NAME).write_text(json.dumps({**json.loads(said.text()), **other}))


def _cut(made: Path) -> None:
    file = made / manifest.DATABASES
    file.write_bytes(file.read_bytes()[:-100])


def _cut_and_stated(made: Path) -> None:
    _cut(made)
    _state(made)


def _altered(made: Path) -> None:
    file = made / manifest.FOLDER
    content = bytearray(file.read_bytes())
    content[-1000] ^= 1
    file.write_bytes(content)


def _altered_and_stated(made: Path) -> None:
    _altered(made)
    _state(made)


def _climbing(made: Path) -> None:
    _part(made / manifest.FOLDER, {"../outside": b"x"})
    _state(made)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: None, "databases of this backup are not whole"),
        (_cut, "altered or cut short"),
        (_cut_and_stated, "altered or cut short"),
        (_altered, "altered or cut short"),
        (_altered_and_stated, "altered or cut short"),
        (_climbing, "does not hold what it should"),
        (lambda made: (made / manifest.INBOUND).unlink(), "cannot be read"),
        (lambda made: (made / manifest.NAME).unlink(), "not a finished backup"),
        (lambda made: (made / manifest.NAME).write_text("{"), "cannot be read as the manifest"),
        (lambda made: _state(made, format=99), "use the Alongside that wrote it"),
        (lambda made: _state(made, postgres="15"), "restore it with the Alongside that wrote it"),
    ],
    ids=["no database", "cut", "cut, hash too", "altered", "altered, hash too", "climbing", "file gone"]
    + ["unfinished", "no manifest", "other form", "other server"],
)
def test_what_is_not_whole_is_not_put_back(
    backup: Path, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(backup)
    for try_it in (lambda: restore(backup, tmp_path / "data", [KEY]), lambda: verify(backup, [KEY])):
        with pytest.raises(StackError, match=said) as raised:
            try_it()
        assert "\n" not in str(raised.value)
        assert [each.name for each in tmp_path.iterdir()] == ["backup"], "nothing readable is left"


def test_without_an_identity_hashes_alone_are_compared(backup: Path) -> None:
    assert verify(backup, []).begun.startswith("2026-01-01")
    _cut(backup)
    with pytest.raises(StackError, match="altered or cut short"):
        verify(backup, [])


def test_another_identity_opens_nothing(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="not encrypted to this identity"):
        restore(backup, tmp_path / "data", [OTHER])
    assert [each.name for each in tmp_path.iterdir()] == ["backup"]


def test_a_folder_that_holds_anything_is_never_overwritten(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kept").write_text("x")
    with pytest.raises(StackError, match="not overwritten"):
        restore(backup, tmp_path / "data", [KEY])
    assert (tmp_path / "data" / "kept").read_text() == "x"


@pytest.mark.parametrize("given", [[], ["age1nobody"], [str(KEY)]], ids=["none", "broken", "a private key"])
def test_recipients_are_public_keys_and_at_least_one(given: list[str]) -> None:
    with pytest.raises(StackError) as raised:
        sealed.recipients(given)
    assert str(KEY) not in str(raised.value)


def test_files_of_keys_are_read_as_age_writes_them(tmp_path: Path) -> None:
    (tmp_path / "to").write_text(f"# the supervisor (synthetic)\n{KEY.to_public()}\n\n{OTHER.to_public()}\n")
    (tmp_path / "key").write_text(f"# created: 2026\n{OTHER}\n")
    sealed.write(io.BytesIO(b"something"), tmp_path / "file", sealed.recipients([], tmp_path / "to"))
    clear = io.BytesIO()
    sealed.read(tmp_path / "file", clear, sealed.identities(tmp_path / "key"))
    assert clear.getvalue() == b"something"
    assert b"something" not in (tmp_path / "file").read_bytes()
    with pytest.raises(StackError, match="no private key"):
        sealed.identities(tmp_path / "to")


def test_a_file_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(OSError, match="large"):
            sealed.write(io.BytesIO(bytes(1 << 20)), tmp_path / "file", [KEY.to_public()])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_a_killed_restore_left_is_removed_by_the_next(backup: Path, tmp_path: Path) -> None:
    left = tmp_path / ".data-unfinished" / "postgres"
    left.mkdir(parents=True)
    (left / "readable").write_text("what must not stay")
    with pytest.raises(StackError, match="not whole"):
        restore(backup, tmp_path / "data", [KEY])
    assert [each.name for each in tmp_path.iterdir()] == ["backup"]


def test_two_do_not_work_at_one_place(backup: Path, tmp_path: Path) -> None:
    with unfinished.folder(tmp_path, "data") as first:
        (first / "kept").write_text("x")
        with pytest.raises(StackError, match="wait for its end"):
            restore(backup, tmp_path / "data", [KEY])
        assert (first / "kept").exists()


def test_a_signal_after_the_last_moment_changes_nothing() -> None:
    with stoppable() as stop:
        stop.finish()
        signal.raise_signal(signal.SIGTERM)
        stop.check()
    with pytest.raises(Stopped), stoppable() as stop:
        signal.raise_signal(signal.SIGTERM)
