"""Describe what is set up, and a test email."""

from typing import Literal

from services.referrals.directory.schemas import Email
from shared.http.bodies import Body, View


class SetupView(View):
    """Report what is set up. No secret and no address is in it."""

    emails_go: Literal["relay", "folder", "nowhere"]
    sender_is_set: bool
    mailbox_is_set: bool
    services: int  # the active ones of the directory


class NewTestEmail(Body):
    """A test email to oneself. Its text is fixed."""

    to: Email


class TestEmailView(View):
    """Report what became of a test email: `left` is true when the relay took it; `why` is a code when it did not."""

    left: bool
    went: Literal["relay", "folder", "nowhere"]
    why: str | None
