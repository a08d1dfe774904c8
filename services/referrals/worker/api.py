"""Routes of the name under which services know the caller."""

from services.referrals.worker import service
from services.referrals.worker.schemas import ContactNameBody, ContactNameView
from shared.http.deps import Tx
from shared.http.routes import Routes

routes = Routes("/contact-name", tags=["workers"])


@routes.get("", allow="contact_name.read")
async def contact_name(tx: Tx) -> ContactNameView:
    """Return the name under which services know the caller, in emails and on their page."""
    return ContactNameView(name=await service.chosen(tx))


@routes.post("", allow="contact_name.choose", status_code=200, keyless=True)
async def choose(body: ContactNameBody, tx: Tx) -> ContactNameView:
    """Choose the name. Emails that leave from now on use it where the caller works with the person."""
    return ContactNameView(name=await service.choose(tx, body.name))
