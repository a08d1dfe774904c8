"""Run as a process by the tests: the engines of one folder, until it is told to stop or killed."""

import asyncio
import signal
import sys
from pathlib import Path

from deploy.stack import Stack


async def main(folder: Path) -> None:
    stack = Stack(folder, durable=False, say=lambda line: print(line, flush=True))
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    await stack.start_engines()
    print("pids", *(pid for pid in stack.pids.values()), flush=True)
    await asked.wait()
    await stack.stop()


asyncio.run(main(Path(sys.argv[1])))
