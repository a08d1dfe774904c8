"""Signing in through the organisation, where one is configured."""

from datetime import timedelta
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from services.console.session.rules import own_path
from services.console.sign_in import oidc
from services.console.sign_in.pages import signed_in
from services.console.staff import invitations, passkeys
from services.console.staff import service as staff
from services.console.staff.models import Account
from services.console.web import cookies
from services.console.web.pages import ANYBODY, PUBLIC, Limit, Pages, address_of
from services.console.web.visit import Here, Visit
from shared import clock, log
from shared.http.problems import not_found

pages = Pages("/sign-in/organisation")

BEGUN = "__Host-begun"
TRIES = Limit(count=60, seconds=900)
FRESH = timedelta(minutes=10)


@pages.get(allow=PUBLIC)
async def leave(at: Here) -> Response:
    """Send the browser to the organisation. The state of the sign-in is stored in this browser alone."""
    try:
        url, begun = await _organisation(at).begin(own_path(at.query.get("next")), _now())
    except oidc.Failed as error:
        return _failed(at, error)
    response = RedirectResponse(url, status_code=303)
    # Lax: the browser comes back from another site.
    cookies.put(response, BEGUN, begun.sealed(), "lax")
    return response


@pages.post("/tie", allow=ANYBODY)
async def tie(at: Here) -> Response:
    """Begin to link the signed-in account to its holder's identity at the organisation.

    Allowed only soon after signing in: a stranger with an unlocked phone must not link the account to their own
    identity.
    """
    if at.real_now - at.me.started_at > FRESH:
        return at.page("sign_in/tie.html", status=403, url=None, taken=False)
    return await _tying(at, account_id=str(at.me.account_id))


@pages.post("/invited", allow=PUBLIC, limit=TRIES)
async def invited(at: Here) -> Response:
    """Begin to link the account of a one-time link, instead of choosing a password."""
    token = at.form.text("invitation")
    async with at.transaction() as tx:
        found = await invitations.find(tx, token)
    if found is None or found.account_id is None:
        return at.page("sign_in/link_over.html", status=404)
    return await _tying(at, invitation=token)


@pages.get("/back", allow=PUBLIC)
async def back(at: Here) -> Response:
    """Finish a sign-in with the returned code, which is worthless without this browser's stored state."""
    await at.house.limiter.spend("sign-in-organisation", address_of(at.request), TRIES)
    try:
        begun = oidc.Begun.opened(at.request.cookies.get(BEGUN), _now())
        person = await _organisation(at).finish(begun, at.query.get("state", ""), at.query.get("code", ""))
    except oidc.Failed as error:
        return _failed(at, error)
    if begun.account_id or begun.invitation:
        response = await _tied(at, begun, person)
    elif (account := await _account(at, person)) is None:
        reason = f"no account; the claim {person.lacking} is missing or not true" if person.lacking else "no account"
        log.get().warning("nobody was signed in through the organisation", reason=reason)
        response = at.page("sign_in/no_account.html", status=403, lacking=person.lacking)
    else:
        response = await signed_in(at, account.id, begun.to)
    cookies.drop(response, BEGUN)
    return response


async def _tying(at: Visit, **what: str) -> Response:
    """Show a page with the link to the organisation, because a form may not lead to another host and a link may."""
    try:
        url, begun = await _organisation(at).begin("/account", _now(), **what)
    except oidc.Failed as error:
        return _failed(at, error)
    response = at.page("sign_in/tie.html", url=url, taken=False, organisation=at.house.services.settings.oidc_name)
    cookies.put(response, BEGUN, begun.sealed(), "lax")
    return response


async def _tied(at: Visit, begun: oidc.Begun, person: oidc.Person) -> Response:
    """Link the identity, never by its address: to the account signed in here, or to that of the invitation."""
    account_id: UUID | None = None
    async with at.transaction() as tx:
        taken = await staff.by_organisation(tx, person.key)
        if begun.invitation:
            found = await invitations.find(tx, begun.invitation, lock=True)
            account_id = found.account_id if found else None
        elif at.who is not None and str(at.who.account_id) == begun.account_id:
            account_id = at.who.account_id
        account = await staff.by_id(tx, account_id, lock=True) if account_id else None
        free = taken is None or (account is not None and taken.id == account.id)
        if account is not None and free and account.disabled_at is None:
            account.organisation_id = person.key
            if begun.invitation:
                await invitations.use(tx, begun.invitation)
                # As with a new password: credentials that somebody else may have left let nobody in again.
                await staff.forget_password(tx, account.id)
                await passkeys.remove_all(tx, account.id)
    if account is None or account.disabled_at is not None:
        return at.page("sign_in/link_over.html", status=404) if begun.invitation else at.go("/sign-in")
    if not free:
        log.get().warning("an identity of the organisation was not tied", reason="tied to another account")
        return at.page("sign_in/tie.html", status=409, url=None, taken=True)
    log.get().info("an account was tied to the organisation", user_id=str(account.id))
    if begun.invitation:
        return await signed_in(at, account.id, "/", said="Your account is tied to your organisation.")
    return at.go("/account", said="Your account is tied to your organisation.")


async def _account(at: Visit, person: oidc.Person) -> Account | None:
    """Return the account of this identity. The first time its verified address finds it and links it from then on."""
    async with at.transaction() as tx:
        found = await staff.by_organisation(tx, person.key)
        if found is None and person.email:
            found = await staff.by_sign_in(tx, person.email)
            if found is not None and found.organisation_id is not None:
                return None  # that address belonged to another identity before
            if found is not None and found.disabled_at is None:
                found.organisation_id = person.key
    return found if found is not None and found.disabled_at is None else None


def _organisation(at: Visit) -> oidc.Organisation:
    settings = at.house.services.settings
    if not oidc.configured(settings):
        raise not_found()
    return oidc.Organisation(settings, f"{at.house.origin}/sign-in/organisation/back")


def _failed(at: Visit, error: oidc.Failed) -> Response:
    log.get().warning("signing in through the organisation failed", reason=str(error))
    response = at.page("sign_in/organisation_failed.html", status=502, reason=str(error))
    cookies.drop(response, BEGUN)
    return response


def _now() -> int:
    return int(clock.real().timestamp())
