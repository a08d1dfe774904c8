"""The driver of the button "jump to the next thing that happens": the console writes a file, this process moves time.

By files, like the clock itself (ADR 0005): the console needs no engine, and a single driver moves a practice stack's
clock, however many people press the button.
"""

import asyncio
import json
from pathlib import Path

import httpx

from deploy.demo.api import ApiError
from deploy.demo.setting import Setting
from deploy.folder import write_whole
from deploy.time_travel import JourneyError
from shared import clock

POLL_SECONDS = 0.2


def folder_of(data: Path) -> Path:
    """Return the folder of requests and answers."""
    return data / "run" / "jumps"


def prepare(folder: Path) -> None:
    """Create the folder, and delete requests of an earlier run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()


async def serve(scene: Setting, folder: Path) -> None:
    """Serve requests for ever; requests that wait together are served by one leap."""
    while True:
        if asked := _requests(folder):
            told = await _leap(scene)
            for wish in asked:
                write_whole(wish.with_suffix(".done"), json.dumps(told))
                wish.unlink(missing_ok=True)
        await asyncio.sleep(POLL_SECONDS)


def _requests(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ask"))


async def _leap(scene: Setting) -> dict[str, str]:
    try:
        await scene.journey.leap()
    except (JourneyError, ApiError, httpx.TransportError) as error:
        # Only a result and a type: the page says that the jump failed.
        return {"result": "failed", "reason": type(error).__name__}
    return {"result": "done", "now": clock.now().isoformat()}
