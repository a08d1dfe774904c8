"""A child process that is begun in an event loop is ended and waited for, whoever is cancelled meanwhile."""

from pathlib import Path

from tests.house.source import PACKAGES, files, mentions

BEGIN_ONE = {"asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "os.fork", "os.system", "os.popen"}
THE_HELPER = Path("deploy/children.py")


def test_children_are_begun_by_the_one_helper() -> None:
    found = [
        f"{path}:{line} {name}"
        for path in files(*PACKAGES, "tests")
        if path != THE_HELPER
        for name, line in mentions(path)
        if name in BEGIN_ONE
    ]
    assert not found, "use deploy.children:\n" + "\n".join(found)
