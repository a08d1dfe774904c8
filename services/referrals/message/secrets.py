"""The secrets of a message, derived so that a retry makes the same ones, and their hashes.

The link's token has 256 bits. The typed code has 12 characters (60 bits) of Crockford's base 32, which leaves out the
letters that are mistaken for others; what people type all the same is read as meant (`shared.references`).
Nothing here is stored but the keyed hashes.
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
    """The token of a message's link."""
    return base64.urlsafe_b64encode(keyring().hmac("reply-token", message_id.bytes)).rstrip(b"=").decode()


def code(message_id: UUID) -> str:
    """The code of a message that is typed in by hand, in three groups."""
    plain = _letters(keyring().hmac("reply-code", message_id.bytes), CODE_LENGTH)
    return "-".join(plain[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def second_step(referral_id: UUID, day: date) -> str:
    """What a worker reads out on that London day to somebody who holds a link and rings for it."""
    return _letters(keyring().hmac("second-step", referral_id.bytes + day.isoformat().encode()), SECOND_STEP_LENGTH)


def token_hash(given: str) -> bytes | None:
    """The stored hash of a token; None when it cannot be one."""
    token = token_as_pasted(given)
    return keyring().hmac("reply-token-hash", token.encode()) if token else None


def code_hash(given: str) -> bytes | None:
    """The stored hash of a code, as it is or as somebody typed it; None when it cannot be one."""
    typed = as_meant(given, CODE_LENGTH)
    return keyring().hmac("reply-code-hash", typed.encode()) if typed else None


def _letters(digest: bytes, length: int) -> str:
    number = int.from_bytes(digest, "big")
    return "".join(CROCKFORD[(number >> (5 * at)) & 31] for at in range(length))
