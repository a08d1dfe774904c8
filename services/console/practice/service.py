"""Requests to the driver of a practice stack's clock."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

from shared.settings import Settings

PATIENCE_SECONDS = 90
POLL_SECONDS = 0.2


def folder(settings: Settings) -> Path | None:
    """Return the folder for requests; None where no driver answers them, always so in production."""
    if settings.mode == "production" or settings.practice_clock_file is None:
        return None
    return settings.practice_jumps_folder


async def jump(where: Path) -> bool:
    """Request a jump and wait for the answer. Return False when none came, or when the clock could not be moved."""
    wish = where / f"{uuid4()}.ask"
    done = wish.with_suffix(".done")
    try:
        wish.touch(mode=0o600)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if done.exists():
                    break
                await asyncio.sleep(POLL_SECONDS)
        return json.loads(done.read_text(encoding="utf-8")).get("result") == "done"
    except (TimeoutError, OSError, ValueError):
        return False
    finally:
        wish.unlink(missing_ok=True)
        done.unlink(missing_ok=True)
