"""Passkeys: adding one, signing in with one, and unlocking a page that was left open."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from starlette.responses import JSONResponse, Response
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.console.session import service as sessions
from services.console.session.rules import own_path
from services.console.sign_in import answers, challenges, proof, service
from services.console.sign_in.pages import signed_in
from services.console.staff import passkeys
from services.console.staff import service as staff
from services.console.web.pages import ANYBODY, PUBLIC, Limit, Pages
from services.console.web.visit import Here, Visit
from shared.http.problems import not_found, problem

pages = Pages()

JSON = "application/json"
TRIES = Limit(count=60, seconds=900)


# -- adding and removing a passkey of the signed-in account


@pages.post("/account/passkeys/options", allow=ANYBODY, accept=JSON)
async def ask_to_add(at: Here) -> Response:
    """Return the options for making a passkey, after a proof that it is the holder's account.

    The challenge carries the proof on: none is made without the proof, and it is valid for this session and a few
    minutes.
    """
    sent = answers.read(at.body)
    async with at.transaction() as tx:
        mine = await staff.by_id(tx, at.me.account_id)
        known = await passkeys.of_account(tx, at.me.account_id)
    if mine is None:
        raise not_found()
    signed = sent if "credential" in sent else None
    if why := await proof.lacking(at, mine, known, password=str(sent.get("password") or ""), signed=signed):
        raise problem(422, why)
    options = generate_registration_options(
        rp_id=answers.host_of(at),
        rp_name="Alongside",
        user_id=at.me.account_id.bytes,
        user_name=at.me.name,
        challenge=challenges.make(answers.ADD, at.bound_to),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        # On the device, behind its own lock, so that the passkey names its holder and replaces a password.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return Response(options_to_json(options), media_type=JSON)


@pages.post("/account/passkeys", allow=ANYBODY, accept=JSON)
async def add(at: Here) -> Response:
    """Store the public key of a new passkey."""
    sent = answers.read(at.body)
    async with at.transaction() as tx:
        # Serialised with removing passkeys and ending sessions: no passkey under way then may be added afterwards.
        await staff.by_id(tx, at.me.account_id, lock=True)
        if await sessions.find(tx, at.session_token or "", quiet=True) is None:
            raise problem(401, "The session is over.")
        challenge = await answers.spend(at, tx, sent, answers.ADD)
        try:
            made = verify_registration_response(
                credential=cast("dict[str, Any]", sent.get("credential")),
                expected_challenge=challenge,
                expected_rp_id=answers.host_of(at),
                expected_origin=at.house.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError):
            raise problem(422, "This passkey could not be taken.") from None
        if len(await passkeys.of_account(tx, at.me.account_id)) >= passkeys.MOST:
            raise problem(409, "There are too many passkeys already: remove one first.")
        try:
            await passkeys.keep(
                tx,
                at.me.account_id,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                label=str(sent.get("label") or "A device").strip()[:60] or "A device",
            )
        except IntegrityError:
            raise problem(409, "This device is known already.") from None
    return JSONResponse({"to": "/account#passkeys"})


@pages.post("/account/passkeys/{passkey_id}/remove", allow=ANYBODY)
async def remove(at: Here, passkey_id: UUID) -> Response:
    async with at.transaction() as tx:
        await passkeys.remove(tx, at.me.account_id, passkey_id)
    return at.go("/account", said="The passkey is removed.")


# -- signing in, and unlocking


@pages.post("/sign-in/passkey/options", allow=PUBLIC, accept=JSON, limit=TRIES)
async def ask_who(at: Here) -> Response:
    """Return the options for a signature by any passkey; unlocking later accepts only the holder's."""
    options = generate_authentication_options(
        rp_id=answers.host_of(at),
        challenge=challenges.make(answers.ENTER, at.bound_to),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Response(options_to_json(options), media_type=JSON)


@pages.post("/sign-in/passkey", allow=PUBLIC, accept=JSON, limit=TRIES)
async def enter(at: Here) -> Response:
    """Sign in by passkey: a new session, as by password."""
    sent = answers.read(at.body)
    account_id = await answers.proven(at, sent)
    to = own_path(str(sent.get("next") or "/"))
    response = await signed_in(at, account_id, to)
    answer = JSONResponse({"to": to})
    for header in response.headers.getlist("set-cookie"):
        answer.headers.append("set-cookie", header)
    return answer


@pages.post("/unlock/passkey", allow=PUBLIC, accept=JSON, limit=TRIES)
async def unlock(at: Here) -> Response:
    """Unlock the session, and with it the page and what is half written on it."""
    account_id = await answers.proven(at, answers.read(at.body))
    return await _unlocked(at, account_id)


@pages.post("/unlock", allow=PUBLIC, limit=TRIES)
async def unlock_by_password(at: Here) -> Response:
    """Unlock the session by password, for an account without a passkey."""
    holder = at.locked or at.who
    if holder is None:
        raise problem(401, "The session is over.")
    async with at.transaction() as tx:
        account = await staff.by_id(tx, holder.account_id)
    kept = account.password_hash if account else None
    if not await service.proves(at, kept, at.form.raw("password")):
        raise problem(422, "The password is not right.")
    return await _unlocked(at, holder.account_id)


async def _unlocked(at: Visit, account_id: UUID) -> Response:
    holder = at.locked or at.who
    if holder is None or at.session_token is None:
        raise problem(401, "The session is over.")
    if holder.account_id != account_id:
        # Another account's proof must not open this page, nor does the answer disclose whose page it is.
        raise problem(403, "This is not the passkey of whoever left this page.")
    async with at.transaction() as tx:
        await sessions.unlock(tx, at.session_token)
    return Response(status_code=204)
