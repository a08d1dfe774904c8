"""Whose fault a refusal is, by stage, code, enhanced code and words."""

import pytest

from services.referrals.outbound.refusals import Fault, Stage, Trouble, enhanced_code, reported, trouble

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
    (RECIPIENT, 550, "5.4.1 [team@agency.example]: Recipient address rejected: Access denied [X1]"),
    (RECIPIENT, 552, "Requested mail action aborted: exceeded storage allocation"),
    (RECIPIENT, 550, "Invalid Recipient - https://relay.example/help#550"),
    (RECIPIENT, 550, "Unrouteable address"),
    (RECIPIENT, 550, "Konto team@agency.example existiert nicht"),
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
    (
        RECIPIENT,
        550,
        "Verification failed for <us@ours.example>\nNo Such User Here\nSender verify failed",
        Trouble.SENDER,
    ),
    (RECIPIENT, 553, "5.7.1 <us@ours.example>: Sender address rejected: not owned by user relay", Trouble.SENDER),
    (RECIPIENT, 550, "JunkMail rejected", Trouble.POLICY),
    (RECIPIENT, 550, "you are not authorised to send to this list", Trouble.POLICY),
    (RECIPIENT, 550, "we take nothing from dynamic IPs", Trouble.POLICY),
    (RECIPIENT, 550, "Your message was rejected. Contact your ISP", Trouble.POLICY),
    (RECIPIENT, 550, "5.7.1 Recipient address rejected: Access denied", Trouble.POLICY),
    (SENDER, 530, "5.7.0 Must issue a STARTTLS command first", Trouble.NOT_ENCRYPTED),
    (SENDER, 530, "5.5.1 Authentication Required", Trouble.SIGN_IN),
    (CONTENT, 550, "5.4.5 Daily user sending limit exceeded", Trouble.QUOTA),
    (CONTENT, 552, "5.7.0 blocked: its content presents a potential security issue", Trouble.POLICY),
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


