"""Signatures of events: a keyed hash of subject and body in a message header proves who published an event.

NATS requires a password that every process holds. An event may end somebody's help, so it is handled only when its
signature shows that a process with the keyring published it, for this subject and with this body.
"""

import hmac

from shared.crypto.keyring import keyring

__all__ = ["HEADER", "NotSigned", "check", "header"]

HEADER = "Alongside-Signature"


class NotSigned(Exception):
    """The message does not come from a process of ours, or was altered in transit."""


def header(subject: str, body: bytes) -> dict[str, str]:
    """Return the header that proves that `subject` and `body` are ours."""
    return {HEADER: _digest(subject, body)}


def check(subject: str, body: bytes, headers: dict[str, str] | None) -> None:
    """Raise NotSigned unless `headers` carry the signature of this subject and body."""
    given = (headers or {}).get(HEADER, "")
    if not hmac.compare_digest(given.encode(), _digest(subject, body).encode()):
        raise NotSigned("the event is not signed by a process of this installation")


def _digest(subject: str, body: bytes) -> str:
    return keyring().hmac("event", subject.encode() + b"\0" + body).hex()
