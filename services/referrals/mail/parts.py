"""Walking the parts of an email: its text, in the order in which a reader sees it, and its files.

Words are taken from text parts alone. A file is never opened; it is stored as it came.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from services.referrals.mail import bounds, contents, headers, invitation, reports
from services.referrals.mail.bounds import CannotBeRead
from services.referrals.mail.markers import NO_HTML

_ADDRESSES = re.compile(r"<https?://[^>\s]*>|https?://\S+")
_ALT_TEXT = re.compile(r"\[[^\]\n]{0,300}\]")
_LETTERS = re.compile(r"\w+")
_SHOWN = frozenset(
    {"text/plain", "text/html", "text/csv", "text/markdown", "text/enriched", "text/tab-separated-values"}
)
_CALENDARS = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/global-headers"})
_REPORTS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
     "message/global-disposition-notification", "message/feedback-report"}
)  # fmt: skip
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_WRAPPED = {
    "application/pkcs7-mime": "p7m", "application/x-pkcs7-mime": "p7m", "application/pgp-encrypted": "pgp",
    "application/ms-tnef": "tnef", "application/vnd.ms-tnef": "tnef", "message/partial": "partial",
    "message/external-body": "external",
}  # fmt: skip
_ASK = "Ask the sender to write it again as a plain email, or ring them."
_SAID_OF = {
    "p7m": f"[The words are inside a signed file (S/MIME) that cannot be read here. {_ASK}]",
    "encrypted": f"[The words are encrypted and cannot be read here. {_ASK}]",
    "pgp": f"[The words are encrypted (PGP) and cannot be read here. {_ASK}]",
    "tnef": "[A file in a format of Outlook (winmail.dat) came with it. It may hold words or files that are not shown. "
    f"{_ASK}]",
    "partial": f"[Only a piece of an email came. {_ASK}]",
    "external": "[What was sent lies on another computer and is not fetched.]",
}
_LONGEST_NAME = 150
_SAYS_IT_HAS_PARTS = re.compile(r"(?im)^.*\bmime\b.*$")


@dataclass(frozen=True)
class File:
    """A file of an email, as it came. `kind` is the sender's claim."""

    name: str
    kind: str
    content: bytes


@dataclass
class Said:
    """The contents of a part.

    `own`: the pieces that its writer wrote; `text`: everything, forwarded emails included.
    """

    text: list[str] = field(default_factory=list[str])
    own: list[str] = field(default_factory=list[str])
    files: list[File] = field(default_factory=list[File])
    calendars: list[str] = field(default_factory=list[str])
    reports: list[EmailMessage] = field(default_factory=list[EmailMessage])
    seen: int = 0

    def add(self, other: "Said", *, words: bool = True) -> None:
        if words:
            self.text += other.text
            self.own += other.own
        self.files += other.files
        self.calendars += [each for each in other.calendars if each not in self.calendars]
        self.reports += other.reports
        self.seen += other.seen


def of(mail: EmailMessage) -> Said:
    """Return the contents of an email. Raise CannotBeRead."""
    said = _part(mail, 0, whole=True)
    if not _vocabulary(said):
        # Gateways write above the first part and below the last one, where no program shows it.
        around = "\n\n".join(each.strip() for each in (mail.preamble, mail.epilogue) if each)
        around = _SAYS_IT_HAS_PARTS.sub("", around).strip()
        said.text += [around] if around else []
        said.own += [around] if around else []
    return said


def _part(part: EmailMessage, depth: int, *, whole: bool = False) -> Said:
    """Return the contents of a part. `whole`: an email, and not a part of one."""
    if depth > bounds.MOST_DEPTH:
        raise CannotBeRead("too_deep")
    _bounded(part)
    kind = part.get_content_type()
    said = Said(seen=1)
    if kind in _REPORTS:
        said.reports.append(part)
        said.text.append(_report(part))
    elif kind in _MESSAGES:
        said.reports.append(part)
        said.add(_message(part, depth))
    elif kind == "text/rfc822-headers":
        said.reports.append(part)
        said.text.append(contents.words(part, _SAID_OF["pgp"]))
    elif kind in ("message/partial", "message/external-body"):
        said.text.append(_SAID_OF[_WRAPPED[kind]])
        said.files.append(File(_name(part, kind), kind, part.as_bytes()))
    elif part.get_content_maintype() == "multipart":
        said.add(_several(part, kind, depth))
    else:
        said.add(_leaf(part, kind, depth, whole=whole))
    if said.seen > bounds.MOST_PARTS:
        raise CannotBeRead("too_many_parts")
    return said


def _bounded(part: EmailMessage) -> None:
    for count, (_, value) in enumerate(part.raw_items()):
        if len(str(value)) > bounds.LONGEST_HEADER or count >= bounds.MOST_HEADERS:
            raise CannotBeRead("header_too_long")


def _several(part: EmailMessage, kind: str, depth: int) -> Said:
    payload = part.get_payload()
    inner = [each for each in payload if isinstance(each, EmailMessage)] if isinstance(payload, list) else []
    each = [_part(one, depth + 1) for one in inner]
    said = Said()
    if kind == "multipart/alternative":
        _merge_alternatives(said, each)
    else:
        for one in each:
            said.add(one)
    if kind == "multipart/encrypted" and not said.text:
        said.text.append(_SAID_OF["pgp"])
    if not inner and isinstance(payload, str) and payload.strip():
        # The part is labelled multipart and has no parts: its text is shown as it is.
        said.text.append(payload)
        said.own.append(payload)
    return said


