"""The text of a message. Pure.

It names references, never a person, and no word of it states what kind of help is asked for. That is read on the page
behind the link, after a second step. One recipient, plain text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.referrals.codes import State
from services.referrals.message.words import Kind

# In our words and by state alone: the name of a clock may state what kind of help it is.
_ASKED = {
    State.SENT: "have you received it?",
    State.ACKNOWLEDGED: "have you decided?",
    State.WAITLISTED: "is it still on your waiting list?",
    State.ACCEPTED: "is there an appointment?",
    State.BOOKED: "what became of the appointment?",
}
_ELSE = "how does it stand?"


def asked_words(state: State, *, may_say: bool) -> str:
    """Return what is asked of the agency in this state. `may_say`: it may tell us whether the person came."""
    return _ELSE if state is State.BOOKED and not may_say else _ASKED.get(state, _ELSE)


LINK_SHOWN, CODE_SHOWN = "[link]", "[code]"

# Long lines are not wrapped, so that no link is broken.
_POLICY = SMTP.clone(max_line_length=900)


@dataclass(frozen=True)
class Line:
    """One referral in an email. `by`: the London day by which we ask for an answer."""

    reference: str
    state: State
    by: date | None = None
    late: bool = False  # that day is over
    may_say: bool = True  # the agency may tell us whether the person came
    ask_for: str | None = None  # who works with the person now, where the lines differ


@dataclass(frozen=True)
class Letter:
    """The contents of an email, but for its secrets."""

    kind: Kind
    lines: Sequence[Line]
    ring: str  # whom to ring: who works with the person now, by the name they chose, or the organisation
    contact_phone: str
    organisation: str
    reply_base_url: str
    switchboard: str = ""  # of the organisation, and the website of its own where that number can be checked
    website: str = ""


def subject(letter: Letter) -> str:
    """Return the subject: references only."""
    if letter.kind is Kind.NO_CONTACT:
        return f"Reference {letter.lines[0].reference}"
    if len(letter.lines) == 1:
        return f"Reference {letter.lines[0].reference}: please reply"
    return f"{len(letter.lines)} references: please reply"


def link(reply_base_url: str, token: str) -> str:
    """Return the reply link. The token is in the fragment, which no browser sends and no proxy logs."""
    return f"{reply_base_url.rstrip('/')}/r#{token}"


def body(letter: Letter, link: str = LINK_SHOWN, code: str = CODE_SHOWN) -> str:
    """Return the text. Without link and code it is what may be shown later to those who may read it."""
    if letter.kind is Kind.NO_CONTACT:
        return f"Hello,\n\nplease do not contact this person; reference {letter.lines[0].reference}.\n"
    # The number is the team's: it stays valid when a worker leaves.
    signed = ["", letter.organisation, *_to_check(letter)] if letter.organisation else []
    parts = ["Hello,", "", *_opening(letter), "", *_lines(letter), "", *_ways(letter, link, code), *signed, ""]
    return "\n".join(parts)


def _to_check(letter: Letter) -> list[str]:
    """Return how somebody who does not know us finds out that it is us, without a link or number that only we gave."""
    if not letter.switchboard:
        return []
    where = f"on our website {letter.website}" if letter.website else "yourself"
    return [f"Switchboard {letter.switchboard}. To check that this email is ours, look that number up {where}."]


def _opening(letter: Letter) -> list[str]:
    one = len(letter.lines) == 1
    if letter.kind is Kind.FIRST:
        who = f"{letter.organisation} asks" if letter.organisation else "we ask"
        return [f"{who} for your help. Please open the link below, and answer in one of the ways named there."]
    if letter.kind is Kind.FRESH_LINK:
        return ["here is the new link that was asked for."]
    return ["we have not heard from you about this reference:" if one else "we have not heard from you about these:"]


def _lines(letter: Letter) -> list[str]:
    return [text for line in letter.lines for text in _line(line)]


def _line(line: Line) -> list[str]:
    by = ""
    if line.by is not None:
        by = (
            f" An answer was due by {day_in_words(line.by)}."
            if line.late
            else f" Please answer by {day_in_words(line.by)}."
        )
    who = f" Ask for {line.ask_for}." if line.ask_for else ""
    return [f"Reference {line.reference}: {asked_words(line.state, may_say=line.may_say)}{by}{who}"]


def _ways(letter: Letter, link: str, code: str) -> list[str]:
    ring = f"Or ring {letter.ring} on {letter.contact_phone}." if letter.contact_phone else None
    return [
        "You can answer in any of these ways:",
        "",
        f"- open {link}",
        f"- or go to {letter.reply_base_url.rstrip('/')}/r and type this code: {code}",
        "- or reply to this email; please leave the reference in it and write no name",
        *([f"- {ring[0].lower()}{ring[1:]}"] if ring else []),
        "",
        "The link and the code are for you alone and open for 30 days. To read the details you need a security code:",
        "ring us, and we ring you back on the number we have on record for you and read it out.",
    ]


def day_in_words(day: date) -> str:
    """Write a day in words: Monday 9 March 2026."""
    return f"{day:%A} {day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Envelope:
    """The headers of one email."""

    sender: str
    recipient: str
    reply_to: str
    header_id: str
    at: datetime
    automatic: bool = True  # no person approved just this one


def sender(address: str, organisation: str) -> str:
    """Return the sender with the organisation's name before the address, unless a name stands there already."""
    if not organisation or "<" in address:
        return address
    return str(Address(display_name=organisation, addr_spec=address))


def mime(envelope: Envelope, subject: str, body: str) -> EmailMessage:
    """Build the email. Raise ValueError when a header holds a line break, so that no header can be injected."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = envelope.sender
    mail["To"] = envelope.recipient
    mail["Reply-To"] = envelope.reply_to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = envelope.header_id
    if envelope.automatic:
        # No absence notes about it, please (RFC 3834, and the header that Exchange reads).
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    mail.set_content(body)
    return mail
