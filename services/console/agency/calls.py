"""Calls from the agency's pages to the referrals service, authorised by a link or a code instead of an account.

The secret travels in bodies, from page to page in a hidden field; it is never in an address, a cookie or a log.
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

from services.console.agency.view import fields_of
from services.console.backend.client import Service
from services.console.backend.errors import Refused
from services.console.web.form import Form
from services.console.web.pages import address_of
from services.console.web.visit import Visit
from shared.http.problems import Wrong

Json = dict[str, Any]


@dataclass(frozen=True)
class Secret:
    """What authorises the reader: the token of a link, or a typed code."""

    name: Literal["token", "code"]
    value: str

    @property
    def body(self) -> Json:
        return {self.name: self.value}


class Dead(Exception):
    """The link or code opens nothing, or nothing any more: wrong, expired or ended.

    `kept`: what was said is kept, and somebody reads it.
    """

    def __init__(self, why: Literal["wrong", "expired", "ended"], secret: Secret | None, *, kept: bool = False) -> None:
        super().__init__(why)
        self.why, self.secret, self.kept = why, secret, kept


def secret_of(form: Form) -> Secret:
    """Return the secret of a form: a typed code counts before a token. Raises Dead without either."""
    if code := form.text("code"):
        return Secret("code", code)
    if token := form.text("token"):
        return Secret("token", token)
    raise Dead("wrong", None)


def service_of(at: Visit) -> Service:
    """Return the referrals client without a staff token, whoever is signed in at this browser.

    The service limits guesses by the visitor's address.
    """
    return at.house.service("referrals", None, address_of(at.request))


async def opened(at: Visit, secret: Secret) -> list[Json]:
    """Return the referrals that the secret opens. Raises Dead."""
    try:
        found = await service_of(at).post("/replies/open", secret.body)
    except Refused as refused:
        raise dead(refused, secret) or refused from None
    return cast("list[Json]", found["referrals"])


async def told(at: Visit, secret: Secret, reference: str, second_step: str) -> Json:
    """Return what the second code discloses. Raises Refused with the field `second_step` when the code is wrong."""
    body = {**secret.body, "reference": reference, "second_step": second_step}
    try:
        return await service_of(at).post("/replies/told", body)
    except Refused as refused:
        raise dead(refused, secret) or refused from None


async def answer(at: Visit, secret: Secret, reference: str, choice: str, body: Json, key: str) -> Json:
    """Send an answer. Raises Refused with the field names of the page, or Dead."""
    try:
        return await service_of(at).post("/replies", {**secret.body, "reference": reference, **body}, key=key)
    except Refused as refused:
        raise dead(refused, secret) or _on_page(refused, choice) from None


async def fresh(at: Visit, body: Json, key: str) -> bool | None:
    """Request a fresh link. Return True when it is sent, False without an address on record, None if undisclosed."""
    found = await service_of(at).post("/replies/fresh", body, key=key)
    return cast("bool | None", found["sent"])


def dead(refused: Refused, secret: Secret) -> Dead | None:
    """Return Dead when the link or code itself is the reason for the refusal, else None."""
    if refused.status == 410:
        why = "expired" if refused.rule == "expired" else "ended"
        return Dead(why, secret, kept=bool(refused.body.get("kept")))
    malformed = refused.status == 422 and {wrong.field for wrong in refused.errors} & {"token", "code"}
    return Dead("wrong", secret) if refused.status == 404 or malformed else None


def _on_page(refused: Refused, choice: str) -> Refused:
    names = fields_of(choice)
    errors = [Wrong(names.get(one.field, one.field), one.rule, one.message) for one in refused.errors]
    return Refused(refused.status, refused.detail, errors, refused.body)
