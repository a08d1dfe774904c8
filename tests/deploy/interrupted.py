"""Run as a process by the tests: a command's work with a clean-up that takes its time."""

import asyncio
import sys
import tempfile

from deploy import children, running


async def main(how: str) -> None:
    with tempfile.TemporaryDirectory():
        child = await children.begin("/bin/sleep", "300")
        try:
            print("working", child.pid, flush=True)
            if how == "until asked":
                await running.until_asked()
            else:
                await asyncio.Event().wait()
        finally:
            print("cleaning", flush=True)
            await asyncio.sleep(0.5)
            await children.end(child)


running.run(main(sys.argv[1]))
print("ended by itself", flush=True)
