"""Mails as agencies, mail systems and enemies write them."""

from email.message import EmailMessage
from email.utils import make_msgid

AGENCY = "team@agency.example"


def mail(text: str = "Hello", *, sender: str = AGENCY, subject: str = "Re: something", **headers: str) -> bytes:
    """A plain mail."""
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = sender, "team@ours.example", subject
    found["Message-ID"] = headers.pop("message_id", make_msgid(domain="agency.example"))
    for name, value in headers.items():
        found[name.replace("_", "-")] = value
    found.set_content(text)
    return found.as_bytes()


def report(returned: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery report (RFC 3464) about the mail with this Message-ID."""
    return f"""From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: team@ours.example
Subject: Undelivered Mail Returned to Sender
Message-ID: {make_msgid(domain="relay.example")}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

Your mail could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; team@agency.example
Action: {action}
Status: {status}

--b1
Content-Type: message/rfc822

From: alongside@ours.example
To: team@agency.example
Message-ID: {returned}
Subject: Reference

Hello
--b1--
""".replace("\n", "\r\n").encode()
