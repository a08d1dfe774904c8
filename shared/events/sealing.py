"""The seal of an event's data, bound to every attribute of the envelope that stays readable.

NATS requires a password that every process holds, and databases and streams are copied into backups. What is sealed
here opens only with the keyring, so it shows as well that a process of this installation wrote the event, with this
id, type, subject and these instants. Data that was altered, or moved into another envelope, does not open.
"""

import base64
import json
from collections.abc import Mapping

from shared.crypto.keyring import Keyring, SealBroken
from shared.crypto.sealed import seal, unseal

__all__ = ["MEMBER", "open_data", "seal_data"]

# CloudEvents 1.0 names the member that holds binary data.
MEMBER = "data_base64"


def seal_data(attributes: Mapping[str, object], data: bytes) -> str:
    """Return `data` sealed with the active key and bound to `attributes`."""
    return base64.b64encode(seal(data, _bound(attributes))).decode()


def open_data(attributes: Mapping[str, object], sealed: str, ring: Keyring | None = None) -> bytes:
    """Return the data that was sealed with these attributes. Raise SealBroken, KeyMissing for a key that we lack."""
    try:
        value = base64.b64decode(sealed, validate=True)
    except ValueError:
        raise SealBroken("not a sealed value, or cut short") from None
    return unseal(value, _bound(attributes), ring)


def _bound(attributes: Mapping[str, object]) -> bytes:
    # Sorted: a store may give the members of an object back in another order.
    return b"event|1|" + json.dumps(attributes, separators=(",", ":"), sort_keys=True).encode()
