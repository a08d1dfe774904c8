"""The page behind a one-time link: it opens the first administrator's account, or sets a colleague's own password."""

from collections.abc import Sequence
from uuid import UUID

from starlette.responses import Response

from services.console.account_changes import service as changes
from services.console.backend.errors import Refused
from services.console.sign_in import oidc
from services.console.sign_in.pages import signed_in
from services.console.staff import invitations, passkeys, passwords
from services.console.staff import service as staff
from services.console.staff.models import Account, Passkey
from services.console.staff.rules import LONGEST_NAME, key_of, weakness
from services.console.web.pages import PUBLIC, Limit, Pages
from services.console.web.visit import Here, Visit
from shared import clock
from shared.access.roles import Role
from shared.http.problems import Wrong

pages = Pages("/begin")

TRIES = Limit(count=60, seconds=900)


@pages.get("/{token}", allow=PUBLIC)
async def ask(at: Here, token: str) -> Response:
    """Show the form. Opening the page, as email scanners do, does not use the link up."""
    async with at.transaction() as tx:
        found = await invitations.find(tx, token)
        account = await staff.by_id(tx, found.account_id) if found and found.account_id else None
        keys = await passkeys.of_account(tx, account.id) if account else ()
    if found is None:
        return at.page("sign_in/link_over.html", status=404)
    return _form(at, token, account, keys)


@pages.post("/{token}", allow=PUBLIC, limit=TRIES)
async def begin(at: Here, token: str) -> Response:
    """Open the account or set its password, and sign in: all of it or nothing."""
    password = at.form.raw("password")
    async with at.transaction() as tx:
        found = await invitations.find(tx, token)
        account = await staff.by_id(tx, found.account_id) if found and found.account_id else None
        first = found is not None and found.account_id is None
        keys = await passkeys.of_account(tx, account.id) if account else ()
        wrong = _wrong(at, account, password)
        if first and not wrong and await staff.by_sign_in(tx, at.form.text("sign_in")) is not None:
            wrong = [Wrong("sign_in", "taken", "is taken by another account")]
    if found is None or (not first and account is None):
        return at.page("sign_in/link_over.html", status=404)
    if wrong:
        return _form(at, token, account, keys, Refused.fields(wrong))
    account_id = await _use(at, token, await passwords.hashed(password))
    return at.page("sign_in/link_over.html", status=404) if account_id is None else await signed_in(at, account_id, "/")


def _form(
    at: Visit, token: str, account: Account | None, keys: Sequence[Passkey], refused: Refused | None = None
) -> Response:
    settings = at.house.services.settings
    organisation = settings.oidc_name if oidc.configured(settings) else None
    context = {"token": token, "account": account, "passkeys": keys, "organisation": organisation}
    return at.page("sign_in/begin.html", refused=refused, **context)


def _wrong(at: Visit, account: Account | None, password: str) -> list[Wrong]:
    """Return the errors of the form, field by field."""
    sign_in = account.sign_in if account else at.form.text("sign_in")
    wrong: list[Wrong] = []
    if account is None:
        wrong += [Wrong(name, "missing", "must not be empty") for name in ("name", "sign_in") if not at.form.text(name)]
        wrong += [
            Wrong(name, "too_long", f"must be at most {LONGEST_NAME} characters")
            for name in ("name", "sign_in")
            if len(at.form.text(name)) > LONGEST_NAME
        ]
    if weak := weakness(password, sign_in):
        wrong.append(Wrong("password", "weak", weak))
    elif password != at.form.raw("again"):
        wrong.append(Wrong("again", "differs", "must be the same as the password above"))
    return wrong


async def _use(at: Visit, token: str, password_hash: str) -> UUID | None:
    """Use the link up. Return the account, or None when somebody else used the link first."""
    async with at.transaction() as tx:
        found = await invitations.find(tx, token, lock=True)
        if found is None or (found.account_id is None and not await invitations.needs_first_admin(tx)):
            return None
        found.used_at = clock.real()
        if found.account_id is not None:
            was = await staff.by_id(tx, found.account_id)
            began = was is not None and was.password_hash is None
            await staff.set_password(tx, found.account_id, password_hash)
            # The link is the remedy after an intrusion: a passkey that the intruder added must not let them in again.
            await passkeys.remove_all(tx, found.account_id)
            changes.record(tx, found.account_id, "link_used", None, holder_knows=began)
            return found.account_id
        account = await staff.open_account(
            tx,
            sign_in=key_of(at.form.text("sign_in")),
            name=at.form.text("name"),
            role=Role.ADMIN,
            password_hash=password_hash,
        )
        return account.id