REPORTED = [
    # of the recipient, by codes
    ("5.1.1", "smtp; 550 5.1.1 <team@agency.example>: user unknown", Fault.ADDRESS),
    ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", Fault.ADDRESS),
    ("5.0.0", "smtp; 550-5.1.1 The email account that you tried to reach does not exist", Fault.ADDRESS),
    ("5.1.2", "X-Postfix; Host or domain name not found", Fault.ADDRESS),
    ("5.2.1", "smtp; 550 5.2.1 account disabled", Fault.ADDRESS),
    ("4.2.1", "smtp; 450 4.2.1 inactive, gave up after 5 days", Fault.ADDRESS),
    ("5.1.6", "", Fault.ADDRESS),
    ("5.0.0", "smtp; 550 no such user here", Fault.ADDRESS),
    ("5.0.0", "smtp; 553 sorry", Fault.ADDRESS),
    ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: the mailbox does not exist", Fault.ADDRESS),
    ("5.4.1", "smtp; 550 5.4.1 Recipient address rejected: Access denied", Fault.ADDRESS),
    ("", "Die eingegebene E-Mail-Adresse konnte nicht gefunden werden.", Fault.ADDRESS),
    ("", "L'adresse suivante n'existe pas : team@agency.example", Fault.ADDRESS),
    # their mailbox is full: the address is right
    ("5.2.2", "smtp; 552 5.2.2 over quota", Fault.FULL),
    ("4.2.2", "smtp; 452 4.2.2 The email account that you tried to reach is over quota", Fault.FULL),
    ("5.2.2", "", Fault.FULL),
    ("5.0.0", "smtp; 552 mailbox full", Fault.FULL),
    ("", "Das Postfach des Empfängers ist voll.", Fault.FULL),
    ("5.0.0", "smtp; 552 Requested mail action aborted: exceeded storage allocation", Fault.FULL),
    ("", "The recipient's mailbox is full and can't accept messages now.", Fault.FULL),
    ("", "The email account that you tried to reach is over quota.", Fault.FULL),
    ("", "450 the recipient's server says: account has exceeded its quota limit", Fault.FULL),
    ("4.4.7", "smtp; 452 mailbox size limit exceeded", Fault.FULL),
    # their system does not answer
    ("4.4.1", "X-Postfix; connect to mx.agency.example: Connection timed out", Fault.UNREACHED),
    ("4.4.7", "smtp; message expired", Fault.UNREACHED),
    ("5.4.4", "X-Postfix; unable to look up host", Fault.UNREACHED),
    ("4.3.2", "smtp; 421 4.3.2 system not accepting messages", Fault.UNREACHED),
    ("", "all relevant MX records point to non-existent hosts: retry timeout exceeded", Fault.UNREACHED),
    # of us
    ("5.7.1", "smtp; 550 5.7.1 rejected by policy", Trouble.THEIRS_POLICY),
    ("5.7.1", "", Trouble.THEIRS_POLICY),
    ("5.7.26", "smtp; 550-5.7.26 this mail is unauthenticated", Trouble.THEIRS_POLICY),
    (
        "5.7.509",
        "smtp; 550 5.7.509 Access denied, sending domain does not pass DMARC verification",
        Trouble.THEIRS_POLICY,
    ),
    ("5.7.606", "smtp; 550 5.7.606 Access denied, banned sending IP [192.0.2.1]", Trouble.THEIRS_POLICY),
    ("5.0.0", "smtp; 554 5.7.1 Service unavailable; client host blocked using a list", Trouble.THEIRS_POLICY),
    ("5.0.0", "smtp; 550 SPF check failed", Trouble.THEIRS_POLICY),
    ("5.0.0", "smtp; 554 rejected as spam", Trouble.THEIRS_POLICY),
    ("5.0.0", "smtp; 554 transaction failed", Trouble.THEIRS_POLICY),
    ("5.6.0", "smtp; 554 5.6.0 content", Trouble.THEIRS_POLICY),
    ("", "550 Your message was rejected because of the reputation of your server.", Trouble.THEIRS_POLICY),
    ("", "Access denied by policy.", Trouble.THEIRS_POLICY),
    ("5.7.10", "smtp; 523 5.7.10 encryption needed", Trouble.NOT_ENCRYPTED),
    ("5.1.8", "smtp; 553 5.1.8 sender domain does not exist", Trouble.SENDER),
    ("5.1.7", "", Trouble.SENDER),
    ("", "550 Verification failed for <us@ours.example>. No such user here. Sender verify failed", Trouble.SENDER),
    ("5.3.4", "smtp; 552 5.3.4 too big", Trouble.SIZE),
    ("5.2.3", "", Trouble.SIZE),
    ("5.0.0", "smtp; 552 message size exceeds the limit", Trouble.SIZE),
    ("5.5.3", "smtp; 452 4.5.3 too many recipients", Trouble.QUOTA),
    ("5.0.0", "smtp; 550 you have exceeded your daily sending limit", Trouble.QUOTA),
    ("5.2.2", "smtp; 552 5.2.2 you have sent too many messages today: limit reached", Trouble.QUOTA),
    ("", "550 Your domain has exceeded the hourly limit.", Trouble.QUOTA),
    ("5.7.1", "smtp; 550 5.7.1 your sending rate limit is reached", Trouble.QUOTA),
    ("4.7.1", "smtp; 451 4.7.1 greylisted", Trouble.THEIRS_LATER),
    ("4.4.7", "smtp; 451 4.7.1 Greylisting in action, try later", Trouble.THEIRS_LATER),
    ("4.4.7", "smtp; 450 greylisted", Trouble.THEIRS_LATER),
    ("", "451 greylisted, message has been in the queue too long", Trouble.THEIRS_LATER),
    ("4.0.0", "smtp; 421 try again later", Trouble.THEIRS_LATER),
    # it does not say
    ("", "Your mail could not be delivered.", Fault.UNKNOWN),
    ("5.0.0", "", Fault.UNKNOWN),
]


@pytest.mark.parametrize(("status", "said", "what"), REPORTED)
def test_a_report_says_whose_fault_it_is(status: str, said: str, what: Trouble | Fault) -> None:
    assert reported(status, said) is what
