"""Challenges for passkeys: random, short-lived, for one purpose and one browser; none is stored before it is used."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from shared import clock
from shared.crypto.keyring import keyring

LASTS = timedelta(minutes=5)
_RANDOM, _TIME, _MAC = 16, 8, 16


def make(purpose: str, bound_to: str) -> bytes:
    """Make a challenge for the holder of this cookie."""
    expires = int((clock.real() + LASTS).timestamp()).to_bytes(_TIME, "big")
    body = secrets.token_bytes(_RANDOM) + expires
    return body + _mac(body, purpose, bound_to)


def expiry(challenge: bytes, purpose: str, bound_to: str) -> datetime | None:
    """Return when a challenge expires; None for one that is not ours, of another purpose or browser, or expired."""
    body, mac = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
    if len(body) != _RANDOM + _TIME or not hmac.compare_digest(mac, _mac(body, purpose, bound_to)):
        return None
    expires = datetime.fromtimestamp(int.from_bytes(body[_RANDOM:], "big"), UTC)
    return expires if clock.real() < expires else None


def _mac(body: bytes, purpose: str, bound_to: str) -> bytes:
    return keyring().hmac("console-challenge", f"{purpose}\0{bound_to}\0".encode() + body)[:_MAC]
