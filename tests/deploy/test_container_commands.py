"""What the containers of docker-compose.yml run beside the services themselves: keys, migrate, healthy."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from deploy.stack import MEMBERS, Stack
from shared.access import tokens
from shared.crypto.keyring import Keyring
from shared.settings import Settings


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
        **engines.environment(),
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


def test_healthy_says_no_when_nothing_answers() -> None:
    for name in ("intake", "worker"):
        done = _run(
            "healthy", name, "--seconds", "0.5", ALONGSIDE_INTAKE_PORT="1", ALONGSIDE_TEMPORAL_ADDRESS="127.0.0.1:1"
        )
        assert done.returncode == 1
        assert done.stderr == f"alongside: {name} is not ready\n"
