"""Who published an event: a keyed hash of its subject and body travels beside it as a message header.

NATS asks for a password that every process holds. An event may end somebody's help, so it is acted upon only when the
hash shows that it was published by a process that holds the keyring, for this subject and with this body.
"""

import hmac

from shared.crypto.keyring import keyring

__all__ = ["HEADER", "NotSigned", "check", "header"]

HEADER = "Alongside-Signature"


class NotSigned(Exception):
    """The message does not come from a process of ours, or was altered on its way."""


def header(subject: str, body: bytes) -> dict[str, str]:
    """Make the header that proves `subject` and `body` are ours."""
    return {HEADER: _digest(subject, body)}


def check(subject: str, body: bytes, headers: dict[str, str] | None) -> None:
    """Raise NotSigned unless the message carries the header that `header` makes for it."""
    given = (headers or {}).get(HEADER, "")
    if not hmac.compare_digest(given.encode(), _digest(subject, body).encode()):
        raise NotSigned("the event is not signed by a process of this installation")


def _digest(subject: str, body: bytes) -> str:
    return keyring().hmac("event", subject.encode() + b"\0" + body).hex()
