"""The browser of the tests: any Chromium that is installed, driven by Playwright."""

import os
import shutil
from pathlib import Path

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW = "no Chromium here: `apt-get install chromium`, or name one by ALONGSIDE_TEST_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def executable() -> str:
    """Where it is. Without one the test is skipped and says how to get it; where one is required it fails."""
    named = os.environ.get("ALONGSIDE_TEST_BROWSER")
    if named and Path(named).exists():
        return named
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    if os.environ.get("CI_REQUIRE_BROWSER"):
        pytest.fail(HOW)
    pytest.skip(HOW)
