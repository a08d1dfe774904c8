"""Identifiers: UUIDv7 for rows (they sort by creation time), short references for agencies."""

import secrets
import uuid

from uuid_utils import compat

# Crockford's base 32: no I, L, O or U, so a reference can be read out over the phone.
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 8


def new_id() -> uuid.UUID:
    """Return a new UUIDv7."""
    return compat.uuid7()


def reference() -> str:
    """Return a random reference of 8 characters (40 bits) that reveals nothing about its subject."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(REFERENCE_LENGTH))
