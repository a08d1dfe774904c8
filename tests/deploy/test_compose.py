"""The containers, as far as that can be known without starting them: none was ever run here.

What is run are the files that they share with this machine: `alongside migrate`, NATS' settings, the namespace's job.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from deploy.engines import binaries, databases
from deploy.stack import Stack
from shared.settings import Settings
from shared.temporal import server

ROOT = Path(__file__).parent.parent.parent
COMPOSE = ROOT / "deploy" / "compose"
FILES = ("docker-compose.yml", "compose.practice.yml")
OURS = {"intake", "casework", "referrals", "console", "worker", "migrate", "keys"}
SERVED = ("intake", "casework", "referrals", "console")
JOBS = {"migrate", "keys", "temporal-schema", "temporal-namespace"}


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text())


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return _read("docker-compose.yml")["services"]


def test_no_container_can_gain_a_privilege_or_write_beside_its_volumes(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert str(service["user"]) not in ("root", "0", "0:0"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True and "/tmp" in service["tmpfs"], name
        assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & service.keys(), name
        assert service["logging"]["options"]["max-size"], name
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", [])), name


def test_what_runs_says_how_it_is_and_what_ends_is_not_started_again(services: dict[str, dict[str, Any]]) -> None:
    assert services.keys() >= JOBS | OURS
    for name, service in services.items():
        if name in JOBS:
            assert service["restart"] == "no", name
        else:
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert service["restart"] == "unless-stopped", name
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in JOBS else "service_healthy"
            assert how["condition"] == wanted, (name, other)


def test_every_health_check_uses_a_tool_that_is_in_its_image(services: dict[str, dict[str, Any]]) -> None:
    """Our own command, PostgreSQL's own, and those of the BusyBox that Alpine comes with."""
    tools = {"postgres": "pg_isready", "nats": "wget", "temporal": "nc"}
    for name in services.keys() - JOBS:
        assert services[name]["healthcheck"]["test"][1] == tools.get(name, "alongside"), name
    assert "alpine" in services["nats"]["image"]


def test_images_are_named_by_version(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if name not in OURS:
            assert re.search(r":\d+\.\d+(\.\d+)?(-\w+)?(@sha256:[0-9a-f]{64})?$", service["image"]), name
    bases = re.findall(r"^FROM (\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)
    assert len(bases) == 2 and len(set(bases)) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])


def test_the_workflow_engine_will_do_and_its_tools_are_of_its_version(services: dict[str, dict[str, Any]]) -> None:
    image, version = services["temporal"]["image"].split(":")
    assert image == "temporalio/server"
    assert server.lacking(version, schedules=True, updates=True) == []
    for job in ("temporal-schema", "temporal-namespace"):
        assert services[job]["image"] == f"temporalio/admin-tools:{version}"
    settings = yaml.safe_load((COMPOSE / "temporal.yaml").read_text())
    assert settings == {"frontend.enableUpdateWorkflowExecution": [{"value": True}]}


def test_each_sees_only_the_networks_it_needs(services: dict[str, dict[str, Any]]) -> None:
    networks = _read("docker-compose.yml")["networks"]
    assert [name for name, network in networks.items() if not (network or {}).get("internal")] == ["front"]
    on = {name: set(service.get("networks", [])) for name, service in services.items()}
    assert {name for name in on if "front" in on[name]} == set(SERVED)
    assert {name for name in on if "data" in on[name]} == {
        *SERVED,
        "migrate",
        "postgres",
        "temporal",
        "temporal-schema",
    }
    assert on["worker"] == on["nats"] == on["temporal-namespace"] == {"back"}
    assert services["keys"]["network_mode"] == "none" and not on["keys"]
    for name, service in services.items():
        for published in service.get("ports", []):
            assert name in SERVED and published.startswith("127.0.0.1:"), name


def test_keys_mail_and_the_highest_passwords_are_where_they_are_needed_alone(
    services: dict[str, dict[str, Any]],
) -> None:
    def mounted(volume: str) -> set[str]:
        return {
            name for name, one in services.items() if any(v.startswith(f"{volume}:") for v in one.get("volumes", []))
        }

    assert mounted("mail") == {"referrals"}
    assert mounted("signing") == {"console", "keys"}
    assert mounted("keys") == OURS
    for name, service in services.items():
        for volume in service.get("volumes", []):
            if name != "keys" and volume.startswith(("keys:", "signing:", "./")):
                assert volume.endswith(":ro"), (name, volume)

    def given(secret: str) -> set[str]:
        return {name for name, one in services.items() if f"${{{secret}}}" in one.get("environment", {}).values()}

    assert given("ALONGSIDE_POSTGRES_PASSWORD") == {"postgres", "migrate"}
    assert given("ALONGSIDE_DATABASE_PASSWORD_OWNER") == {"migrate"}
    assert given("ALONGSIDE_TEMPORAL_DATABASE_PASSWORD") == {"migrate", "temporal", "temporal-schema"}
    assert services["temporal"]["environment"]["POSTGRES_USER"] == databases.TEMPORAL
    assert services["temporal-schema"]["environment"]["SQL_USER"] == databases.TEMPORAL


@pytest.mark.parametrize("file", FILES)
def test_no_secret_stands_in_a_file(file: str) -> None:
    for name, service in _read(file)["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|PWD|SECRET|KEY$", key):
                # Nothing but a variable without a default.
                assert re.fullmatch(r"\$\{ALONGSIDE_[A-Z_]+(:-)?\}", str(value)), (name, key)


def test_production_is_what_it_runs_in_unless_it_is_for_trying(services: dict[str, dict[str, Any]]) -> None:
    practice = _read("compose.practice.yml")["services"]
    for name in OURS - {"keys"}:
        assert services[name]["environment"]["ALONGSIDE_MODE"] == "production", name
        assert practice[name]["environment"]["ALONGSIDE_MODE"] == "development", name
    assert practice.keys() == OURS - {"keys"}
    assert all(service.keys() == {"environment"} for service in practice.values())


