"""Routes for an administrator's first steps."""

from fastapi import Request

from services.referrals.setup import service
from services.referrals.setup.schemas import NewTestEmail, SetupView, TestEmailView
from shared.http.deps import Platform, Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Limit, Routes
from shared.ids import new_id

routes = Routes("/setup")

# Nobody sends emails to others with it: the text is fixed, and a few are enough to see that they arrive.
TESTS = Limit(count=10, seconds=3600)


@routes.get("", allow="setup.read")
async def shown(tx: Tx, platform: Platform) -> SetupView:
    """Return what is set up for emails and the directory."""
    settings = platform.settings
    return SetupView(
        emails_go=service.way(settings),
        sender_is_set=not settings.mail_from.endswith(".invalid"),
        mailbox_is_set=bool(settings.mailbox),
        services=await service.services(tx),
    )


@routes.post("/test-emails", allow="setup.send_test_email", status_code=200)
async def send_test(
    body: NewTestEmail, tx: Tx, actor: Who, once: Once, platform: Platform, request: Request
) -> TestEmailView:
    """Send one test email to the administrator themselves, at once, and return what the relay said."""
    await request.app.state.limiter.spend("test email", actor.user_id, TESTS)

    async def do() -> TestEmailView:
        why = await service.send_test(platform.settings, body.to, new_id())
        return TestEmailView(left=why is None, went=service.way(platform.settings), why=why)

    return await once(body, do, 200)
