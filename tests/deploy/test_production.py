"""A service started in production against servers that may lose a write: it ends, and one line says what is unsafe."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from deploy import children
from deploy.engines import binaries
from deploy.stack import Stack
from shared.access import programs
from shared.db.session import Database
from shared.http.program_keys import digest
from shared.settings import Settings, UnsafeSettings

SECONDS = 60
Environment = dict[str, str]


@pytest.fixture
async def safe(engines: Stack, database_of: Callable[[str], Awaitable[Database]]) -> Environment:
    """What a service is told in production, on servers that write safely."""
    await database_of("intake")
    # Kept for other processes than a service, or for a stack without a relay.
    others = ("PRACTICE", "PASSWORD_OWNER", "TOKEN_PRIVATE_KEY", "ALONGSIDE_MAIL_FOLDER")
    given = {
        name: value
        for name, value in {**os.environ, **engines.environment()}.items()
        if not any(other in name for other in others)
    }
    own = {
        "MODE": "production",
        "INTAKE_PORT": str(_free_port()),
        "NATS_MONITOR_URL": f"http://127.0.0.1:{engines.ports.nats_monitor}",
        "SMTP_HOST": "127.0.0.1",
        "MAIL_FROM": "team@example.org",
        "CONTACT_PHONE": "020 7946 0000",
        "ORGANISATION_NAME": "Synthetic Outreach",
        "CONSOLE_URL": "https://pages.example.org",
        "REPLY_BASE_URL": "https://reply.example.org",
    }
    return {**given, **{f"ALONGSIDE_{name}": value for name, value in own.items()}}


@pytest.fixture
async def hasty_nats(tmp_path: Path) -> AsyncIterator[str]:
    """Another NATS server, with JetStream as it comes: synced every two minutes. Its monitoring address."""
    port, monitor = _free_port(), _free_port()
    config = tmp_path / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\nhttp: "127.0.0.1:{monitor}"\njetstream {{ store_dir: "{tmp_path / "store"}" }}\n'
    )
    server = await children.begin(
        str(binaries.nats_server().path), "-c", str(config), stderr=asyncio.subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{monitor}"
    try:
        await _answers(f"{address}/healthz")
        yield address
    finally:
        server.kill()
        await server.wait()


async def test_on_safe_servers_it_starts(safe: Environment) -> None:
    process = await _start(safe)
    try:
        await _answers(f"http://127.0.0.1:{safe['ALONGSIDE_INTAKE_PORT']}/healthz", process)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0


async def test_a_mail_gateway_submits_emails_by_its_key(
    safe: Environment, database_of: Callable[[str], Awaitable[Database]], token_for: Callable[..., str]
) -> None:
    """In production an email comes in by IMAP, Graph, or a program with a key: no person's session is held by one."""
    await database_of("referrals")
    url = f"http://127.0.0.1:{(port := _free_port())}"
    process = await _start({**safe, "ALONGSIDE_REFERRALS_PORT": str(port)}, "referrals")
    key = programs.new_key()
    known = {
        "id": str(uuid4()), "digest": digest(key).hex(), "program_id": str(uuid4()), "name": "mail-gateway",
        "scopes": ["inbound_mail"], "teams": [str(uuid4())],
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    letter = b"From: somebody@example.org\r\nSubject: Hello (synthetic)\r\n\r\nHello.\r\n"
    try:
        await _answers(f"{url}/healthz", process)
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:

            async def submitted() -> int:
                headers = {"Authorization": f"Bearer {key}", "Content-Type": "message/rfc822"}
                return (await http.post("/inbound-mail", content=letter, headers=headers)).status_code

            assert await submitted() == 401
            console = {"Authorization": f"Bearer {token_for('system', sub='program:console')}"}
            assert (await http.post("/programs", json={"keys": [known]}, headers=console)).status_code == 200
            assert await submitted() == 202
            ended = {**known, "revoked_at": datetime.now(UTC).isoformat()}
            assert (await http.post("/programs", json={"keys": [ended]}, headers=console)).status_code == 200
            assert await submitted() == 401
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), SECONDS)


async def test_a_nats_that_does_not_sync_every_write(safe: Environment, hasty_nats: str) -> None:
    line = await _refused({**safe, "ALONGSIDE_NATS_MONITOR_URL": hasty_nats})
    assert line.startswith("intake cannot start:") and "NATS does not sync every write" in line
    assert "set sync_interval to always" in line


async def test_a_postgres_that_answers_before_its_disk_has_it(safe: Environment, engines: Stack) -> None:
    with _answering_early(engines):
        line = await _refused(safe)
    assert line.startswith("intake cannot start:")
    assert "PostgreSQL runs with synchronous_commit = off: set it on" in line


UNSAFE = {
    "CONTACT_PHONE": "",
    "ORGANISATION_NAME": "",
    "SMTP_HOST": "",
    "NATS_MONITOR_URL": "",
    "REPLY_BASE_URL": "http://reply.example.org",
    "PRACTICE_CLOCK_FILE": "/nowhere/clock.json",
    "DATABASE_PASSWORD_API": "short",
    "DATABASE_PASSWORD_OWNER": "one-0123456789-one-01",
    "HOST": "0.0.0.0",
}


OWNER = "DATABASE_PASSWORD_OWNER"  # refused to a service alone, once the rest is in order


@pytest.mark.parametrize("names", [UNSAFE.keys() - {OWNER}, {OWNER}], ids=["all", "owner"])
async def test_what_is_missing_or_unsafe_is_named_at_once(safe: Environment, names: set[str]) -> None:
    _, *lines = await _said({**safe, **{f"ALONGSIDE_{name}": UNSAFE[name] for name in names}})
    assert sorted(line.split()[:2] for line in lines) == sorted(["-", f"ALONGSIDE_{name}"] for name in names)


@pytest.mark.parametrize(("name", "value"), UNSAFE.items())
def test_a_setting_that_is_missing_or_unsafe_is_named(
    safe: Environment, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    for key in [key for key in os.environ if key.startswith("ALONGSIDE_")]:
        monkeypatch.delenv(key)
    for key, given in {**safe, f"ALONGSIDE_{name}": value}.items():
        monkeypatch.setenv(key, given)
    with pytest.raises(UnsafeSettings) as refused:
        Settings().refuse_unsafe("intake")
    [line] = refused.value.problems
    assert line.startswith(f"ALONGSIDE_{name} ")


async def _start(environment: Environment, service: str = "intake") -> asyncio.subprocess.Process:
    return await children.begin(
        sys.executable, "-m", "deploy.cli", "service", service,
        env=environment, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _refused(environment: Environment) -> str:
    """The one line on standard error of a service that must not start."""
    [line] = await _said(environment)
    return line


async def _said(environment: Environment) -> list[str]:
    """What a service that must not start says to people."""
    process = await _start(environment)
    try:
        _, said = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 1, said.decode()
    return [line for line in said.decode().splitlines() if not line.startswith("{")]


async def _answers(url: str, process: asyncio.subprocess.Process | None = None) -> None:
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(SECONDS):
        while process is None or process.returncode is None:
            try:
                (await http.get(url)).raise_for_status()
                return
            except httpx.HTTPError:
                await asyncio.sleep(0.05)


@contextmanager
def _answering_early(engines: Stack) -> Iterator[None]:
    """The running server tells this service that a commit is done before its disk has it."""
    with psycopg.connect(**engines.superuser(), autocommit=True) as server:  # type: ignore[arg-type]
        server.execute("ALTER ROLE intake_work SET synchronous_commit = off")
        try:
            yield
        finally:
            server.execute("ALTER ROLE intake_work RESET synchronous_commit")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
