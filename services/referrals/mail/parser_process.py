"""The program of the child process that reads emails: one after the other, each within limits of time and memory.

The child starts without keys, addresses or passwords, so a successful attack on it gains nothing.
"""

import json
import resource
import struct
import sys
from dataclasses import asdict

from services.referrals.mail import parser
from services.referrals.mail.bounds import CannotBeRead


def main() -> None:
    """Read emails from the parent until it closes the pipe. Arguments: CPU seconds for each email, bytes of memory."""
    cpu_seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given, gives = sys.stdin.buffer, sys.stdout.buffer
    while len(size := given.read(8)) == 8:
        raw = given.read(struct.unpack(">Q", size)[0])
        _extend_cpu_limit(cpu_seconds)
        for frame in _answer(raw):
            gives.write(struct.pack(">Q", len(frame)))
            gives.write(frame)
        gives.flush()


def _extend_cpu_limit(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


def _answer(raw: bytes) -> list[bytes]:
    """Return the frames of an answer: the email's text and facts, then each file."""
    try:
        found = parser.read(raw)
        said = {
            **{name: value for name, value in asdict(found).items() if name not in ("said", "files")},
            "said": found.said.hex(),
            "files": [[file.name, file.kind] for file in found.files],
        }
        return [json.dumps(said).encode(), *(file.content for file in found.files)]
    except CannotBeRead as refused:
        return [json.dumps({"rule": refused.rule}).encode()]
    except MemoryError:
        return [json.dumps({"rule": "too_much_memory"}).encode()]


if __name__ == "__main__":
    main()
