"""Proof of identity, required before an open session adds another way into its account.

Whoever picks up an unlocked phone has the session, but must not keep the account by it: a passkey of their own, or a
first password, would outlast the session.
"""

from collections.abc import Sequence
from typing import Any

from services.console.sign_in import answers, rules, service
from services.console.sign_in.rules import Asked
from services.console.staff.models import Account, Passkey
from services.console.web.visit import Visit


def asked(at: Visit, mine: Account, keys: Sequence[Passkey]) -> Asked:
    """Return the proof that is required now."""
    return rules.asked(
        password=mine.password_hash is not None,
        passkeys=bool(keys),
        signed_in_at=at.me.started_at,
        now=at.real_now,
    )


async def lacking(
    at: Visit, mine: Account, keys: Sequence[Passkey], *, password: str = "", signed: dict[str, Any] | None = None
) -> str | None:
    """Return why the identity is not proved, in words for the holder; None when it is proved.

    `signed` is what a passkey signed for this session. Raises a 429 problem after too many wrong passwords, a 422
    problem for what no passkey of ours signed.
    """
    if signed is not None:
        return None if await answers.proven(at, signed) == mine.id else "This is not a passkey of this account."
    match asked(at, mine, keys):
        case Asked.PASSWORD:
            return None if await service.proves(at, mine.password_hash, password) else "The password is not right."
        case Asked.PASSKEY:
            return "This is taken only with a passkey you have already. Your browser has to run scripts for that."
        case Asked.SIGN_IN:
            return "Sign out and in again first: this is taken only for a few minutes after signing in."
        case Asked.NOTHING:
            return None
