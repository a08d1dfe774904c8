"""Execution of another program that cannot outlive its parent. Standard library only: it runs before every child.

    python -I -S launch.py PARENT_PID SIGNAL UID GID COMMAND...

The parent-death signal is set after the change of user, which clears it, and it survives exec. UID -1 keeps the user.
A shim process instead of `preexec_fn`: the parent has threads, and code between fork and exec of a threaded program
may deadlock.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


# All imports are at the top: the other user may not be able to read our Python installation.


def _die_with_parent(parent: int, signal_number: int) -> None:
    if not sys.platform.startswith("linux"):
        return  # on other systems the next `up` ends children that were left behind
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # the parent died before the signal was set
        sys.exit(1)


def main(arguments: list[str]) -> None:
    parent, signal_number, uid, gid = (int(word) for word in arguments[:4])
    command = arguments[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    _die_with_parent(parent, signal_number)
    try:
        os.execv(command[0], command)
    except OSError as error:
        print(f"{command[0]} does not run: {error.strerror}", file=sys.stderr)
        sys.exit(126)


if __name__ == "__main__":
    main(sys.argv[1:])
