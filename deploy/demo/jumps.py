"""The button "jump to the next thing that happens": the console asks by a file, this process moves the clocks.

By files, like the clock itself (ADR 0005): the console knows no engine and needs none for this, and one driver alone
moves a practice stack's clock, however many people press.
"""

import asyncio
import json
from pathlib import Path

import httpx

from deploy.demo.api import ApiError
from deploy.demo.setting import Setting
from deploy.folder import write_whole
from deploy.journey import JourneyError
from shared import clock

POLL_SECONDS = 0.2


def folder_of(data: Path) -> Path:
    """Where wishes lie and answers are put."""
    return data / "run" / "jumps"


def prepare(folder: Path) -> None:
    """The folder, empty: what was wished of an earlier run is nobody's wish any more."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()


async def serve(scene: Setting, folder: Path) -> None:
    """Grant wishes for ever; those that wait together are granted by one leap."""
    while True:
        if asked := _wishes(folder):
            told = await _leap(scene)
            for wish in asked:
                write_whole(wish.with_suffix(".done"), json.dumps(told))
                wish.unlink(missing_ok=True)
        await asyncio.sleep(POLL_SECONDS)


def _wishes(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.ask"))


async def _leap(scene: Setting) -> dict[str, str]:
    try:
        await scene.journey.leap()
    except (JourneyError, ApiError, httpx.TransportError) as error:
        # Ids and states alone; the person at the page is told that it did not work.
        return {"result": "failed", "reason": type(error).__name__}
    return {"result": "done", "now": clock.now().isoformat()}