def test_nobody_is_believed_to_be_a_proxy_unless_named() -> None:
    for file in (*FILES, "deploy/Dockerfile", "deploy/compose/env.example"):
        text = (ROOT / file).read_text()
        assert "FORWARDED_ALLOW_IPS" not in text and not re.search(r"TRUSTED_PROXIES\W+\*", text), file


def test_each_process_is_started_as_in_the_embedded_stack(services: dict[str, dict[str, Any]]) -> None:
    for name in SERVED:
        assert services[name]["command"] == ["service", name]
        assert services[name]["healthcheck"]["test"] == ["CMD", "alongside", "healthy", name]
    assert services["worker"]["command"] == ["worker"]
    assert services["migrate"]["command"] == ["migrate"]
    assert services["keys"]["command"][0] == "keys"


# What the containers have from the file itself or from what they stand beside.
FIXED = {
    "database_port", "database_sslmode", "nats_credentials_file", "temporal_namespace", "temporal_tls",
    "temporal_api_key", "token_audience", "practice_clock_file", "practice_jumps_folder", "console_port",
    "intake_port", "casework_port", "referrals_port", "worker_port", "reconcile_seconds", "last_backup_file",
}  # fmt: skip


def test_every_setting_reaches_the_containers_and_every_variable_is_in_the_example() -> None:
    text = "".join((ROOT / file).read_text() for file in FILES)
    passed = set(re.findall(r"^ +ALONGSIDE_([A-Z_]+):", text, re.M))
    assert {name for name in Settings.model_fields if name.upper() not in passed} == FIXED
    asked = set(re.findall(r"\$\{(ALONGSIDE_[A-Z_]+)", text))
    told = set(re.findall(r"^(ALONGSIDE_[A-Z_]+)=", (COMPOSE / "env.example").read_text(), re.M))
    assert asked - told == {"ALONGSIDE_VERSION", "ALONGSIDE_LOG_LEVEL"}
    assert told <= asked


# -- what the containers share with this machine


@pytest.mark.parametrize("script", ["temporal-schema.sh", "temporal-namespace.sh"])
def test_a_job_is_a_script_that_a_plain_shell_reads(script: str) -> None:
    subprocess.run(["sh", "-n", str(COMPOSE / script)], check=True)


def test_nats_takes_its_settings_and_writes_as_safely_as_in_the_embedded_stack(engines: Stack, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(binaries.nats_server().path), "-t", "-c", str(COMPOSE / "nats.conf")],
        env={**os.environ, "ALONGSIDE_NATS_PASSWORD": "synthetic"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    embedded = (engines.folder.path / "nats" / "nats.conf").read_text()
    for kept in ("max_payload", "max_file_store", "sync_interval"):
        line = re.search(rf"^ *{kept}: .*$", embedded, re.M)
        assert line is not None and line.group() in (COMPOSE / "nats.conf").read_text().splitlines()


def test_the_namespace_is_made_once(engines: Stack, tmp_path: Path) -> None:
    found = binaries.temporal().path
    environment = {
        "PATH": f"{found.parent}:{os.defpath}",
        "HOME": str(tmp_path),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{engines.ports.temporal}",
        "TEMPORAL_NAMESPACE": "synthetic",
    }
    job = ["sh", str(COMPOSE / "temporal-namespace.sh")]
    first = subprocess.run(job, env=environment, capture_output=True, text=True)
    assert first.returncode == 0 and "synthetic" in first.stdout, first.stderr
    again = subprocess.run(job, env=environment, capture_output=True, text=True)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    made = subprocess.run(
        [str(found), "operator", "namespace", "describe", "--namespace", "synthetic", "--output", "json"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "259200s" in made  # three days


@pytest.fixture
def superuser(engines: Stack) -> Iterator[dict[str, str | int]]:
    """A superuser's connection; the databases and roles that a test made are gone afterwards."""
    connection = engines.superuser()
    yield connection
    with psycopg.connect(**connection, autocommit=True) as admin:  # type: ignore[arg-type]
        for name in (*databases.TEMPORAL_DATABASES, "synthetic"):
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        for name in (databases.TEMPORAL, *(f"synthetic_{role}" for role in databases.ROLES)):
            admin.execute(f"DROP ROLE IF EXISTS {name}".encode())


def test_temporal_has_a_role_that_can_make_its_tables_and_nothing_else(superuser: dict[str, str | int]) -> None:
    databases.ensure_temporal(superuser, "synthetic-0123456789")
    databases.ensure_temporal(superuser, "synthetic-9876543210")  # at each start, and with a new password too
    databases.ensure(superuser, ["synthetic"], dict.fromkeys(databases.ROLES, "synthetic-0000000000"))
    temporal = {**superuser, "user": databases.TEMPORAL, "password": "synthetic-9876543210"}
    for name in databases.TEMPORAL_DATABASES:
        with psycopg.connect(**{**temporal, "dbname": name}, autocommit=True) as own:  # type: ignore[arg-type]
            own.execute("CREATE TABLE schema_version (version_partition int)")
            own.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")  # its visibility indexes need it
            assert (
                own.execute(
                    "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles"
                    " WHERE rolname = current_user"
                ).fetchone()
                == (False,) * 5
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                own.execute("CREATE DATABASE another")
    service = {**superuser, "user": "synthetic_api", "password": "synthetic-0000000000"}
    for stranger, name in ((temporal, "synthetic"), (service, databases.TEMPORAL)):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(**{**stranger, "dbname": name})  # type: ignore[arg-type]