def _merge_alternatives(said: Said, each: list[Said]) -> None:
    """Of several alternatives keep the one with more words; keep both where each has words that the other lacks."""
    kept: list[Said] = []
    for one in each:
        if not _vocabulary(one):
            said.add(one, words=False)
            said.text += [note for note in one.text if note.startswith("[")]
            continue
        if not kept:
            kept = [one]
            continue
        before = kept[-1]
        more, less = _vocabulary(one) - _vocabulary(before), _vocabulary(before) - _vocabulary(one)
        if not more:
            said.add(one, words=False)
        elif len(less) <= max(2, len(_vocabulary(before)) // 10) or _boilerplate(before):
            kept[-1] = one
            said.add(before, words=False)
        else:
            kept.append(one)
    for one in kept:
        said.add(one)


def _boilerplate(said: Said) -> bool:
    text = "\n".join(said.text)
    return NO_HTML.search(text) is not None and len(_vocabulary(said)) <= 40


def _vocabulary(said: Said) -> set[str]:
    text = _ALT_TEXT.sub(" ", _ADDRESSES.sub(" ", "\n".join(said.text)))
    return set(_LETTERS.findall(text.lower()))


def _leaf(part: EmailMessage, kind: str, depth: int, *, whole: bool) -> Said:
    said = Said()
    attached = part.get_content_disposition() == "attachment" and not whole
    name = _name(part, kind)
    raw = contents.raw(part)
    lower = name.lower()
    if kind in _CALENDARS or lower.endswith((".ics", ".vcs")):
        said.calendars.append(invitation.in_words(contents.as_utf8(part, raw), str(part.get_param("method", "") or "")))
        said.files.append(File(name, "text/calendar", contents.as_utf8(part, raw)))
    elif kind in _SIGNATURES:
        pass  # a signature of the part beside it, without words of its own
    elif kind in _WRAPPED or lower.endswith((".p7m", "winmail.dat")):
        wrapped = _WRAPPED.get(kind, "tnef" if lower.endswith("winmail.dat") else "p7m")
        if wrapped == "p7m" and "enveloped" in str(part.get_param("smime-type", "") or "").lower():
            wrapped = "encrypted"
        said.text.append(_SAID_OF[wrapped])
        said.files.append(File(name, kind, raw))
    elif lower.endswith(".eml"):
        said.add(_email_in(raw, depth))
    elif kind in _SHOWN or (whole and kind.startswith("text/")):
        text = contents.words(part, _SAID_OF["pgp"])
        if attached:
            said.text.append(f"Attached file {name}:\n\n{text}")
            said.files.append(File(name, kind, text.encode("utf-8", "replace")))
        else:
            said.text.append(text)
            said.own.append(text)
    elif kind.startswith("text/"):
        said.files.append(File(name, kind, contents.as_utf8(part, raw)))
    elif raw:
        said.files.append(File(name, kind, raw))
    return said


def _message(part: EmailMessage, depth: int) -> Said:
    """Return the contents of an email inside this one. None of its words are the sender's own."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, EmailMessage):
        return Said()
    way = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if way in ("base64", "quoted-printable") and not inner.keys():
        # Against the standard, but some programs encode it.
        try:
            return _email_in(b64decode(str(inner.get_payload()), validate=False), depth)
        except (NotBase64, ValueError):
            return Said()
    return _forwarded(inner, depth)


def _email_in(raw: bytes, depth: int) -> Said:
    bounds.check(raw)
    inner = BytesParser(policy=policy.default).parsebytes(raw)
    return _forwarded(inner, depth) if isinstance(inner, EmailMessage) else Said()


def _forwarded(inner: EmailMessage, depth: int) -> Said:
    said = _part(inner, depth + 1, whole=True)
    known = headers.first_of_each(inner.raw_items())
    shown = [
        f"{title}: {headers.words(known[name])[: bounds.LONGEST_SUBJECT]}"
        for title, name in (("From", "from"), ("To", "to"), ("Date", "date"), ("Subject", "subject"))
        if known.get(name)
    ]
    said.text.insert(0, "\n".join(("---------- Forwarded email ----------", *shown)))
    said.own = []
    return said


def _report(part: EmailMessage) -> str:
    shown = (
        "action",
        "status",
        "final-recipient",
        "original-recipient",
        "diagnostic-code",
        "disposition",
        "will-retry-until",
    )
    return "\n".join(
        f"{name.capitalize()}: {fields[name][:400]}"
        for fields in reports.fields_of(part)
        for name in shown
        if fields.get(name)
    )


def _name(part: EmailMessage, kind: str) -> str:
    try:
        given = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        given = ""
    given = headers.words(str(given)).replace("\\", "/").rpartition("/")[2]
    plain = "".join(char for char in given if char.isprintable() and not 0x202A <= ord(char) <= 0x2069).strip(" .")
    if plain:
        return plain[-_LONGEST_NAME:]
    return {"text/calendar": "invitation.ics", "application/ms-tnef": "winmail.dat"}.get(kind, "file without a name")
