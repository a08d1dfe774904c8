"""Reports of machines about an email of ours: returned, late, delivered, read, deleted unread. Pure."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage, Message
from quopri import decodestring

from services.referrals.mail import headers
from services.referrals.mail.markers import CLOSED, DELAYED, FAILED, GAVE_UP, NOT_READ, READ, UNDELIVERED

LONGEST_REASON = 2_000
# Below this line is the returned email, in our own words.
_COPY = re.compile(
    r"(?im)^\W*(?:below this line|this is a copy of|a copy of (?:your|the)|(?:your )?original (?:message|e-?mail)"
    r"|message headers|returned message|undelivered message|received: from|return-path:|message-id:).*$"
)
_STATUS = re.compile(r"\b(\d\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True)
class Report:
    """The facts of a report. `kind`: delivery, disposition or complaint.

    `outcome`: failed, perhaps (it says so, but its sender is no mail system), delayed, delivered, read, not_read or
    other.
    """

    kind: str
    outcome: str
    status: str = ""
    recipients: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()  # Message-IDs of the returned email
    formal: bool = True  # in the form of the standards, not only in the words of a mail system
    said: str = ""  # why it failed, in the words of the other side or of the mail system


def of_parts(kind: str, parts: Sequence[EmailMessage], text: str) -> Report | None:
    """Return the report in the machine-readable parts; None when the email is no report."""
    returned = tuple(each for part in parts for each in _returned(part))
    for part in parts:
        said = part.get_content_type()
        if said in ("message/delivery-status", "message/global-delivery-status"):
            return _delivery(part, returned, text)
        if said in ("message/disposition-notification", "message/global-disposition-notification"):
            return _disposition(part, returned)
        if said == "message/feedback-report":
            return Report("complaint", "other", returned=returned)
    if kind in ("delivery-status", "global-delivery-status"):
        # The email is labelled a report and has no machine-readable part: its words decide.
        return Report("delivery", "delayed" if DELAYED.search(text) else "other", returned=returned)
    if kind in ("disposition-notification", "global-disposition-notification"):
        return Report("disposition", "not_read" if NOT_READ.search(text) else "read", returned=returned)
    return None


def of_words(subject: str, text: str, whole: str) -> Report | None:
    """Return the report in the words of a program without a proper report; None when it is no report.

    `text` is the email without our own quoted words.
    """
    if NOT_READ.match(subject) and (not text.strip() or NOT_READ.search(text)):
        return Report("disposition", "not_read", formal=False)
    if READ.match(subject) and (not text.strip() or READ.search(text)):
        return Report("disposition", "read", formal=False)
    if UNDELIVERED.match(subject):
        return Report("delivery", "perhaps", returned=headers.ids(whole), formal=False)
    return None


def by_mail_system(text: str, failed_recipients: str, *, perhaps_a_person: bool = False) -> Report:
    """Return the report in the words of a mail system.

    An address from which people write too reports a failure only with words of failure.
    """
    said = _COPY.split(text, maxsplit=1)[0]
    over = GAVE_UP.search(said) is not None
    late = DELAYED.search(said) is not None and not CLOSED.search(said)
    found = _STATUS.search(said)
    status = found[1] if found else ""
    outcome = "delayed" if not over and (late or status.startswith("4.")) else "failed"
    if outcome == "failed" and perhaps_a_person and not (over or status or FAILED.search(said)):
        outcome = "other"
    named = tuple(each.strip().lower() for each in failed_recipients.split(",") if "@" in each)
    return Report(
        "delivery",
        outcome,
        status if outcome == "failed" else "",
        named[:20],
        headers.ids(text),
        formal=False,
        said=said[:LONGEST_REASON],
    )


def fields_of(part: EmailMessage) -> list[dict[str, str]]:
    """Return the groups of fields of a report part."""
    payload = part.get_payload()
    inner: list[Message] = [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    groups = [headers.first_of_each(each.raw_items()) for each in inner]
    rest = "\n\n".join(str(each.get_payload()) for each in inner) if inner else str(payload)
    # The parser splits some kinds, parses only the first group of others, and decodes none of them.
    rest = _decoded(rest, str(part.get("Content-Transfer-Encoding", "")).strip().lower())[: headers.LONGEST]
    groups += [headers.first_of_each(_lines(each)) for each in re.split(r"\n[ \t]*\n", rest.replace("\r\n", "\n"))]
    return [each for each in groups if each]


def _decoded(text: str, way: str) -> str:
    try:
        if way == "base64" and ":" not in text:
            return b64decode(text).decode("utf-8", "replace")
        return decodestring(text.encode()).decode("utf-8", "replace") if way == "quoted-printable" else text
    except (NotBase64, ValueError):
        return text


def _lines(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in text[: headers.LONGEST].splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            found.append((name.strip(), value.strip()))
    return found


def _delivery(part: EmailMessage, returned: tuple[str, ...], text: str) -> Report:
    """Return the report of a delivery. Of several recipients one that failed decides: somebody was not reached."""
    outcome, status, recipients, said = "other", "", list[str](), ""
    for fields in fields_of(part):
        code = found[1] if (found := _STATUS.search(fields.get("status", ""))) else ""
        action = fields.get("action", "").partition(";")[0].strip().lower()
        if action == "failed" or (not action and code.startswith("5.")):
            outcome, status = "failed", code or "5.0.0"
            said = fields.get("diagnostic-code", "").strip() or said
            for name in ("original-recipient", "final-recipient"):
                if one := headers.address(fields.get(name, "").rpartition(";")[2]):
                    recipients.append(one)
        elif outcome != "failed" and action in ("delayed", "delivered", "relayed", "expanded"):
            outcome = "delayed" if action == "delayed" else "delivered"
    # Words of the report itself only where the other side's are missing: they mention many things.
    why = said or _COPY.split(text, maxsplit=1)[0]
    failed = outcome == "failed"
    return Report(
        "delivery",
        outcome,
        status,
        tuple(dict.fromkeys(recipients)),
        returned,
        said=why[:LONGEST_REASON] if failed else "",
    )


def _disposition(part: EmailMessage, returned: tuple[str, ...]) -> Report:
    said = " ".join(fields.get("disposition", "") for fields in fields_of(part)).lower()
    original = tuple(each for fields in fields_of(part) for each in headers.ids(fields.get("original-message-id", "")))
    outcome = "not_read" if "deleted" in said or "denied" in said else "read" if "displayed" in said else "other"
    return Report("disposition", outcome, returned=(*original, *returned))


def _returned(part: EmailMessage) -> tuple[str, ...]:
    kind = part.get_content_type()
    if kind == "text/rfc822-headers":
        payload = part.get_payload(decode=True)
        raw = payload[: headers.LONGEST] if isinstance(payload, bytes) else b""
        return headers.ids(
            " ".join(value for name, value in _lines(raw.decode("latin-1")) if name.lower() == "message-id")
        )
    if kind in ("message/rfc822", "message/global", "message/global-headers"):
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        if isinstance(first, EmailMessage):
            return headers.ids(headers.first_of_each(first.raw_items()).get("message-id", ""))
    return ()
