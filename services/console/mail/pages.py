"""Pages of agencies' emails: the list, one email beside the answers it may hold, and the emails without a referral."""

from uuid import UUID

from starlette.responses import Response

from services.console.agency.words import REASONS
from services.console.backend.errors import Refused
from services.console.board import gather
from services.console.mail import view
from services.console.mail.view import Json
from services.console.referral.view import ENDED
from services.console.web.form import BadField
from services.console.web.pages import CARE, READERS, Pages
from services.console.web.visit import Here, Visit
from shared.http.problems import Wrong
from shared.references import as_meant

pages = Pages("/mails")

SHOWN = 100


@pages.get(allow=READERS)
async def mails(at: Here) -> Response:
    """List the unread emails, those that match no referral, and the latest that were read."""
    unread = await at.referrals.every("/mails", most=SHOWN, unread=True)
    unmatched = await at.referrals.every("/mails", most=SHOWN, status="unmatched")
    read = await at.referrals.get("/mails", limit=20, unread=False)
    known = await gather.agency_names(at, (mail["agency_id"] for mail in [*unread, *unmatched, *read["items"]]))
    return at.page(
        "mail/list.html",
        waiting=[mail for mail in unread if mail["status"] != "unmatched"],
        unmatched=unmatched,
        read=[mail for mail in read["items"] if mail["status"] not in ("unmatched", "notice")],
        notices=[mail for mail in read["items"] if mail["status"] == "notice"],
        heading=view.heading,
        agencies=known,
    )


@pages.get("/{mail_id}", allow=READERS)
async def mail(at: Here, mail_id: UUID) -> Response:
    """Show one email; `about` in the address is a referral that somebody believes it is about."""
    return await _show(at, mail_id, about=_id(at.query.get("about")))


@pages.get("/{mail_id}/files/{file_id}", allow=READERS)
async def file(at: Here, mail_id: UUID, file_id: UUID) -> Response:
    """Send one attachment for download; it is never displayed by a page of ours."""
    content, disposition = await at.referrals.file(f"/mails/{mail_id}/files/{file_id}")
    headers = {
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


@pages.post("/{mail_id}/about", allow=CARE)
async def about(at: Here, mail_id: UUID) -> Response:
    """Find the referral by our reference; nothing is recorded yet."""
    typed = at.form.text("reference")
    try:
        if not typed:
            raise BadField("reference", "type the reference, or find it on the referral's page")
        if (reference := as_meant(typed)) is None:
            raise BadField("reference", "a reference has 8 letters and digits, for example 7K2M9QXW")
        found = await at.referrals.get("/referrals", reference=reference)
        if not found["items"]:
            raise BadField("reference", "no referral of yours has this reference")
    except (BadField, Refused) as refused:
        return await _show(at, mail_id, refused=refused)
    return at.go(f"/mails/{mail_id}?about={found['items'][0]['id']}")


@pages.post("/{mail_id}/answer", allow=CARE)
async def answer(at: Here, mail_id: UUID) -> Response:
    """Record what the agency wrote as its answer, which marks the email as read."""
    referral = at.form.uuid("referral_id")
    try:
        if referral is None:
            raise BadField("answer", "load the page again and choose once more")
        body = view.recorded(at.form, str(mail_id))
        await at.referrals.post(f"/referrals/{referral}/replies", body, key=at.once("answer"))
    except (BadField, Refused) as refused:
        if isinstance(refused, Refused) and refused.status not in (409, 412, 422):
            raise
        return await _show(at, mail_id, about=referral, refused=_on_page(refused))
    return at.go(f"/mails/{mail_id}", said="Recorded. The email is marked as read.")


@pages.post("/{mail_id}/read", allow=READERS)
async def read(at: Here, mail_id: UUID) -> Response:
    """Mark an email as read with nothing to record; the guardian does so for one about people of two teams."""
    await at.referrals.post(f"/mails/{mail_id}/read", key=at.once())
    return at.go("/mails", said="Marked as read. The next steps of its referrals go on.")


async def _show(
    at: Visit, mail_id: UUID, about: UUID | None = None, refused: Refused | BadField | None = None
) -> Response:
    found = await at.referrals.get(f"/mails/{mail_id}")
    ids = [str(one) for one in found["referral_ids"]]
    if about is not None and str(about) not in ids:
        ids.append(str(about))
    referrals = await _referrals(at, ids, shared=found["for_guardian"])
    names = await at.names(referral["person_id"] for referral in referrals)
    # One form is open at a time, so that each field is on the page once.
    chosen = str(about) if about is not None else ids[0] if len(ids) == 1 else None
    return at.page(
        "mail/mail.html",
        mail=found,
        cards=[{"referral": one, "choices": view.offered(one), "open": one["id"] == chosen} for one in referrals],
        names=names,
        staff=await at.staff(),
        agencies=await gather.agency_names(at, [found["agency_id"]]),
        ended=ENDED,
        reasons=[("wrong_service", "It is not for them"), *REASONS],
        may_record=at.is_a(*CARE) and not found["for_guardian"],
        may_read=at.is_a(*CARE) or found["for_guardian"],
        about_it=view.about_it(found),
        heading=view.heading,
        files=[{**one, "size": view.size(one["size"])} for one in found["files"]],
        refused=refused,
    )


async def _referrals(at: Visit, ids: list[str], *, shared: bool) -> list[Json]:
    """Return these referrals; with `shared`, without those of a team that the guardian is not in."""
    if not shared:
        return [await at.referrals.get(f"/referrals/{one}") for one in ids]
    return await at.referrals.several(f"/referrals/{one}" for one in ids)


def _on_page(refused: Refused | BadField) -> Refused | BadField:
    if isinstance(refused, BadField):
        return refused
    errors = [Wrong(one.field.removeprefix("said."), one.rule, one.message) for one in refused.errors]
    return Refused(refused.status, refused.detail, errors, refused.body)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
