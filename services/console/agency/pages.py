"""The pages of an agency: no account, no name, no pronoun. Opening a page changes nothing; pressing a button answers.

Every page but the first is the answer to a POST, because the secret that opens it stands in no address.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from services.console.agency import calls, view
from services.console.agency.calls import Dead, Secret, secret_of
from services.console.agency.words import PROPOSED, SAID, STATES, THEN, TOLD
from services.console.backend.errors import Away, Refused
from services.console.web.form import BadField, Form
from services.console.web.pages import PUBLIC, Limit, Pages
from services.console.web.visit import Here, Visit
from shared.references import token_as_pasted


class _Tail(StringConvertor):
    """What may follow `/r` in a broken link; a letter or digit would make another route of it, such as `/readyz`."""

    regex = r"[^0-9A-Za-z_-].*"


register_url_convertor("tail", _Tail())
pages = Pages("/r")

Json = dict[str, Any]
# Somebody guessing codes is stopped long before a guess is likely to succeed; a desk with many emails is not.
OPENING = Limit(count=60, seconds=60)

Page = Callable[[Visit], Awaitable[Response]]


def kindly(page: Page) -> Callable[..., Awaitable[Response]]:
    """Answer with a page in the agency's words when the link is dead or a service is away."""

    @wraps(page)
    async def answer(at: Visit) -> Response:
        try:
            return await page(at)
        except Dead as dead:
            return _dead(at, dead)
        except Away:
            response = _show(at, "agency/away.html", status=503, kept=[*at.form.items()], form=at.form)
            response.headers["Retry-After"] = "5"
            return response

    return answer


@pages.get(allow=PUBLIC)
async def start(at: Here) -> Response:
    """Show the page that links lead to: its script posts what stands behind the `#`; without script a code is typed."""
    return _start(at, at.request.url.query)


@pages.get("{tail:tail}", allow=PUBLIC)
async def mangled(at: Here, tail: str) -> Response:
    """Show the first page for a link that an email filter changed: an encoded `#`, a dot or a blank behind it.

    Also answers when a page that was the answer to a POST is loaded again. Only the route's template is logged, never
    the path.
    """
    return _start(at, f"{tail}?{at.request.url.query}")


@pages.post("/open", allow=PUBLIC, limit=OPENING)
@kindly
async def open_it(at: Here) -> Response:
    """Show the one referral of a link, or the list of several."""
    if not at.form.text("token") and not at.form.text("code"):
        missing = BadField("code", "type the code that stands in the email")
        return _show(at, "agency/start.html", refused=missing, form=at.form, token=None, **_ring(at))
    secret = secret_of(at.form)
    lines = await calls.opened(at, secret)
    if len(lines) == 1:
        return _one(at, secret, lines[0], several=False)
    return _several(at, secret, lines)


@pages.post("/one", allow=PUBLIC, limit=OPENING)
@kindly
async def one(at: Here) -> Response:
    """Show one referral: its big answers, or what may be said more exactly after one of them."""
    secret, line, several = await _line(at)
    if (chosen := view.way_of(line, at.form.text("way"))) is not None:
        return _exactly(at, secret, line, several, chosen)
    return _one(at, secret, line, several)


@pages.post("/told", allow=PUBLIC, limit=OPENING)
@kindly
async def told(at: Here) -> Response:
    """Show what is disclosed to the agency, after they enter the security code. To show it is to disclose it."""
    secret, line, several = await _line(at)
    typed = at.form.text("second_step")
    try:
        if not typed:
            raise BadField("second_step", "type the code we gave you by phone")
        found = await calls.told(at, secret, line["reference"], typed)
    except BadField as wrong:
        return _one(at, secret, line, several, refused=wrong)
    except Refused as refused:
        if refused.status == 409:
            return _show(at, "agency/not_now.html", status=409, secret=secret, line=line, **_ring(at, line))
        if refused.status not in (403, 422):
            raise
        wrong = BadField("second_step", "that code is wrong or has expired. Ring us for a new one")
        return _one(at, secret, line, several, refused=wrong, status=403)
    return _one(at, secret, line, several, told=found["told"], shown=found)


@pages.post("/answer", allow=PUBLIC, limit=OPENING)
@kindly
async def answer(at: Here) -> Response:
    """Record the agency's answer to one referral."""
    # The same key returns the first answer again, also when that answer ended the referral.
    secret, reference = secret_of(at.form), at.form.text("reference")
    try:
        choice, body = view.said(at.form)
        found = await calls.answer(at, secret, reference, choice, body, at.once("answer"))
    except (BadField, Refused) as refused:
        if isinstance(refused, Refused) and refused.status not in (409, 422):
            raise
        _, line, several = await _line(at)
        chosen = view.way_of(line, at.form.text("answer")) or view.way_of(line, at.form.text("way"))
        if chosen is None:
            return _one(at, secret, line, several, refused=refused, form=at.form)
        return _exactly(at, secret, line, several, chosen, refused=refused, form=at.form)
    return _show(
        at,
        "agency/done.html",
        secret=secret,
        reference=found["reference"],
        changed=found["changed"],
        answered=SAID[choice],
        then=PROPOSED if found["proposed"] else THEN.get(choice),
        open=bool(found["answers"]),
        several=at.form.ticked("several"),
    )


