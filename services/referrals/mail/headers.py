"""What the headers of an email say: bounded, decoded by our own list of charsets, never parsed as structures. Pure."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from quopri import decodestring

from services.referrals.mail.charsets import decode

LONGEST = 64_000
MOST_IDS = 50
_LONGEST_SENDER = 4_000

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
_BRACKETS = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
_PLAIN = re.compile(r"[^\s<>,;:\"'()\[\]]{1,64}@[^\s<>,;:\"'()\[\]]{1,255}")

_DAEMONS = frozenset({"mailer-daemon", "maildaemon", "mail-daemon", "postmaster", "mdaemon", "mailerdaemon"})
_DAEMON_NAMES = re.compile(r"(?i)mail delivery (?:sub)?system|mailer-daemon|mail delivery service|delivery subsystem")


def first_of_each(items: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return the first of each header on one line, cut to a bound: a later one of the same name is smuggled."""
    found: dict[str, str] = {}
    for name, value in items:
        key = name.lower()
        if key not in found:
            found[key] = " ".join(str(value)[:LONGEST].split())
    return found


def words(value: str) -> str:
    """Return a header with its encoded words decoded."""

    def decoded(found: re.Match[str]) -> str:
        charset, way, payload = found[1], found[2].lower(), found[3]
        try:
            raw = (
                b64decode(payload + "=" * (-len(payload) % 4))
                if way == "b"
                else decodestring(payload.encode(), header=True)
            )
        except (NotBase64, ValueError):
            return payload
        return decode(raw, charset)

    joined = _BETWEEN_WORDS.sub(r"\1\2", value)
    plain = joined.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if not joined.isascii() else joined
    return _WORD.sub(decoded, plain)


def address(value: str) -> str:
    """Return the address of a From header as people and programs write it: what stands in the angle brackets counts."""
    value = value[:_LONGEST_SENDER]
    for tried in (_bare(value), value):
        for found in _BRACKETS.finditer(tried):
            if "@" in found[1]:
                return found[1].strip().lower()
        if found := _PLAIN.search(tried):
            return found[0].strip(".").lower()
    return ""


def _bare(value: str) -> str:
    """Without what stands in quotation marks and in comments, where an address is only part of a name."""
    kept: list[str] = []
    depth, quoted, at = 0, False, 0
    while at < len(value):
        char = value[at]
        if char == "\\":
            at += 2
            continue
        if char == '"' and depth == 0:
            quoted = not quoted
        elif not quoted and char in "()":
            depth = max(0, depth + (1 if char == "(" else -1))
        elif not quoted and depth == 0:
            kept.append(char)
        at += 1
    return "".join(kept)


def senders(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return who may have written it, nearest first: groups and forwarding put their own address into From."""
    found: dict[str, None] = {}
    for name in ("from", "x-original-from", "x-original-sender", "reply-to", "sender"):
        if one := address(headers.get(name, "")):
            found[one] = None
    return tuple(found)


def ids(text: str) -> tuple[str, ...]:
    """Return the Message-IDs in a text."""
    return tuple(_MESSAGE_ID.findall(text[:LONGEST])[-MOST_IDS:])


def answers(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the Message-IDs that this one answers, nearest first."""
    return ids(headers.get("in-reply-to", "")) + tuple(reversed(ids(headers.get("references", ""))))


def from_mail_system(headers: Mapping[str, str]) -> bool:
    """Whether the sender is a mail system, which speaks of what it could not deliver."""
    local = address(headers.get("from", "")).partition("@")[0]
    exchange = local.startswith("microsoftexchange") and len(local) > 40
    named = _DAEMON_NAMES.search(words(headers.get("from", "")[:500])) is not None
    return local in _DAEMONS or exchange or named or "x-failed-recipients" in headers
