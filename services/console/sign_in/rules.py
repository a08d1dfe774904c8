"""The proof of identity required before an account gets another way in. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

# For accounts whose only proof is signing in: long enough to find the page, too short for a phone left unattended.
FRESH = timedelta(minutes=5)


class Asked(StrEnum):
    """The proof that an open session must give."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    SIGN_IN = "sign in"
    NOTHING = "nothing"


def asked(*, password: bool, passkeys: bool, signed_in_at: datetime, now: datetime) -> Asked:
    """Return the proof by what the account has. With a password and passkeys either is accepted."""
    if password:
        return Asked.PASSWORD
    if passkeys:
        return Asked.PASSKEY
    return Asked.NOTHING if now < signed_in_at + FRESH else Asked.SIGN_IN
