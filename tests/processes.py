"""Ask which processes still run, on a machine whose first process may be slow to collect the ended ones."""

from collections.abc import Iterable

import psutil


def running(pids: Iterable[int]) -> list[int]:
    """List the processes that still run.

    One that has ended stays as a zombie until its parent collects it. Where its parent has ended before, that is the
    machine's first process: how soon it looks is nothing of ours.
    """
    return [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
