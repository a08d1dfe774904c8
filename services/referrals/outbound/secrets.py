"""The secrets of a message, derived so that a retry makes the same ones, and their hashes.

The link's token has 256 bits. The typed code has 12 characters (60 bits) of Crockford's base 32, which leaves out the
letters that are mistaken for others; a mistaken letter is read as the one that was meant (`shared.references`). Only
the keyed hashes are stored.
"""

import base64
from datetime import date
from uuid import UUID

from shared.crypto.keyring import keyring
from shared.ids import CROCKFORD
from shared.references import as_meant, token_as_pasted

CODE_LENGTH = 12
SECOND_STEP_LENGTH = 6


def token(message_id: UUID) -> str:
    """Return the token of a message's link."""
    return base64.urlsafe_b64encode(keyring().hmac("reply-token", message_id.bytes)).rstrip(b"=").decode()


def code(message_id: UUID) -> str:
    """Return the code of a message that is typed by hand, in three groups."""
    plain = _letters(keyring().hmac("reply-code", message_id.bytes), CODE_LENGTH)
    return "-".join(plain[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def second_step(referral_id: UUID, day: date) -> str:
    """Return the code that a worker reads out on that London day to somebody who holds a link and rings for it."""
    return _letters(keyring().hmac("second-step", referral_id.bytes + day.isoformat().encode()), SECOND_STEP_LENGTH)


def token_hash(given: str) -> bytes | None:
    """Return the stored hash of a token; None when the text cannot be a token."""
    token = token_as_pasted(given)
    return keyring().hmac("reply-token-hash", token.encode()) if token else None


def code_hash(given: str) -> bytes | None:
    """Return the stored hash of a code, as it is or as somebody typed it; None when the text cannot be a code."""
    typed = as_meant(given, CODE_LENGTH)
    return keyring().hmac("reply-code-hash", typed.encode()) if typed else None


def _letters(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest, "big")
    return "".join(CROCKFORD[(number >> (5 * at)) & 31] for at in range(length))
