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


def report(returned: str, *, action: str = "failed", status: str = "5.1.1", said: str = "") -> bytes:
    """A delivery report (RFC 3464) about the mail with this Message-ID. `said`: what the other side answered."""
    diagnostic = f"\nDiagnostic-Code: smtp; {said}" if said else ""
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
Status: {status}{diagnostic}

--b1
Content-Type: message/rfc822

From: alongside@ours.example
To: team@agency.example
Message-ID: {returned}
Subject: Reference

Hello
--b1--
""".replace("\n", "\r\n").encode()


def of_parts(*parts: str, kind: str = "mixed", head: str = "", sender: str = AGENCY, subject: str = "Re: x") -> bytes:
    """A mail of several parts, each with its own headers. `head`: more headers, each ending in a line break."""
    inner = "".join(f"--b0\n{part}\n" for part in parts)
    name = make_msgid(domain="agency.example")
    return (
        f"From: {sender}\nTo: team@ours.example\nSubject: {subject}\nMessage-ID: {name}\n"
        f'{head}MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="b0"\n\n{inner}--b0--\n'
    ).encode()


def plain(text: str) -> str:
    """A part of plain text."""
    return f'Content-Type: text/plain; charset="utf-8"\n\n{text}'


def page(markup: str) -> str:
    """A part of HTML."""
    return f'Content-Type: text/html; charset="utf-8"\n\n<html><body>{markup}</body></html>'


def invitation(when: str, *more: str, method: str = "REQUEST", title: str = "Chest clinic") -> str:
    """A calendar part. `when`: the lines that say when."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Synthetic//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        "UID:synthetic-1", f"SUMMARY:{title}", *when.split("\n"), "LOCATION:Synthetic Hospital\\, gate 3", *more,
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return f'Content-Type: text/calendar; charset="utf-8"; method={method}\n\n' + "\n".join(lines)
