"""What proves that it is still he, before his account gets another way in. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

# Signing in is the proof of whoever has no other; long enough to find the page, too short for a phone left lying.
FRESH = timedelta(minutes=5)


class Asked(StrEnum):
    """What an open session is asked for."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    SIGN_IN = "sign in"
    NOTHING = "nothing"


def asked(*, password: bool, passkeys: bool, signed_in_at: datetime, now: datetime) -> Asked:
    """By what the account has. With a password and passkeys either will do."""
    if password:
        return Asked.PASSWORD
    if passkeys:
        return Asked.PASSKEY
    return Asked.NOTHING if now < signed_in_at + FRESH else Asked.SIGN_IN
