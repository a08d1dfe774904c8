"""Words that two services understand and whoever passes them on does not: workflows, their histories, their queues."""

import base64
from collections.abc import Iterable

from shared.crypto.keyring import keyring


def opaque(word: str, said_in: str) -> str:
    """A keyed hash of `word` that means something only within `said_in`, such as one request."""
    hashed = keyring().hmac("opaque-word", f"{said_in}\0{word}".encode())
    return base64.urlsafe_b64encode(hashed[:15]).decode()


def meant(given: Iterable[str], vocabulary: Iterable[str], said_in: str) -> list[str | None]:
    """The words of `vocabulary` that were given; None for one that is not of it."""
    words = {opaque(word, said_in): word for word in vocabulary}
    return [words.get(each) for each in given]
