"""Reading an email that anybody may have written. Bounded in size, depth and time; it returns facts and never acts.

The code runs in a child process with limits of its own (see `reader`); nothing here needs a key or a database.
"""

import hashlib
import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser

from services.referrals.mail import bounds, headers, parts, quotes, reports
from services.referrals.mail.bounds import LONGEST_SUBJECT, LONGEST_TEXT, MOST, CannotBeRead
from services.referrals.mail.markers import SUBJECT_OF_A_MACHINE
from services.referrals.mail.parts import File
from services.referrals.mail.reports import Report

__all__ = ["LONGEST_TEXT", "MOST", "CannotBeRead", "File", "Read", "head", "read"]

_WEAK_PRECEDENCE = frozenset({"bulk", "junk", "list"})
_HEAD = 64 * 1024
# Bytes that programs leave above the first header: blank lines, a byte order mark.
_BEFORE = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True)
class Read:
    """The contents of an email.

    `text` is all of it, `own` what its writer wrote, `between` the quoted lines under which they answered. `answers`:
    Message-IDs to which it refers, nearest first. `automatic`: "" | "marked" (a list, a rule or a gateway stamped it) |
    "answered" (its headers or its subject show an automatic answer).
    """

    said: bytes
    senders: tuple[str, ...]
    subject: str
    text: str
    own: str
    between: str
    files: tuple[File, ...]
    answers: tuple[str, ...]
    automatic: str
    from_mail_system: bool
    report: Report | None
    invitation: bool = False

    @property
    def sender(self) -> str:
        """Return the claimed sender; may be forged."""
        return self.senders[0] if self.senders else ""


def read(raw: bytes) -> Read:
    """Return the contents of an email. Raise CannotBeRead."""
    bounds.check(raw)
    try:
        return _read(raw.lstrip(_BEFORE))
    except CannotBeRead:
        raise
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        raise CannotBeRead("malformed") from None
    except RecursionError:
        raise CannotBeRead("too_deep") from None


def head(raw: bytes) -> Read:
    """Return the headers of an email that cannot be read as a whole: never parsed, so never refused."""
    top = raw.lstrip(_BEFORE)[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("latin-1")
    items: list[tuple[str, str]] = []
    for line in top.split("\n")[:4_000]:
        if line[:1] in (" ", "\t") and items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}"[: headers.LONGEST])
        elif ":" in line:
            name, _, value = line.partition(":")
            items.append((name.strip(), value.strip()))
    known = headers.first_of_each(items)
    subject = clean(headers.words(known.get("subject", "")))[:LONGEST_SUBJECT]
    return Read(
        said=hashlib.sha256(raw).digest(), senders=headers.senders(known), subject=subject, text="", own="", between="",
        files=(), answers=headers.answers(known), automatic="", from_mail_system=headers.from_mail_system(known),
        report=None,
    )  # fmt: skip


def _read(raw: bytes) -> Read:
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    if not isinstance(mail, EmailMessage):
        raise CannotBeRead("malformed")
    said = parts.of(mail)
    known = headers.first_of_each(mail.raw_items())
    if not known.get("from") and not known.get("subject") and not known.get("message-id"):
        raise CannotBeRead("not_a_mail")
    subject = clean(headers.words(known.get("subject", "")))[:LONGEST_SUBJECT]
    pieces = [cleaned for each in said.text if (cleaned := clean(each, lines=True))]
    calendars = [clean(each, lines=True) for each in said.calendars]
    whole = "\n\n".join((*pieces, *calendars))
    own = "\n\n".join(clean(each, lines=True) for each in said.own)
    files = list(said.files)
    text = whole
    if len(whole) > LONGEST_TEXT:
        text = f"{whole[:LONGEST_TEXT]}\n\n[The email goes on: see the attached file with all of its text.]"
        files.append(File("all of the text.txt", "text/plain", whole.encode("utf-8", "replace")))
    own = own[:LONGEST_TEXT]
    senders = headers.senders(known)
    return Read(
        said=_identity(known, subject, whole, files),
        senders=senders,
        subject=subject,
        text=text,
        own="\n\n".join(each for each in (quotes.own_words(own), *calendars) if each),
        between=quotes.answered(own),
        files=tuple(files),
        answers=headers.answers(known),
        automatic=_automatic(known, subject),
        from_mail_system=headers.from_mail_system(known),
        report=_report(mail, known, said, subject, own),
        invitation=bool(calendars),
    )


def _report(mail: EmailMessage, known: dict[str, str], said: parts.Said, subject: str, own: str) -> Report | None:
    # A person who forwards a report is not a mail system: only an email that *is* a report counts.
    found = None
    if mail.get_content_type() == "multipart/report":
        kind = str(mail.get_param("report-type", "") or "").lower()
        found = reports.of_parts(kind, said.reports, f"{subject}\n{own}")
    if found is None and headers.from_mail_system(known):
        found = reports.of_parts("", [each for each in said.reports if "rfc822" not in each.get_content_type()], "")
        if found is None:
            text = f"{subject}\n" + "\n".join(said.text)
            person = headers.may_be_a_person(known)
            found = reports.by_mail_system(text, known.get("x-failed-recipients", ""), perhaps_a_person=person)
    return found or reports.of_words(subject, own, "\n".join(said.text))


def _automatic(known: dict[str, str], subject: str) -> str:
    said = known.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = known.get("precedence", "").strip().lower()
    answered = said == "auto-replied" or precedence == "auto_reply" or "x-autorespond" in known
    if answered or SUBJECT_OF_A_MACHINE.match(subject):
        return "answered"
    marked = (
        said not in ("", "no")
        or precedence in _WEAK_PRECEDENCE
        or "x-autoreply" in known
        or any(name.startswith("list-") for name in known)
        or known.get("return-path", "").replace(" ", "") == "<>"
    )
    return "marked" if marked else ""


def _identity(known: dict[str, str], subject: str, text: str, files: list[File]) -> bytes:
    """Return the hash of the email's identity, however it was delivered."""
    found = hashlib.sha256()
    from_whom = headers.address(known.get("from", ""))
    for each in (known.get("message-id", "").strip(), from_whom, known.get("date", ""), subject, text):
        found.update(each.encode("utf-8", "replace") + b"\0")
    for file in files:
        found.update(hashlib.sha256(file.content).digest())
    return found.digest()


def clean(said: str, *, lines: bool = False) -> str:
    """Return the text without control characters, direction marks and halves of characters."""
    said = re.sub(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", said).replace("\t", " ").replace("\u00a0", " ")
    if not lines:
        said = " ".join(said.split())
    kept = "\n".join(
        line if line.isprintable() else "".join(filter(str.isprintable, line)) for line in said.split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ ]+\n", "\n", kept)).strip()
