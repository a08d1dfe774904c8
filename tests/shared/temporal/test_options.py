"""Whoever reaches an engine does it as the settings say: namespace, TLS and key of Temporal, credentials of NATS."""

import ast
from pathlib import Path

import pytest
from pydantic import SecretStr

import deploy
import services
import shared
import workflows
from shared import nats
from shared.settings import Settings
from shared.temporal import client

# The bare engines of the bench, the embedded engine that asks itself whether it has started, and the observer of chaos,
# who comes back at once and says nothing while NATS is broken on purpose.
BY_THEMSELVES = {"bench/bare/__main__.py", "bench/place.py", "chaos/situations.py", "engines/temporal.py"}
CONNECTS = {"Client.connect", "ServiceClient.connect", "nats.connect"}


def test_every_setting_is_passed_on(tmp_path: Path) -> None:
    settings = Settings(
        temporal_address="engine.example:7233",
        temporal_namespace="care",
        temporal_tls=True,
        temporal_api_key=SecretStr("key"),
        nats_url="tls://nats.example:4222",
        nats_credentials_file=tmp_path / "alongside.creds",
    )
    assert client.options(settings) == {
        "target_host": "engine.example:7233",
        "namespace": "care",
        "tls": True,
        "api_key": "key",
    }
    assert nats.options(settings) == {
        "servers": "tls://nats.example:4222",
        "user_credentials": str(tmp_path / "alongside.creds"),
    }


@pytest.mark.parametrize("package", [deploy, services, shared, workflows])
def test_nobody_connects_in_another_way(package: object) -> None:
    [root] = [Path(path) for path in package.__path__]  # type: ignore[attr-defined]
    ours = {Path(client.__file__), Path(nats.__file__)}
    files = [file for file in root.rglob("*.py") if file not in ours]
    found = {
        str(file.relative_to(root))
        for file in files
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in CONNECTS
    }
    assert found - BY_THEMSELVES == set()
