"""A process ends with its own last line: no thread of an engine's SDK has anything to say after it."""

import subprocess
import sys

import pytest

PROGRAM = """if 1:
    import atexit, logging, sys
    from shared import process_exit

    atexit.register(print, "finalized")
    held = logging.handlers.MemoryHandler(99, target=logging.StreamHandler()) if {held} else None

    def program():
        print("out", end="")
        {end}

    process_exit.after(program)"""


@pytest.mark.parametrize(
    ("end", "code", "error"),
    [
        ("return 5", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(143)", 143, ""),
        ("sys.exit(-1)", 255, ""),
        ("sys.exit('why not')", 1, "why not\n"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt\n"),
        ("raise ValueError('wrong')", 1, "ValueError: wrong\n"),
        ("sys.stdout.close()", 0, ""),
    ],
)
def test_it_leaves_with_the_code_and_all_that_was_written(end: str, code: int, error: str) -> None:
    done = _run(PROGRAM.format(end=end, held=False))
    assert (done.returncode, done.stdout) == (code, "out"), done.stderr
    assert done.stderr.endswith(error) and bool(done.stderr) is bool(error)


def test_what_the_log_holds_back_is_written() -> None:
    done = _run(
        "import logging.handlers\n"
        + PROGRAM.format(end="held.emit(logging.makeLogRecord({'msg': 'last', 'levelno': 20}))", held=True)
    )
    assert (done.returncode, done.stderr) == (0, "last\n")


def test_a_connection_to_the_workflow_engine_is_left_behind_in_silence() -> None:
    """One under way when the process ends: a thread of the SDK finishes it, and would panic or wait for ever."""
    code = """if 1:
        import asyncio, socket, sys
        from temporalio.client import Client
        from shared import process_exit

        async def connect():
            with socket.socket() as silent:
                silent.bind(("127.0.0.1", 0))
                silent.listen()
                connecting = asyncio.create_task(Client.connect("127.0.0.1:%d" % silent.getsockname()[1]))
                await asyncio.sleep(0.01)
                connecting.cancel()
                await asyncio.wait({connecting})

        def program():
            asyncio.run(connect())
            sys.exit("cannot start")

        process_exit.after(program)"""
    for _ in range(3):
        done = _run(code)
        assert (done.returncode, done.stderr) == (1, "cannot start\n")


def _run(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
