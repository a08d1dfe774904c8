"""The three engines as the embedded stack starts them."""

import psycopg
import pytest
from nats.aio.client import Client as Nats

from deploy.stack import MEMBERS, Stack
from shared.settings import Settings


async def test_postgres_keeps_what_it_acknowledged(engines: Stack) -> None:
    async with await psycopg.AsyncConnection.connect(**engines.superuser()) as server:  # type: ignore[arg-type]
        for name, wanted in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "password_encryption": "scram-sha-256",
        }.items():
            row = await (await server.execute(f"SHOW {name}")).fetchone()
            assert row == (wanted,)


async def test_each_service_reaches_only_its_own_database(settings: Settings) -> None:
    for service in MEMBERS:
        for other in MEMBERS:
            url = settings.database_url(service, "api").set(drivername="postgresql", database=other)
            text = url.render_as_string(hide_password=False)
            if other == service:
                async with await psycopg.AsyncConnection.connect(text) as mine:
                    assert mine.info.user == f"{service}_api"
            else:
                with pytest.raises(psycopg.OperationalError, match="permission denied"):
                    await psycopg.AsyncConnection.connect(text)


async def test_nobody_enters_without_the_password(engines: Stack) -> None:
    wrong = {**engines.superuser(), "password": "wrong"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        await psycopg.AsyncConnection.connect(**wrong)  # type: ignore[arg-type]


async def test_nats_syncs_every_write(engines: Stack, nats_connection: Nats) -> None:
    import httpx

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = (await client.get(f"http://127.0.0.1:{engines.ports.nats_monitor}/varz")).json()
    assert answer["jetstream"]["config"]["sync_always"] is True
    assert answer["host"] == "127.0.0.1"
    assert answer["auth_required"] is True
    assert (await nats_connection.jetstream().account_info()).streams >= 0


async def test_every_process_has_its_secrets_in_its_environment_only(engines: Stack) -> None:
    import psutil

    held = vars(engines.folder.secrets()).values()
    for name, pid in engines.pids.items():
        words = " ".join(psutil.Process(pid).cmdline())
        assert not any(secret in words for secret in held), name
