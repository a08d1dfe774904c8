"""A keyring of its own for each test here; the one of the stack comes back afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.crypto import keyring
from shared.crypto.keyring import Keyring


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def ring(key_file: Path) -> Iterator[Keyring]:
    before = keyring._current  # pyright: ignore[reportPrivateUsage]
    made = Keyring.generate(key_file)
    keyring.use(made)
    yield made
    keyring.use(before)
