"""The set-up: locks with hashes and no address, one agreeing with the other; the CI entry."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ASSETS = ROOT / "services" / "console" / "assets"
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def _pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize(
    ("folder", "named"),
    [
        (ASSETS, {"node_modules/nhsuk-frontend", "node_modules/htmx.org", "node_modules/axe-core"}),
        (ROOT / "tests" / "browser", {"node_modules/@sparticuz/chromium"}),
    ],
    ids=["assets", "browser"],
)
def test_an_npm_lock_pins_by_hash_and_names_no_address(folder: Path, named: set[str]) -> None:
    """Nothing of theirs is in version control, and nothing fetched may run a script of its own."""
    text = (folder / "package-lock.json").read_text()
    assert "://" not in text
    assert "resolved" not in text
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert named <= packages.keys()
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
    assert '"--ignore-scripts"' in (ASSETS / "build.py").read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--extra-index" not in text
    assert " @ " not in text
    entries = [entry for entry in re.split(r"\n(?=[a-z])", text.strip()) if not entry.startswith("#")]
    assert len(entries) > 40
    for entry in entries:
        assert "==" in entry.splitlines()[0], entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_locks_agree() -> None:
    runtime, development = _pins(LOCKS[0]), _pins(LOCKS[1])
    assert runtime.items() <= development.items()


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, development = _pins(LOCKS[0]), _pins(LOCKS[1])

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[\[<>=;~! ]", line)[0].lower() for line in wanted}

    extras = project["project"]["optional-dependencies"]
    assert names(project["project"]["dependencies"]) <= runtime.keys()
    assert names(project["build-system"]["requires"]) <= runtime.keys()
    assert names(extras["dev"]) <= development.keys()
    assert not names(extras["dev"]) & runtime.keys() - names(extras["build"])


def test_make_installs_by_hash_only() -> None:
    makefile = (ROOT / "Makefile").read_text()
    installs = re.findall(r"install (.*)", makefile)
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-index" in line
    wanted = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "requirements-dev.lock" in wanted
    assert "-m pytest" in wanted


def test_ci_runs_the_checks_and_the_tests() -> None:
    lines = [line.strip() for line in (ROOT / ".ci" / "run").read_text().splitlines()]
    assert "make lint" in lines
    assert "make test" in lines
    assert "compose-check" in (ROOT / "Makefile").read_text()
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
