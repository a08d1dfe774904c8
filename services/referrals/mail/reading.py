"""Reading a mail that anybody may have written. Bounded in size, depth and time; says what it found and never acts.

Python's parser of structured headers is slow on hostile ones, so long headers are refused before any is looked at.
"""

import hashlib
import re
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import parseaddr
from html import unescape

from shared.crypto.keyring import keyring

MOST = 1024 * 1024
LONGEST_HEADER = 8_000
LONGEST_PARAMETERS = 2_000
MOST_HEADERS = 400
MOST_PARTS = 200
MOST_DEPTH = 20
LONGEST_TEXT = 20_000
LONGEST_SUBJECT = 500

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_BOUNDARY = re.compile(rb"(?i)boundary\s*=")
_HIDDEN = ("script", "style", "head")
_BREAKS = ("br", "/p", "/div", "/tr", "/li")
_PARSED_EARLY = (b"content-", b"mime-version")
_AUTOMATIC_PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply"})
_DAEMONS = frozenset({"mailer-daemon", "postmaster"})


class CannotBeRead(Exception):
    """Not a mail, or one that nobody could have written in good faith. `rule` is a code."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)


@dataclass(frozen=True)
class Read:
    """What a mail says. `answers`: Message-IDs it refers to, nearest first; `returned`: of the mail it brings back.

    `failed` is the delivery status code of a report, when delivery failed for good.
    """

    digest: bytes
    sender: str
    subject: str
    text: str
    attachments: int
    answers: tuple[str, ...]
    automatic: bool
    daemon: bool
    report: bool
    failed: str | None
    returned: tuple[str, ...]


def read(raw: bytes) -> Read:
    """What this mail says. Raises CannotBeRead."""
    if len(raw) > MOST:
        raise CannotBeRead("too_large")
    # Each nested part declares its boundary; the parser would go as deep as they do.
    if len(_BOUNDARY.findall(raw)) > MOST_PARTS or raw.lower().count(b"message/rfc822") > MOST_PARTS:
        raise CannotBeRead("too_many_parts")
    _bounded_early(raw)
    try:
        return _read(raw)
    except CannotBeRead:
        raise
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError, AssertionError):
        raise CannotBeRead("malformed") from None
    except RecursionError:
        raise CannotBeRead("too_deep") from None


def _bounded_early(raw: bytes) -> None:
    """The headers that the parser looks into by itself, of every part, while it goes along."""
    size = 0
    for line in raw.splitlines(keepends=True):
        if line[:1] in (b" ", b"\t"):
            size += len(line) if size else 0
        else:
            size = len(line) if line[:16].lower().startswith(_PARSED_EARLY) else 0
        if size > LONGEST_PARAMETERS:
            raise CannotBeRead("header_too_long")


def _read(raw: bytes) -> Read:
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    if not isinstance(mail, EmailMessage):
        raise CannotBeRead("malformed")
    parts = _parts(mail, 0)
    headers = _headers(mail)
    if not headers.get("from") and not headers.get("subject") and not headers.get("message-id"):
        raise CannotBeRead("not_a_mail")
    sender = parseaddr(headers.get("from", ""))[1].strip().lower()
    subject = _clean(str(mail.get("Subject", "")))[:LONGEST_SUBJECT]
    text = _text(mail)
    failed, returned = _report(parts)
    report = mail.get_content_type() == "multipart/report" and _report_type(mail) == "delivery-status"
    answers = _ids(headers.get("in-reply-to", "")) + tuple(reversed(_ids(headers.get("references", ""))))
    daemon = sender.partition("@")[0] in _DAEMONS or _empty_envelope(headers)
    said = "\0".join((headers.get("message-id", "").strip(), sender, headers.get("date", ""), subject, text))
    return Read(
        digest=keyring().hmac("mail", hashlib.sha256(said.encode("utf-8", "replace")).digest()),
        sender=sender,
        subject=subject,
        text=text,
        attachments=sum(1 for part in parts if part.get_content_disposition() == "attachment"),
        answers=answers,
        automatic=_automatic(headers),
        daemon=daemon,
        report=report,
        failed=failed if report else None,
        returned=returned + (_ids(text) if daemon else ()),
    )


def _parts(mail: EmailMessage, depth: int) -> list[EmailMessage]:
    if depth > MOST_DEPTH:
        raise CannotBeRead("too_deep")
    _bounded(mail)
    found = [mail]
    if mail.is_multipart():
        for part in mail.iter_parts() if mail.get_content_maintype() == "multipart" else _inner(mail):
            if isinstance(part, EmailMessage):
                found += _parts(part, depth + 1)
            if len(found) > MOST_PARTS:
                raise CannotBeRead("too_many_parts")
    return found


def _inner(mail: EmailMessage) -> list[object]:
    payload = mail.get_payload()
    return list(payload) if isinstance(payload, list) else []


def _bounded(mail: EmailMessage) -> None:
    """Before a header is parsed: how long it is, as it came."""
    for count, (_, value) in enumerate(mail.raw_items()):
        if len(str(value)) > LONGEST_HEADER or count >= MOST_HEADERS:
            raise CannotBeRead("header_too_long")


def _headers(mail: EmailMessage) -> dict[str, str]:
    """The first of each header, as it came but on one line: not parsed, so nothing in it can mislead a parser."""
    found: dict[str, str] = {}
    for name, value in mail.raw_items():
        found.setdefault(name.lower(), " ".join(str(value).split()))
    return found


def _automatic(headers: dict[str, str]) -> bool:
    said = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = headers.get("precedence", "").strip().lower()
    suppressed = "x-autoreply" in headers or "x-autorespond" in headers
    return said not in ("", "no") or precedence in _AUTOMATIC_PRECEDENCE or suppressed or _empty_envelope(headers)


def _empty_envelope(headers: dict[str, str]) -> bool:
    return headers.get("return-path", "").replace(" ", "") == "<>"


def _report_type(mail: EmailMessage) -> str:
    return str(mail.get_param("report-type", "") or "").lower()


def _report(parts: list[EmailMessage]) -> tuple[str | None, tuple[str, ...]]:
    """The status of a delivery that failed for good, and the Message-IDs of what came back."""
    failed: str | None = None
    returned: tuple[str, ...] = ()
    for part in parts[1:]:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for each in _inner(part):
                if isinstance(each, EmailMessage):
                    _bounded(each)
                    fields = _headers(each)
                    status = fields.get("status", "").partition(" ")[0]
                    if fields.get("action", "").lower() == "failed" or status.startswith("5."):
                        failed = status if re.fullmatch(r"\d\.\d{1,3}\.\d{1,3}", status) else "5.0.0"
        elif kind == "text/rfc822-headers":
            returned += _ids(_content(part))
        elif kind != "message/rfc822" and "message-id" in (fields := _headers(part)):
            returned += _ids(fields["message-id"])
    return failed, returned


def _ids(text: str) -> tuple[str, ...]:
    return tuple(_MESSAGE_ID.findall(text)[:50])


def _text(mail: EmailMessage) -> str:
    """The text to be read by a person: plain if there is any, else what the markup says."""
    part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    said = _content(part)
    if part.get_content_type() == "text/html":
        said = _without_markup(said[: LONGEST_TEXT * 10])
    return _clean(said, lines=True)[:LONGEST_TEXT]


def _without_markup(said: str) -> str:
    """The text between the tags. Each step goes forward, so the time is that of one reading, whatever is nested."""
    lower, kept, at = said.lower(), list[str](), 0
    while (opens := said.find("<", at)) >= 0:
        kept.append(said[at:opens])
        tag = lower[opens + 1 : opens + 20]
        hidden = next((name for name in _HIDDEN if tag.startswith(name)), None)
        closes = lower.find(f"</{hidden}", opens) if hidden else opens
        at = said.find(">", closes) + 1 if closes >= 0 else 0
        if at == 0:
            return unescape("".join(kept))
        kept.append("\n" if tag.startswith(_BREAKS) else " ")
    return unescape("".join((*kept, said[at:])))


def _content(part: MIMEPart) -> str:
    if part.is_multipart():
        return ""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else str(payload or "").encode("utf-8", "replace")
    charset = str(part.get_param("charset", "utf-8") or "utf-8")
    try:
        return raw.decode(charset, "replace")
    except (LookupError, ValueError, UnicodeError):
        return raw.decode("utf-8", "replace")


def _clean(said: str, *, lines: bool = False) -> str:
    """Without control characters, without what turns the reading direction, without half characters."""
    said = said.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not lines:
        said = " ".join(said.split())
    kept = "".join(char for char in said if char == "\n" or (char.isprintable() and not 0x202A <= ord(char) <= 0x202E))
    return re.sub(r"\n{3,}", "\n\n", kept).strip()
