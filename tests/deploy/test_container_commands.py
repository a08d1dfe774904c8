"""What the containers of docker-compose.yml run beside the services themselves: keys, migrate, healthy."""

import asyncio
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy import healthy, probes
from deploy.ports import Ports
from deploy.stack import MEMBERS, Stack
from shared.access import tokens
from shared.crypto.keyring import Keyring
from shared.health_port import answering
from shared.settings import Settings
from tests.healthy import health


def _run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )


def test_keys_are_made_once_and_never_changed(tmp_path: Path) -> None:
    keys, signing = tmp_path / "keys", tmp_path / "signing"
    words = ("keys", "--folder", str(keys), "--signing-folder", str(signing))
    assert _run(*words).returncode == 0
    made = {path: path.read_bytes() for path in (*keys.iterdir(), *signing.iterdir())}
    assert {path.name for path in made} == {"keys.json", "token-public.pem", "token-private.pem"}
    assert stat.S_IMODE((keys / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((signing / "token-private.pem").stat().st_mode) == 0o600
    Keyring.load(keys / "keys.json")
    tokens.load_key(keys / "token-public.pem")

    assert _run(*words).returncode == 0
    assert {path: path.read_bytes() for path in made} == made

    (signing / "token-private.pem").unlink()
    lost = _run(*words)
    assert lost.returncode == 1
    assert "token-private.pem is not" in lost.stderr


def test_migrate_makes_roles_and_databases_when_it_knows_the_superuser(engines: Stack, settings: Settings) -> None:
    superuser = engines.superuser()
    environment = {
        **engines.migration_environment(),
        "ALONGSIDE_DATABASE_SUPERUSER": str(superuser["user"]),
        "ALONGSIDE_DATABASE_SUPERUSER_PASSWORD": str(superuser["password"]),
    }
    with psycopg.connect(**superuser, autocommit=True) as server:  # type: ignore[arg-type]
        for service in MEMBERS:
            server.execute(f"DROP DATABASE {service} WITH (FORCE)".encode())
    done = _run("migrate", **environment)
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(MEMBERS)
    assert _run("migrate", **environment).stdout == done.stdout
    with psycopg.connect(
        settings.database_url("intake", "api").set(drivername="postgresql").render_as_string(hide_password=False)
    ) as intake:
        assert intake.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            intake.execute("CREATE TABLE mine (id int)")


def test_migrate_says_in_one_line_that_the_database_is_away() -> None:
    done = _run("migrate", ALONGSIDE_DATABASE_PORT="1", ALONGSIDE_DATABASE_HOST="127.0.0.1")
    assert done.returncode == 1
    assert done.stderr.startswith("alongside: the database at 127.0.0.1:1 cannot be used: ")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("name", [*MEMBERS, "worker"])
def test_healthy_says_no_when_nothing_answers(name: str) -> None:
    done = _run("healthy", name, "--seconds", "0.5", **{f"ALONGSIDE_{name.upper()}_PORT": "1"})
    assert done.returncode == 1
    assert done.stderr == f"alongside: {name} is not ready: it does not answer on port 1\n"


@pytest.mark.parametrize(
    ("words", "says"), [(("king",), "there is no process 'king'"), ((), "say which"), (("intake", "now"), "say which")]
)
def test_healthy_says_what_it_does_not_understand(words: tuple[str, ...], says: str) -> None:
    done = _run("healthy", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr and len(done.stderr.splitlines()) == 1


def test_healthy_asks_at_the_ports_that_settings_name() -> None:
    bare = Settings.model_construct()
    assert {name: bare.port(name) for name in healthy.PORTS} == healthy.PORTS
    assert {*healthy.PORTS} == {*MEMBERS, "worker"}


@pytest.mark.parametrize(("status", "missing"), [(0, []), (1, ["temporal"])])
async def test_healthy_says_what_a_process_says(status: int, missing: list[str]) -> None:
    """Asked of the very answers that the worker gives."""

    async def found() -> list[str]:
        return missing

    port = Ports.free().worker
    async with answering("worker", port, found):
        done = await asyncio.to_thread(_run, "healthy", "worker", ALONGSIDE_WORKER_PORT=str(port))
        assert (await health(port, "/healthz"))["service"] == "worker"
        assert (await health(port, "/readyz"))["missing"] == missing
        with pytest.raises(probes.Silent):
            await probes.http(port, "/nothing")
    assert done.returncode == status, done.stderr


def test_a_worker_that_nobody_could_ask_how_it_is_does_not_start(engines: Stack) -> None:
    """Whoever holds its port would answer for it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _run("worker", **{**engines.environment(), "ALONGSIDE_WORKER_PORT": str(port)})
    assert done.returncode == 1
    why = f"cannot listen on 127.0.0.1 port {port}: Address already in use; free it or set another"
    assert done.stderr.strip().splitlines()[-1] == f"worker cannot start: {why}"


def test_a_health_check_loads_nothing_but_sockets() -> None:
    """It is run every few seconds in every container: what it imports, it imports a hundred thousand times a week."""
    code = """if 1:
        import sys
        before = set(sys.modules)
        sys.argv = ["alongside", "healthy", "intake", "--seconds", "0.2"]
        from deploy.cli import main
        try:
            main()
        except SystemExit as end:
            assert end.code == 1
        print(*(set(sys.modules) - before))"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "ALONGSIDE_INTAKE_PORT": "1"},
    )
    loaded = {name.partition(".")[0].lstrip("_") for name in done.stdout.split()}
    standard = {name.lstrip("_") for name in sys.stdlib_module_names}
    heavy = {"asyncio", "ssl", "http", "urllib", "email", "json", "logging", "importlib", "subprocess", "pathlib"}
    assert "socket" in loaded and "deploy" in loaded, done.stderr
    assert not loaded - standard - {"deploy"} and not loaded & heavy
