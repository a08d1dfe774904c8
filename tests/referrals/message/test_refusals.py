"""Whose fault a refusal is, by stage, code, enhanced code and words."""

import pytest

from services.referrals.message.refusals import Stage, Trouble, enhanced_code, trouble

CONNECT, ENCRYPT, SIGN_IN = Stage.CONNECT, Stage.ENCRYPT, Stage.SIGN_IN
SENDER, RECIPIENT, CONTENT = Stage.SENDER, Stage.RECIPIENT, Stage.CONTENT

RECIPIENTS_FAULT = [
    (RECIPIENT, 550, "5.1.1 User unknown"),
    (RECIPIENT, 550, "5.1.1 <team@agency.example>: Recipient address rejected: User unknown in virtual mailbox table"),
    (RECIPIENT, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found"),
    (RECIPIENT, 550, "5.1.2 no such domain"),
    (RECIPIENT, 553, "5.1.3 bad address syntax"),
    (RECIPIENT, 551, "5.1.6 moved"),
    (RECIPIENT, 550, "5.2.1 The email account that you tried to reach is disabled"),
    (RECIPIENT, 552, "5.2.2 mailbox full"),
    (RECIPIENT, 556, "5.1.10 null MX"),
    (RECIPIENT, 550, "5.4.4 unable to route: host not found"),
    (RECIPIENT, 550, "5.4.1 Recipient address rejected: the mailbox does not exist"),
    (RECIPIENT, 550, "5.5.0 Requested action not taken: mailbox unavailable"),
    (RECIPIENT, 550, "no such mailbox"),
    (RECIPIENT, 550, ""),
    (RECIPIENT, 553, "not here"),
    (RECIPIENT, 554, "No such user here"),
    (CONTENT, 550, "5.1.1 no such recipient"),
    (CONTENT, 554, "delivery error: user unknown"),
]
OURS = [
    (CONNECT, 554, "5.7.1 no service for you", Trouble.POLICY),
    (CONNECT, 421, "4.3.2 closing", Trouble.LATER),
    (CONNECT, 550, "no such mailbox", Trouble.POLICY),
    (ENCRYPT, 454, "4.7.0 TLS not available", Trouble.NOT_ENCRYPTED),
    (SIGN_IN, 535, "5.7.8 authentication failed", Trouble.SIGN_IN),
    (SIGN_IN, 454, "4.7.0 temporary authentication failure", Trouble.SIGN_IN),
    (SENDER, 550, "5.1.0 sender rejected", Trouble.SENDER),
    (SENDER, 553, "5.1.8 sender domain does not exist", Trouble.SENDER),
    (SENDER, 550, "5.1.1 unknown", Trouble.SENDER),
    (SENDER, 452, "4.3.1 out of space", Trouble.QUOTA),
    (RECIPIENT, 554, "5.7.1 Relay access denied", Trouble.POLICY),
    (RECIPIENT, 550, "5.7.1 Relaying denied", Trouble.POLICY),
    (RECIPIENT, 550, "relay not permitted", Trouble.POLICY),
    (RECIPIENT, 550, "blocked using a list of ours", Trouble.POLICY),
    (RECIPIENT, 550, "5.7.23 SPF validation failed", Trouble.POLICY),
    (RECIPIENT, 550, "5.1.8 bad sender's system address", Trouble.SENDER),
    (RECIPIENT, 530, "5.7.0 authentication required", Trouble.SIGN_IN),
    (RECIPIENT, 530, "sign in first", Trouble.SIGN_IN),
    (RECIPIENT, 451, "4.7.1 greylisted, try again later", Trouble.LATER),
    (RECIPIENT, 450, "4.2.1 mailbox busy", Trouble.LATER),
    (RECIPIENT, 450, "4.1.1 unknown for now", Trouble.LATER),
    (RECIPIENT, 452, "4.5.3 too many recipients", Trouble.QUOTA),
    (RECIPIENT, 452, "4.2.2 over quota", Trouble.QUOTA),
    (RECIPIENT, 552, "you have sent too much: quota", Trouble.QUOTA),
    (RECIPIENT, 550, "4.7.1 try again later", Trouble.POLICY),
    (RECIPIENT, 503, "5.5.1 bad sequence", Trouble.POLICY),
    (CONTENT, 550, "5.7.1 sender is not authenticated; see your own DNS", Trouble.POLICY),
    (CONTENT, 554, "5.7.1 message content rejected", Trouble.POLICY),
    (CONTENT, 550, "5.6.0 content", Trouble.POLICY),
    (CONTENT, 550, "", Trouble.POLICY),
    (CONTENT, 554, "transaction failed", Trouble.POLICY),
    (CONTENT, 552, "5.3.4 message too big", Trouble.SIZE),
    (CONTENT, 552, "message size exceeds the fixed maximum", Trouble.SIZE),
    (CONTENT, 552, "5.2.3 message length", Trouble.SIZE),
    (CONTENT, 451, "4.3.0 local error", Trouble.LATER),
    (CONTENT, 523, "5.7.10 encryption needed", Trouble.NOT_ENCRYPTED),
]


@pytest.mark.parametrize(("stage", "code", "text"), RECIPIENTS_FAULT)
def test_only_this_recipient_is_refused(stage: Stage, code: int, text: str) -> None:
    assert trouble(stage, code, text) is None


@pytest.mark.parametrize(("stage", "code", "text", "said"), OURS)
def test_what_is_said_of_us_waits(stage: Stage, code: int, text: str, said: Trouble) -> None:
    assert trouble(stage, code, text) is said


@pytest.mark.parametrize("code", [*range(400, 460), 0, -1, 250, 999])
@pytest.mark.parametrize("stage", Stage)
def test_what_is_not_for_good_is_never_undeliverable(stage: Stage, code: int) -> None:
    assert trouble(stage, code, "5.1.1 no such user") is not None


def test_the_enhanced_code_is_found_where_it_stands() -> None:
    assert enhanced_code("5.1.1 no") == (5, 1, 1) and enhanced_code("relay [192.0.2.1] says 5.7.1") == (5, 7, 1)
    assert enhanced_code("no code, 10.5.1.1.2 is an address") is None
