"""Providers of mailboxes in tests: a real dovecot in a folder of its own, a small HTTP server as Graph."""

import asyncio
import getpass
import json
import mailbox
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
import uvicorn

USER, PASSWORD, TOKEN = "team", "made-up-for-this-test", "made-up-token"
NOBODY = 65534

_CONF = """
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:{base}/mail
first_valid_uid = 0
first_valid_gid = 0
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal}
{caps}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
"""
_OAUTH = """
tokeninfo_url = {tokeninfo}
introspection_mode = auth
username_attribute = username
"""


def _give(path: Path) -> None:
    """To whom the server acts for: never root."""
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Dovecot:
    """A running server and the folders of its one user."""

    base: Path
    port: int

    def put(self, raw: bytes) -> None:
        key = mailbox.Maildir(self.base / "mail").add(raw)
        _give(self.base / "mail" / "new" / key)

    def count(self, folder: str = "") -> int:
        path = self.base / "mail" / folder
        # What is marked as deleted (T) is only waiting to be cleared away.
        found = [each for part in ("new", "cur") if (path / part).is_dir() for each in os.listdir(path / part)]
        return sum("T" not in each.partition(":2,")[2] for each in found)


@contextmanager
def dovecot(*, tokeninfo: str = "", move: bool = True, password: str = PASSWORD) -> Iterator[Dovecot]:
    """Dovecot from the system's packages, with everything in a folder of its own."""
    base = Path(tempfile.mkdtemp(prefix="dovecot-"))
    base.chmod(0o755)  # its own users must come in
    try:
        yield from _dovecot(base, tokeninfo, move, password)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _program() -> str:
    """Find the server. Without it the test is skipped and says how to get it; where it is required it fails."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
    if found and version.startswith("2.3."):
        return found
    why = f"no dovecot 2.3 here (found: {version.strip() or 'none'}): `apt-get install dovecot-imapd`"
    if os.environ.get("CI_REQUIRE_DOVECOT"):
        pytest.fail(why)
    pytest.skip(why)


def _dovecot(base: Path, tokeninfo: str, move: bool, password: str) -> Iterator[Dovecot]:
    program = _program()
    me, port = getpass.getuser(), free_port()
    # Started as root it wants its own users for what strangers speak to; else it is all of one user.
    internal, login = ("dovecot", "dovenull") if os.getuid() == 0 else (me, me)
    for each in ("run", "state", "home", "mail/new", "mail/cur", "mail/tmp"):
        (base / each).mkdir(parents=True)
    for path in (base / "home", base / "mail", *(base / "mail").iterdir()):
        _give(path)
    caps = "" if move else "imap_capability = IMAP4rev1 UIDPLUS AUTH=PLAIN"
    who = {"internal": internal, "login": login, "uid": os.getuid() or NOBODY, "gid": os.getgid() or NOBODY}
    conf = _CONF.format(base=base, port=port, password=password, caps=caps, **who)
    (base / "dovecot.conf").write_text(conf)
    (base / "oauth2.conf").write_text(_OAUTH.format(tokeninfo=tokeninfo or "http://127.0.0.1:1/"))
    with open(base / "out", "wb") as out:
        server = subprocess.Popen([program, "-F", "-c", str(base / "dovecot.conf")], stdout=out, stderr=out)
    try:
        while True:
            assert server.poll() is None, (base / "out").read_text() + (base / "dovecot.log").read_text()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as tried:
                if tried.recv(4) == b"* OK":
                    break
        yield Dovecot(base, port)
    finally:
        server.terminate()
        server.wait()


@dataclass
class Provider:
    """What the HTTP server knows: messages by id and folder, and what it was asked."""

    messages: dict[str, bytes] = field(default_factory=dict[str, bytes])
    folders: dict[str, str] = field(default_factory=dict[str, str])
    where: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])
    busy: int = 0  # how many requests are answered with "later"
    damaged: frozenset[str] = frozenset()  # messages that it lists and cannot give
    stuck: frozenset[str] = frozenset()  # messages that it gives and cannot move
    tokens: int = 0  # how many tokens were given; only the last holds
    url: str = ""

    def put(self, raw: bytes) -> None:
        key = f"A{len(self.messages)}=="
        self.messages[key], self.where[key] = raw, "inbox"

    def holds(self, folder: str) -> int:
        return sum(each == folder for each in self.where.values())

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while (part := await receive())["type"] == "http.request":
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, said = self._answer(
            scope["method"], unquote(scope["path"]), parse_qs(scope["query_string"].decode()), headers, body
        )
        raw = said if isinstance(said, bytes) else json.dumps(said).encode()
        more = [(b"retry-after", b"0")] if status == 429 else []
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"x/y"), *more]})
        await send({"type": "http.response.body", "body": raw})

    def _answer(
        self, method: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        if path == "/token":
            given = {name: value[0] for name, value in parse_qs(body.decode()).items()}
            self.asked.append(given.get("grant_type", ""))
            if given.get("client_secret") != PASSWORD:
                return 400, {"error": "invalid_client"}
            self.tokens += 1
            return 200, {"access_token": f"{TOKEN}-{self.tokens}", "expires_in": 3600}
        if path == "/tokeninfo":
            good = headers.get("authorization", "") == f"Bearer {TOKEN}-{self.tokens}"
            return (200, {"username": USER, "active": True}) if good else (401, {})
        if headers.get("authorization") != f"Bearer {TOKEN}-{self.tokens}":
            return 401, {}
        if self.busy:
            self.busy -= 1
            return 429, {}
        start = f"/v1.0/users/{USER}@ours.example"
        assert path.startswith(start), path
        path = path.removeprefix(start)
        self.asked.append(f"{method} {path}")
        match path.strip("/").split("/"):
            case ["mailFolders"] if method == "GET":
                name = query["$filter"][0].partition("'")[2].rstrip("'")
                return 200, {"value": [{"id": self.folders[name]}] if name in self.folders else []}
            case ["mailFolders"]:
                self.folders[json.loads(body)["displayName"]] = "done"
                return 201, {"id": "done"}
            case ["mailFolders", "inbox", "messages"]:
                waiting = [{"id": key} for key, where in self.where.items() if where == "inbox"]
                first = int(query.get("$skip", ["0"])[0])
                return 200, {"value": waiting[first : first + 2]}
            case ["messages", key, "$value"] if key in self.damaged:
                return 500, {"error": {"code": "ErrorInternalServerError"}}
            case ["messages", key, "move"] if key in self.stuck:
                return 500, {"error": {"code": "ErrorMoveCopyFailed"}}
            case ["messages", key, "$value"]:
                return (200, self.messages[key]) if self.where.get(key) == "inbox" else (404, {})
            case ["messages", key, "move"]:
                self.where[key] = json.loads(body)["destinationId"]
                return 201, {"id": key}
            case _:
                return 404, {}


class _Server(uvicorn.Server):
    """One that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A server on a free port."""
    found = Provider()
    port = free_port()
    server = _Server(uvicorn.Config(found, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    running = asyncio.create_task(server.serve())
    await server.up.wait()
    found.url = f"http://127.0.0.1:{port}"
    try:
        yield found
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def odd_imap(messages: dict[str, bytes]) -> AsyncIterator[int]:
    """A server that answers a FETCH of each message with what is given for it; the port."""

    async def talk(reads: asyncio.StreamReader, writes: asyncio.StreamWriter) -> None:
        writes.write(b"* OK ready\r\n")
        while line := (await reads.readline()).decode().strip():
            tag, _, rest = line.partition(" ")
            words, said = rest.upper().split(), b"OK"
            match words:
                case ["CAPABILITY"]:
                    writes.write(b"* CAPABILITY IMAP4rev1 MOVE\r\n")
                case ["SELECT", *_]:
                    writes.write(b"* %d EXISTS\r\n" % len(messages))
                case ["UID", "SEARCH", *_]:
                    writes.write(b"* SEARCH " + " ".join(messages).encode() + b"\r\n")
                case ["UID", "FETCH", key, *_]:
                    answer = messages[key]
                    said = b"NO" if answer == b"NO" else b"OK"
                    writes.write(b"" if said == b"NO" else b"* 1 FETCH (UID %s %s)\r\n" % (key.encode(), answer))
                case ["UID", "MOVE", key, *_]:
                    messages.pop(key)
                case _:
                    pass
            writes.write(tag.encode() + b" " + said + b" done\r\n")
            await writes.drain()
            if words[:1] == ["LOGOUT"]:
                break
        writes.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
