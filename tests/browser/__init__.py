"""The Chromium of the page tests: one that is named, or the one that the set-up fetched.

The fetched one is Chromium's headless shell, the same on every machine. It takes a quarter of the processor that an
installed Chromium does, which starts its whole desktop browser around every page.
"""

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


def named() -> str | None:
    """Return the browser that ALONGSIDE_TEST_BROWSER names. Raise FileNotFoundError when it is not there."""
    given = os.environ.get("ALONGSIDE_TEST_BROWSER")
    if given and not Path(given).exists():
        raise FileNotFoundError(f"ALONGSIDE_TEST_BROWSER names {given}, and nothing is there")
    return given or None


def installed() -> str | None:
    """Return a browser of this machine, for where none can be fetched; None when there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def executable() -> str:
    """Return the browser to start. Raise FileNotFoundError with what to do."""
    found = named() or (str(FETCHED) if FETCHED.exists() else None) or installed()
    if found is None:
        raise FileNotFoundError("no browser for the page tests: run `make setup-dev`")
    return found
