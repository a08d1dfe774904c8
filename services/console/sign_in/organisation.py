"""Signing in through one's organisation, where it is configured."""

from starlette.responses import RedirectResponse, Response

from services.console.session.rules import own_path
from services.console.sign_in import oidc
from services.console.sign_in.pages import signed_in
from services.console.staff import service as staff
from services.console.staff.models import Account
from services.console.web import cookies
from services.console.web.pages import PUBLIC, Limit, Pages, address_of
from services.console.web.visit import Here, Visit
from shared import clock, log
from shared.http.problems import not_found

pages = Pages("/sign-in/organisation")

BEGUN = "__Host-begun"
TRIES = Limit(count=60, seconds=900)


@pages.get(allow=PUBLIC)
async def leave(at: Here) -> Response:
    """Off to the organisation. What is begun is remembered by this browser alone."""
    organisation = _organisation(at)
    try:
        url, begun = await organisation.begin(own_path(at.query.get("next")), _now())
    except oidc.Failed as error:
        return _failed(at, error)
    response = RedirectResponse(url, status_code=303)
    # Lax: the way back comes from another site.
    cookies.put(response, BEGUN, begun.sealed(), "lax")
    return response


@pages.get("/back", allow=PUBLIC)
async def back(at: Here) -> Response:
    """Back with a code, which is worth nothing without what this browser remembers."""
    await at.house.limiter.spend("sign-in-organisation", address_of(at.request), TRIES)
    try:
        begun = oidc.Begun.opened(at.request.cookies.get(BEGUN), _now())
        person = await _organisation(at).finish(begun, at.query.get("state", ""), at.query.get("code", ""))
    except oidc.Failed as error:
        return _failed(at, error)
    account = await _account(at, person)
    if account is None:
        response = at.page("sign_in/no_account.html", status=403)
    else:
        response = await signed_in(at, account.id, begun.to)
    cookies.drop(response, BEGUN)
    return response


async def _account(at: Visit, person: oidc.Person) -> Account | None:
    """The account of this identity. The first time it is found by its verified address, and kept from then on."""
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
    response = at.page("sign_in/organisation_failed.html", status=502)
    cookies.drop(response, BEGUN)
    return response


def _now() -> int:
    return int(clock.real().timestamp())
