"""Where the stacks of tests keep their data: in memory, where there is room."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 << 30


def new_folder(prefix: str) -> Path:
    """Make an empty folder with a short path (pytest's may be too long); whoever asks removes it.

    What is written safely waits for the disk at every commit. The engines of tests are killed, their machine is not, so
    they keep the settings of care and write to memory. A container gives that file system 64 MB only, and some systems
    start no program from it: then the disk.
    """
    try:
        there = shutil.disk_usage(MEMORY).free >= ROOM and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
        return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if there else None))
    except OSError:
        return Path(tempfile.mkdtemp(prefix=prefix))
