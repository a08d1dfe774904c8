"""`alongside healthy NAME`: whether a process of ours is ready, for the health checks of containers.

Containers check every few seconds for ever, so this file imports only sockets: no command line library, no settings.
"""

import os
import socket
import sys

PORTS = {"console": 8100, "intake": 8101, "casework": 8102, "referrals": 8103, "worker": 8104}
SECONDS = 5.0
USAGE = f"""\
Usage: alongside healthy NAME [--seconds N]

  Exit 0 when the process is ready. NAME is one of {", ".join(PORTS)}.
  It is asked at its port on this machine, ALONGSIDE_<NAME>_PORT, for {SECONDS:g} seconds at most."""


def main(words: list[str]) -> int:
    """Check once and return the exit code. One line on standard error says what is wrong."""
    if "--help" in words:
        print(USAGE)
        return 0
    try:
        seconds = SECONDS
        if "--seconds" in words:
            at = words.index("--seconds")
            seconds = float(words[at + 1])
            words = words[:at] + words[at + 2 :]
        (name,) = words
        port = int(os.environ.get(f"ALONGSIDE_{name.upper()}_PORT") or PORTS[name])
    except KeyError:
        return _no(f"there is no process {words[0]!r}: choose from {', '.join(PORTS)}")
    except (ValueError, IndexError):
        return _no("say which process: alongside healthy NAME [--seconds N]")
    try:
        status = ask(_host(), port, seconds)
    except OSError:
        return _no(f"{name} is not ready: it does not answer on port {port}")
    return 0 if status == 200 else _no(f"{name} is not ready")


def ask(host: str, port: int, seconds: float) -> int:
    """Return the status of a process's `/readyz`. Raise OSError when there is no answer in time."""
    with socket.create_connection((host, port), timeout=seconds) as connection:
        connection.sendall(f"GET /readyz HTTP/1.0\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        head = b""
        while b"\r\n" not in head:
            more = connection.recv(1_000)
            if not more:
                raise ConnectionResetError
            head += more
    words = head.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise ConnectionResetError
    return int(words[1])


def _host() -> str:
    """Return the address on which our processes listen, when it is a single one."""
    given = os.environ.get("ALONGSIDE_HOST", "")
    return "127.0.0.1" if given in ("", "0.0.0.0", "::") else given


def _no(line: str) -> int:
    print(f"alongside: {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
