"""Verifying a passkey's answer: a challenge signed once, by a registered key."""

import json
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes, verify_authentication_response
from webauthn.helpers.exceptions import WebAuthnException

from services.console.sign_in import challenges
from services.console.staff import passkeys
from services.console.staff import service as staff
from services.console.staff.models import Passkey
from services.console.web.visit import Visit
from shared import log
from shared.http.problems import problem

ADD, ENTER = "add", "enter"


async def proven(at: Visit, sent: dict[str, Any]) -> UUID:
    """Return the account whose passkey signed this challenge. Raises a 422 problem that gives no reason."""
    wrong = problem(422, "This passkey was not accepted.")
    credential = sent.get("credential")
    if not isinstance(credential, dict):
        raise wrong
    given = cast("dict[str, Any]", credential)
    async with at.transaction() as tx:
        challenge = await spend(at, tx, sent, ENTER)
        known = await passkeys.by_credential(tx, _bytes(given.get("rawId")))
        account = await staff.by_id(tx, known.account_id) if known else None
        if known is None or account is None or account.disabled_at is not None:
            raise wrong
        counted = _verified(at, given, challenge, known)
        # Passkeys that are kept in a cloud or restored from a backup count anew, or not at all: no reason to lock their
        # holder out. The passkey may also be a copy, so this is logged and shown on the account's page.
        if counted <= known.sign_count and (counted or known.sign_count):
            known.fell_back_at = at.real_now
            log.get().warning("the counter of a passkey did not move on", user_id=str(account.id), row_id=str(known.id))
        known.sign_count = counted
        known.used_at = at.real_now
    return account.id


def _verified(at: Visit, credential: dict[str, Any], challenge: bytes, known: Passkey) -> int:
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=host_of(at),
            expected_origin=at.house.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=0,  # `proven` checks it
            require_user_verification=True,
        ).new_sign_count
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise problem(422, "This passkey was not accepted.") from None


async def spend(at: Visit, tx: AsyncSession, sent: dict[str, Any], purpose: str) -> bytes:
    """Return the signed challenge and mark it as used.

    Raises a 422 problem for a challenge of another purpose, or one that was sent before.
    """
    challenge = _bytes(sent.get("challenge"))
    expires_at = challenges.expiry(challenge, purpose, at.bound_to)
    if expires_at is None or not await passkeys.spend(tx, challenge, expires_at):
        raise problem(422, "That took too long, or was sent twice. Try again.")
    return challenge


def read(text: str | bytes) -> dict[str, Any]:
    """Return what our script sent. Raises a 422 problem for anything else."""
    try:
        sent = json.loads(text)
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise problem(422, "This is not what a passkey sends.")
    return cast("dict[str, Any]", sent)


def _bytes(text: object) -> bytes:
    try:
        return base64url_to_bytes(str(text or ""))
    except ValueError:
        return b""


def host_of(at: Visit) -> str:
    """Return the domain that passkeys are bound to."""
    return urlsplit(at.house.origin).hostname or ""