@pages.post("/several", allow=PUBLIC, limit=OPENING)
@kindly
async def several(at: Here) -> Response:
    """Record answers to many rows of a list with one press; each row shows its own result."""
    secret = secret_of(at.form)
    chosen = {
        name.removeprefix("answer-"): value for name, value in at.form.items() if name.startswith("answer-") and value
    }
    lines = await calls.opened(at, secret)
    if not chosen:
        missing = BadField("answer", "choose an answer in at least one row")
        return _several(at, secret, lines, refused=missing)
    results: dict[str, Json] = {}
    for reference, choice in chosen.items():
        try:
            body = view.alone(choice)
            await calls.answer(at, secret, reference, choice, body, at.once(f"answer-{reference}"))
            results[reference] = {"ok": True, "text": SAID[choice]}
        except BadField as wrong:
            results[reference] = {"ok": False, "text": wrong.wrong.message}
        except Dead:
            results[reference] = {"ok": False, "text": "it has ended: your answer is kept, and we read it"}
        except Refused as refused:
            if refused.status not in (409, 422):
                raise
            results[reference] = {"ok": False, "text": "that is not possible any more; look at it again"}
    return _several(at, secret, await _still_open(at, secret), results)


@pages.post("/fresh", allow=PUBLIC, limit=Limit(count=20, seconds=3600))
@kindly
async def fresh(at: Here) -> Response:
    """Send a fresh link to the address on record, for a dead link or for a typed reference."""
    reference = at.form.text("reference")
    given = at.form.text("token") or at.form.text("code")
    body = secret_of(at.form).body if given else {"reference": reference}
    if not given and not reference:
        missing = BadField("reference", "type the reference that stands in the email")
        return _show(at, "agency/dead.html", refused=missing, form=at.form, why="wrong", secret=None, **_ring(at))
    try:
        sent = await calls.fresh(at, body, at.once("fresh"))
    except Refused as refused:
        if given and (gone := calls.dead(refused, secret_of(at.form))):
            raise gone from None
        if refused.status != 422:
            raise
        wrong = refused if refused.kept_before else BadField("reference", "a reference has 8 letters and digits")
        return _show(at, "agency/dead.html", refused=wrong, form=at.form, why="wrong", secret=None, **_ring(at))
    return _show(at, "agency/fresh.html", sent=sent, **_ring(at))


def _start(at: Visit, rest: str) -> Response:
    """Show the first page. A token in `rest`, the remainder of the address, is posted like one behind the `#`."""
    return _show(at, "agency/start.html", token=token_as_pasted(rest), **_ring(at))


# --- one page each ----------------------------------------------------------------------------------------------


async def _line(at: Visit) -> tuple[Secret, Json, bool]:
    """Return the secret, the referral that the form is about, and whether the secret opens several. Raises Dead."""
    secret, reference = secret_of(at.form), at.form.text("reference")
    lines = await calls.opened(at, secret)
    for line in lines:
        if line["reference"] == reference:
            return secret, line, len(lines) > 1
    raise Dead("ended", secret)


async def _still_open(at: Visit, secret: Secret) -> list[Json]:
    try:
        return await calls.opened(at, secret)
    except Dead:
        return []  # the answers ended the last of them


def _one(at: Visit, secret: Secret, line: Json, several: bool, **more: Any) -> Response:
    context: Json = {"told": None, "shown": None, "labels": TOLD, "states": STATES, **_ring(at, line), **more}
    return _show(at, "agency/answer.html", secret=secret, line=line, several=several, ways=view.ways(line), **context)


def _exactly(at: Visit, secret: Secret, line: Json, several: bool, way: view.Way, **more: Any) -> Response:
    context: Json = {"reasons": view.reasons(line), **_ring(at, line), **more}
    return _show(at, "agency/exactly.html", secret=secret, line=line, several=several, way=way, **context)


def _several(
    at: Visit, secret: Secret, lines: list[Json], results: dict[str, Json] | None = None, **more: Any
) -> Response:
    rows = [
        {"line": line, "choices": [each for each in view.offered(line) if each.alone]} for line in view.in_order(lines)
    ]
    return _show(at, "agency/list.html", secret=secret, rows=rows, results=results or {}, states=STATES, **more)


def _dead(at: Visit, dead: Dead) -> Response:
    status = 404 if dead.why == "wrong" else 410
    return _show(at, "agency/dead.html", status=status, why=dead.why, secret=dead.secret, kept=dead.kept, **_ring(at))


def _ring(at: Visit, line: Json | None = None) -> Json:
    """Return whom to ring: who works with the person of this line now, or our organisation."""
    settings = at.house.services.settings
    return {"ring": line["ring"] if line else settings.whom_to_ring(), "phone": settings.contact_phone}


def _show(at: Visit, template: str, *, form: Form | None = None, **context: Any) -> Response:
    """Show a page with empty fields and a new key, unless `form` is to be shown again as it was sent."""
    at.form = form or Form()
    return at.page(template, **context)
