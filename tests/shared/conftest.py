from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from deploy.stack import Stack
from shared.crypto import keyring
from shared.crypto.keyring import Keyring
from shared.settings import Settings
from tests.shared.ground import Ground, ground_on


@pytest.fixture
async def ground(
    engines: Stack, settings: Settings, empty_database: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Ground]:
    """An empty database with the ground tables and the probes."""
    async for made in ground_on(engines, settings, empty_database):
        yield made


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def ring(key_file: Path) -> Iterator[Keyring]:
    """A keyring of its own for this test; the one of the stack comes back afterwards."""
    made = Keyring.generate(key_file)
    with keyring.using(made):
        yield made
