"""The Chromium of the page tests: one that is named or installed, or the one that the set-up fetched."""

import os
import shutil
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FETCHED = Path(__file__).parent / "unpacked" / "chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def installed() -> str | None:
    """Return the browser that ALONGSIDE_TEST_BROWSER names, or else one that is installed; None when there is none.

    Raises FileNotFoundError when the one that is named is not there.
    """
    named = os.environ.get("ALONGSIDE_TEST_BROWSER")
    if named and not Path(named).exists():
        raise FileNotFoundError(f"ALONGSIDE_TEST_BROWSER names {named}, and nothing is there")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


def executable() -> str:
    """Return the browser to start. Raises FileNotFoundError with what to do."""
    found = installed() or (str(FETCHED) if FETCHED.exists() else None)
    if found is None:
        raise FileNotFoundError("no browser for the page tests: run `make setup-dev`")
    return found
