"""Practice stacks and lost secrets, as far as the command line refuses before any engine starts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.errors import StackError
from deploy.folder import DataFolder


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "deploy.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.fixture
def lived_in(tmp_path: Path) -> DataFolder:
    """A folder whose stack kept real time and is stopped."""
    folder = DataFolder(tmp_path / "data")
    folder.open()
    folder.cluster.mkdir()
    folder.keys.write_text("{}")
    folder.secrets()
    folder.write_stack({"ports": {}, "practice": False, "pid": 1})
    folder.close()
    return folder


def test_time_of_care_cannot_become_practice_time(lived_in: DataFolder) -> None:
    refused = _run("up", "--practice", "--data", str(lived_in.path))
    assert refused.returncode == 1 and "on real time" in refused.stderr
    assert not lived_in.practice_clock.exists()


def test_a_stack_on_real_time_does_not_travel(lived_in: DataFolder) -> None:
    refused = _run("travel", "--days", "1", "--data", str(lived_in.path))
    assert refused.returncode == 1 and "keeps real time" in refused.stderr


@pytest.mark.parametrize("days", ["0", "-1", "401", "nan"])
def test_a_journey_has_a_length(days: str, lived_in: DataFolder) -> None:
    refused = _run("travel", "--days", days, "--data", str(lived_in.path))
    assert refused.returncode == 1 and "no journey" in refused.stderr


@pytest.mark.parametrize("lost", ["keys", "passwords"])
def test_lost_secrets_are_not_made_anew_beside_a_database(lost: str, lived_in: DataFolder) -> None:
    file: Path = getattr(lived_in, lost)
    file.unlink()
    with pytest.raises(StackError, match=f"{file.name} is gone"):
        lived_in.check_secrets()


def test_a_new_folder_has_nothing_to_lose(tmp_path: Path) -> None:
    DataFolder(tmp_path / "new").check_secrets()


def test_a_rotation_keeps_every_older_key(tmp_path: Path) -> None:
    _run("keys", "--folder", str(tmp_path))
    before = json.loads((tmp_path / "keys.json").read_text())
    done = _run("keys", "--rotate", "--folder", str(tmp_path))
    after = json.loads((tmp_path / "keys.json").read_text())
    assert done.returncode == 0 and after["active"] == "k2" and after["hmac"] == before["hmac"]
    assert after["keys"]["k1"] == before["keys"]["k1"]
    assert before["keys"]["k1"] not in done.stdout
