"""The reader's own account: name, role, password, passkeys, and signing out everywhere."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from services.console.account_changes import service as changes
from services.console.account_changes.rules import WORDS
from services.console.backend.errors import Refused
from services.console.session import service as sessions
from services.console.sign_in import answers, oidc, proof, service
from services.console.sign_in.pages import signed_in
from services.console.staff import passkeys, passwords
from services.console.staff import service as staff
from services.console.staff.models import Account, Passkey
from services.console.staff.rules import weakness
from services.console.web.pages import ANYBODY, Pages
from services.console.web.visit import Here, Visit
from shared.http.problems import Wrong, not_found, problem

pages = Pages("/account")


@pages.get(allow=ANYBODY)
async def account(at: Here) -> Response:
    return await _shown(at)


@pages.post("/password", allow=ANYBODY)
async def change_password(at: Here) -> Response:
    """Set a new password, after the old one or, for a first password, another proof of identity.

    Every other browser is signed out.
    """
    mine, keys = await _mine(at)
    # Checked before the proof, because a passkey's signature is valid for one attempt.
    if weak := weakness(at.form.raw("password"), mine.sign_in):
        return await _shown(at, Refused.field(Wrong("password", "weak", weak)))
    if mine.password_hash:
        if not await service.proves(at, mine.password_hash, at.form.raw("old_password")):
            return await _shown(at, Refused.field(Wrong("old_password", "wrong", "is not right")))
    elif why := await proof.lacking(at, mine, keys, signed=_signed(at)):
        raise problem(422, why)
    kept = await passwords.hashed(at.form.raw("password"))
    async with at.transaction() as tx:
        await staff.set_password(tx, mine.id, kept)
    return await signed_in(at, mine.id, "/account", said="Your password is changed. Every other browser is signed out.")


@pages.post("/sign-out-everywhere", allow=ANYBODY)
async def sign_out_everywhere(at: Here) -> Response:
    """End every session of the account, for example after a phone was lost."""
    async with at.transaction() as tx:
        await sessions.end_all(tx, at.me.account_id)
    return at.go("/signed-out")


async def _shown(at: Visit, refused: Refused | None = None) -> Response:
    mine, keys = await _mine(at)
    async with at.transaction() as tx:
        teams = [team for team in await staff.teams(tx) if team.id in at.me.teams]
        done = await changes.unread_by_holder(tx, at.me.account_id)
    asked = proof.asked(at, mine, keys).value
    settings = at.house.services.settings
    return at.page(
        "sign_in/account.html",
        refused=refused,
        account=mine,
        passkeys=keys,
        teams=teams,
        asked=asked,
        changes=done,
        words=WORDS,
        organisation=settings.oidc_name if oidc.configured(settings) else None,
    )


async def _mine(at: Visit) -> tuple[Account, Sequence[Passkey]]:
    async with at.transaction() as tx:
        mine = await staff.by_id(tx, at.me.account_id)
        keys = await passkeys.of_account(tx, at.me.account_id)
    if mine is None:
        raise not_found()
    return mine, keys


def _signed(at: Visit) -> dict[str, Any] | None:
    """Return what the script had a passkey sign for this form, if it did."""
    return answers.read(at.form.raw("proof")) if at.form.raw("proof") else None
