"""Opaque words: two services can read them, and workflows, their histories and their queues between them cannot."""

import base64
from collections.abc import Iterable

from shared.crypto.keyring import keyring


def opaque(word: str, said_in: str) -> str:
    """Return a keyed hash of `word` that is only meaningful within `said_in`, such as one request."""
    hashed = keyring().hmac("opaque-word", f"{said_in}\0{word}".encode())
    return base64.urlsafe_b64encode(hashed[:15]).decode()


def meant(given: Iterable[str], vocabulary: Iterable[str], said_in: str) -> list[str | None]:
    """Return the word of `vocabulary` behind each given hash; None for a hash of any other word."""
    words = {opaque(word, said_in): word for word in vocabulary}
    return [words.get(each) for each in given]
