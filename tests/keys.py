"""Whose keys are in use: those of the tests' own engines, but for a while those of another stack."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.crypto import keyring
from shared.settings import Settings


@contextmanager
def in_use(settings: Settings) -> Iterator[None]:
    """The keys of that stack in this process, and those of before afterwards: what the next test seals must open in
    the processes it starts."""
    assert settings.keys_file is not None
    with keyring.using(keyring.Keyring.load(settings.keys_file)):
        yield
