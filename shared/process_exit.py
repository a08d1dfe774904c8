"""The end of every process of ours: without the finalization of Python.

A call to the workflow engine that was cancelled is finished by a thread of its SDK that Python does not know. If that
thread asks for the interpreter while it is being finalized, it panics on standard error, after our last line, or both
wait for each other for ever.
"""

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

__all__ = ["after"]


def after(program: Callable[[], object]) -> NoReturn:
    """Run a program and end this process with its exit code, once everything that it wrote is written.

    Neither exit handlers nor finalizers run: a program cleans up by itself, before it returns or raises SystemExit.
    """
    code = _code_of(program)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)


def _code_of(program: Callable[[], object]) -> int:
    try:
        program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
